"""Whether small subgraphs predict by how frequent tokens are."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from strace_core.evaluate.sizes import PAPER_FRACTIONS
from strace_core.study.analyses.aligned import align
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap
from strace_core.study.analyses.tidy import tidy
from strace_core.study.study import Study

MEASURES = ("unigram_tv", "unigram_rank")

COLUMNS = (
    "model", "score", "measure", "x", "mean", "low", "high", "full", "full_low", "full_high",
    "difference", "difference_low", "difference_high", "n",
)  # fmt: skip


def unigram_closeness(
    study: Study, fractions: Sequence[float] = PAPER_FRACTIONS, *, bootstrap: Bootstrap = STANDARD
) -> pd.DataFrame:
    """Closeness of the subgraphs' distributions to the unigram distribution, by relative size ``x``.

    ``measure`` is unigram_tv, near 0 for the unigram distribution itself, or unigram_rank, near 1. ``mean`` over
    prompts, ``full`` the mean of the full model over the same prompts, and ``difference``, subgraph less full model,
    prompt by prompt: below 0 in tv, and above in rank, the subgraph is the nearer. Empty without unigram counts.
    """
    aligned, x = align(study), np.asarray(fractions, dtype=np.float64)
    rows = aligned.rows_at_fractions(x)
    parts = []
    for measure in MEASURES:
        at = aligned.at(measure, rows)
        full = np.where(np.isnan(at), np.nan, aligned.at(measure, aligned.last[:, None]))
        for model, score, runs in aligned.groups():
            if np.isnan(at[runs]).all():
                continue
            mean, whole = bootstrap.means(at[runs]), bootstrap.means(full[runs])
            difference = bootstrap.means(at[runs] - full[runs])
            part = {"model": model, "score": score, "measure": measure, "x": x, "n": mean.n}
            parts.append(
                part | mean.named("mean") | whole.named("full", "full_") | difference.named("difference", "difference_")
            )
    return tidy(parts, COLUMNS)
