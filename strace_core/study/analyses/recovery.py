"""The smallest size at which a subgraph meets each recovery criterion."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from jaxtyping import Float

from strace_core.evaluate.density import criteria
from strace_core.study.analyses.aligned import Aligned, align
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap
from strace_core.study.analyses.tidy import tidy
from strace_core.study.study import Study

RECOVERY_COLUMNS = (
    "model", "score", "criterion", "fraction", "low", "high", "n_edges", "n_edges_low", "n_edges_high",
    "share", "share_low", "share_high", "n",
)  # fmt: skip


def size_by_criterion(
    study: Study, only: Collection[str] | None = None, *, bootstrap: Bootstrap = STANDARD
) -> pd.DataFrame:
    """Median over prompts of the smallest evaluated size that meets each recovery criterion.

    ``fraction`` is that size over all edges and ``n_edges`` the number of edges, each with its interval; ``share`` is
    the fraction of runs that meet the criterion with less than the full graph. A run that never meets it, which
    rounding can cause, counts with its full graph.

    Args:
        study: the study.
        only: names of criteria; None for all.
        bootstrap: how prompts are resampled.
    """
    aligned = align(study)
    sizes = {name: found for name, found in first_sizes(aligned).items() if only is None or name in only}
    whole = aligned.of_run("n_edges")
    names = list(sizes)
    edges = np.stack(list(sizes.values()), axis=1)
    edges = np.where(np.isnan(edges), whole[:, None], edges)
    parts = []
    for model, score, runs in aligned.groups():
        fraction = bootstrap.medians(edges[runs] / whole[runs, None])
        count = bootstrap.medians(edges[runs])
        below = bootstrap.means((edges[runs] < whole[runs, None]).astype(np.float64))
        part = {"model": model, "score": score, "criterion": names, "n": fraction.n}
        parts.append(
            part | fraction.named("fraction") | count.named("n_edges", "n_edges_") | below.named("share", "share_")
        )
    return tidy(parts, RECOVERY_COLUMNS)


def first_sizes(aligned: Aligned) -> dict[str, Float[np.ndarray, "run"]]:
    """Edges at which every run first meets each criterion; NaN if it never does."""
    return {name: first_size(aligned, met.to_numpy(bool)) for name, met in criteria(aligned.sizes).items()}


def first_size(aligned: Aligned, met: np.ndarray) -> Float[np.ndarray, "run"]:
    """Edges at which every run first satisfies ``met``, one flag per row of ``sizes``; NaN if it never does."""
    rows = np.flatnonzero(met)
    runs, at = np.unique(aligned.run_of_row[rows], return_index=True)
    found = np.full(len(aligned.first), np.nan)
    found[runs] = aligned.of_row("n_edges")[rows[at]]
    return found
