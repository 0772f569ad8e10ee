"""Do small subgraphs predict tokens by their frequency?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from strace_core.evaluate.sizes import PAPER_FRACTIONS
from strace_core.study.analyses.aligned import align
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap
from strace_core.study.analyses.tidy import tidy
from strace_core.study.study import Study

UNIGRAM_MEASURES = ("unigram_tv", "unigram_rank")

UNIGRAM_COLUMNS = (
    "model", "score", "measure", "x", "mean", "low", "high", "full", "full_low", "full_high",
    "difference", "difference_low", "difference_high", "n",
)  # fmt: skip


def unigram_closeness(
    study: Study, fractions: Sequence[float] = PAPER_FRACTIONS, *, bootstrap: Bootstrap = STANDARD
) -> pd.DataFrame:
    """How close subgraphs' distributions are to the unigram distribution, at relative sizes ``x``.

    Columns:

    - ``measure``: "unigram_tv" (0 at the unigram distribution itself) or "unigram_rank" (1 there).
    - ``mean``: over prompts; ``full``: the full model's mean over the same prompts.
    - ``difference``: subgraph minus full model, prompt by prompt. Below 0 in TV, or above 0 in rank, the subgraph is
      closer.

    Empty without unigram counts.
    """
    aligned, x = align(study), np.asarray(fractions, dtype=np.float64)
    rows = aligned.rows_at_fractions(x)
    parts = []
    for measure in UNIGRAM_MEASURES:
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
    return tidy(parts, UNIGRAM_COLUMNS)
