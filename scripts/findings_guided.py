"""The section of docs/findings.md on guided traces: the paper's claims by both searches, and what guidance gains."""

from collections.abc import Callable

import pandas as pd

import strace_core as s
from scripts.markdown import interval, markdown
from strace_core import Study

HEADING = "## Guided traces"

BEFORE = "## Limits"
"""The heading before which the section stands."""

SECTION = f"""{HEADING}

The same prompts traced in the two trained models by the guided search (`assets/study_guided`), which looks for an order
whose subgraphs come closer to the model than those of the paper's. Where a claim has the same verdict by both, it does
not hang on how edges are found; where it has not, it says something about the search.

<!-- guided_claims -->
<!-- end -->

What guidance gains: the area under tv over log10 of the size, from one path to the whole graph, in decades, of both
orders at the same sizes; the mean over prompts of the change of a prompt's area; and the share of the prompts whose
area is less. A guided run keeps the better of the two orders by the area from 1e-5 on, so few prompts can lose.

<!-- guided_gain -->
<!-- end -->

"""
"""As it is first written into the document; the words are then the document's own."""


def with_section(document: str) -> str:
    """The document with the section, put in where it has none."""
    return document if HEADING in document else document.replace(BEFORE, SECTION + BEFORE, 1)


def guided_claims(study: Study, guided: Study) -> str:
    """Every claim that guided runs can bear on, by model and search, and the names of the others."""
    by_search = {"best-first": s.claims(study), "guided": s.claims(guided)}
    names, models = list(dict.fromkeys(by_search["guided"]["claim"])), guided.models
    n_runs = by_search["guided"].groupby("claim")["n"].max()
    rows = []
    for name in names:
        if n_runs[name]:
            cells = [_cell(by_search[search], name, model) for model in models for search in by_search]
            first = by_search["guided"].set_index("claim").loc[[name]].iloc[0]
            rows.append([f"**{name}.** *{first['statistic']}*", *cells])
    table = markdown(["claim and what is measured", *(f"{m}, {search}" for m in models for search in by_search)], rows)
    left_out = [name for name in names if not n_runs[name]]
    lack = "Not asked of guided traces, whose study has no baselines and no untrained twins"
    return table + (f"\n\n{lack}: {', '.join(left_out)}." if left_out else "")


def _cell(table: pd.DataFrame, name: str, model: str) -> str:
    found = table[(table["claim"] == name) & table["model"].isin([model, ""])].iloc[0]
    digits = 3 if abs(found["value"]) < 0.1 else 2
    return f"{interval(found, 'value', digits=digits)}: **{found['verdict']}**"


def guided_gain(study: Study, guided: Study) -> str:
    """Areas of both orders, and how they change."""
    rows = [
        [row["model"], f"{row['best_first']:.2f}", f"{row['guided']:.2f}", interval(row, "change"),
         interval(row, "share", "share_"), row["n"]]
        for _, row in s.search_gain(guided).iterrows()
    ]  # fmt: skip
    return markdown(["model", "area, best-first", "area, guided", "change", "prompts with less", "prompts"], rows)


GUIDED_TABLES: dict[str, Callable[[Study, Study], str]] = {"guided_claims": guided_claims, "guided_gain": guided_gain}
