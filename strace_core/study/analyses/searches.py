"""How much closer subgraphs come to the model when a search is guided, at the same sizes.

A guided run carries the curve of the paper's order beside its own, so that both are of the same prompt and sizes. They
are compared from one path on: smaller subgraphs cannot depend on the prompt, whichever order takes their edges.
"""

import numpy as np
import pandas as pd

from strace_core.evaluate.density import area_over_log
from strace_core.search import GUIDED
from strace_core.study.analyses.aligned import Aligned, align
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap
from strace_core.study.analyses.tidy import tidy
from strace_core.study.study import Study

RUN_COLUMNS = ("model", "score", "prompt_id", "best_first", "guided", "ratio")

COLUMNS = ("model", "score", "best_first", "guided", "change", "low", "high", "share", "share_low", "share_high", "n")


def run_gains(study: Study) -> pd.DataFrame:
    """The area under tv over log10 of the size, from one path to the whole graph, of every guided run: one row each.

    ``best_first`` is that of the paper's order, ``guided`` that of the search, both in decades; ``ratio`` the second
    over the first, below 1 where guidance helps, NaN where there is no area.
    """
    aligned = align(study.only(searches=[GUIDED]))
    parts = []
    for model, score, runs in aligned.groups():
        best_first, guided = (_areas(aligned, column)[runs] for column in ("tv_best_first", "tv"))
        ratio = np.divide(guided, best_first, out=np.full(len(guided), np.nan), where=best_first > 0)
        part = {"model": model, "score": score, "prompt_id": aligned.runs["prompt_id"][runs].to_numpy(object)}
        parts.append(part | {"best_first": best_first, "guided": guided, "ratio": ratio})
    return tidy(parts, RUN_COLUMNS)


def search_gain(study: Study, *, bootstrap: Bootstrap = STANDARD) -> pd.DataFrame:
    """What guidance changes in the areas of :func:`run_gains`, over the prompts of each model.

    ``best_first`` and ``guided`` are mean areas; ``change`` with ``low`` and ``high`` is the mean of the ratio less 1,
    so that -0.2 is a fifth less; ``share`` the part of the prompts whose area is less, with its interval. Empty without
    guided runs.
    """
    parts = []
    for (model, score), part in run_gains(study).dropna(subset="ratio").groupby(["model", "score"], sort=False):
        both, ratio = part[["best_first", "guided"]].to_numpy(), part["ratio"].to_numpy()
        change = bootstrap.means(ratio[:, None] - 1)
        share = bootstrap.means((ratio < 1).astype(np.float64)[:, None])
        areas = dict(zip(("best_first", "guided"), both.mean(axis=0), strict=True))
        row = {"model": model, "score": score, "n": change.n}
        parts.append(row | areas | change.named("change") | share.named("share", "share_"))
    return tidy(parts, COLUMNS)


def _areas(aligned: Aligned, column: str) -> np.ndarray:
    """The area of every run; NaN where the column is empty."""
    tv, counts = aligned.of_row(column), aligned.of_row("n_edges")
    whole, path = aligned.of_run("n_edges"), aligned.of_run("n_path")
    rows = [slice(first, last + 1) for first, last in zip(aligned.first, aligned.last, strict=True)]
    found = [area_over_log(counts[of], tv[of], int(n), least) for of, n, least in zip(rows, whole, path, strict=True)]
    return np.array(found, dtype=np.float64)
