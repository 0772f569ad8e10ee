"""How much closer guided subgraphs come to the model than best-first ones of the same size.

A guided run also stores the best-first curve for the same prompt and sizes. The two are compared from the size of one
path: smaller subgraphs cannot depend on the prompt under any order.
"""

import numpy as np
import pandas as pd

from strace_core.evaluate.density import area_over_log
from strace_core.search import GUIDED
from strace_core.study.analyses.aligned import Aligned, align
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap
from strace_core.study.analyses.tidy import tidy
from strace_core.study.study import Study

RUN_GAIN_COLUMNS = ("model", "score", "prompt_id", "best_first", "guided", "ratio")

GAIN_COLUMNS = (
    "model",
    "score",
    "best_first",
    "guided",
    "change",
    "low",
    "high",
    "share",
    "share_low",
    "share_high",
    "n",
)


def run_gains(study: Study) -> pd.DataFrame:
    """Area under TV over log10 of the size, from one path to the full graph, for every guided run.

    ``best_first`` and ``guided`` are the areas of the two orders, in decades. ``ratio`` is guided over best-first:
    below 1 where guidance helps, NaN where the area is 0.
    """
    aligned = align(study.only(searches=[GUIDED]))
    parts = []
    for model, score, runs in aligned.groups():
        best_first, guided = (_areas(aligned, column)[runs] for column in ("tv_best_first", "tv"))
        ratio = np.divide(guided, best_first, out=np.full(len(guided), np.nan), where=best_first > 0)
        part = {"model": model, "score": score, "prompt_id": aligned.runs["prompt_id"][runs].to_numpy(object)}
        parts.append(part | {"best_first": best_first, "guided": guided, "ratio": ratio})
    return tidy(parts, RUN_GAIN_COLUMNS)


def search_gain(study: Study, *, bootstrap: Bootstrap = STANDARD) -> pd.DataFrame:
    """Summarise :func:`run_gains` over the prompts of each model.

    ``best_first`` and ``guided`` are mean areas. ``change`` is the mean of ratio - 1, so -0.2 means a fifth less, and
    ``share`` the fraction of prompts with a smaller area, each with its interval. Empty without guided runs.
    """
    parts = []
    for (model, score), part in run_gains(study).dropna(subset="ratio").groupby(["model", "score"], sort=False):
        both, ratio = part[["best_first", "guided"]].to_numpy(), part["ratio"].to_numpy()
        change = bootstrap.means(ratio[:, None] - 1)
        share = bootstrap.means((ratio < 1).astype(np.float64)[:, None])
        areas = dict(zip(("best_first", "guided"), both.mean(axis=0), strict=True))
        row = {"model": model, "score": score, "n": change.n}
        parts.append(row | areas | change.named("change") | share.named("share", "share_"))
    return tidy(parts, GAIN_COLUMNS)


def _areas(aligned: Aligned, column: str) -> np.ndarray:
    """Area of every run; NaN where the column is empty."""
    tv, counts = aligned.of_row(column), aligned.of_row("n_edges")
    whole, path = aligned.of_run("n_edges"), aligned.of_run("n_path")
    rows = [slice(first, last + 1) for first, last in zip(aligned.first, aligned.last, strict=True)]
    found = [area_over_log(counts[of], tv[of], int(n), least) for of, n, least in zip(rows, whole, path, strict=True)]
    return np.array(found, dtype=np.float64)
