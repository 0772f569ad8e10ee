"""Tables of docs/findings.md on guided traces: the claims by both searches, and what guidance gains."""

from collections.abc import Callable

import pandas as pd

import strace_core.study as s
from scripts.markdown import claim_cell, interval, markdown
from strace_core.study import Study


def guided_claims(study: Study, guided: Study) -> str:
    """Every claim that guided runs can test, by model and search; below, the names of the others."""
    by_search = {"best-first": s.claims(study), "guided": s.claims(guided)}
    names, models = list(dict.fromkeys(by_search["guided"]["claim"])), guided.models
    n_runs = by_search["guided"].groupby("claim")["n"].max()
    rows = []
    for name in names:
        if n_runs[name]:
            cells = [_cell(by_search[search], name, model) for model in models for search in by_search]
            first = by_search["guided"].set_index("claim").loc[[name]].iloc[0]
            rows.append([f"**{name}.** *{first['statistic']}*", *cells])
    table = markdown(["claim and statistic", *(f"{m}, {search}" for m in models for search in by_search)], rows)
    left_out = [name for name in names if not n_runs[name]]
    lack = "Not tested on guided traces, whose study has no baselines and no untrained twins"
    return table + (f"\n\n{lack}: {', '.join(left_out)}." if left_out else "")


def _cell(table: pd.DataFrame, name: str, model: str) -> str:
    return claim_cell(table[table["claim"] == name], model)


def guided_gain(study: Study, guided: Study) -> str:
    """Areas under TV of both orders, and the change."""
    rows = [
        [row["model"], f"{row['best_first']:.2f}", f"{row['guided']:.2f}", interval(row, "change"),
         interval(row, "share", "share_"), row["n"]]
        for _, row in s.search_gain(guided).iterrows()
    ]  # fmt: skip
    return markdown(["model", "area, best-first", "area, guided", "change", "prompts improved", "prompts"], rows)


GUIDED_TABLES: dict[str, Callable[[Study, Study], str]] = {"guided_claims": guided_claims, "guided_gain": guided_gain}
