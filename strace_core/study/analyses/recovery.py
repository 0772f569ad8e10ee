"""The size at which subgraphs first predict what the full model does, by several criteria."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from jaxtyping import Float

from strace_core.evaluate.density import criteria
from strace_core.study.analyses.aligned import Aligned, align
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap
from strace_core.study.analyses.tidy import tidy
from strace_core.study.study import Study

COLUMNS = (
    "model", "score", "criterion", "fraction", "low", "high", "n_edges", "n_edges_low", "n_edges_high",
    "share", "share_low", "share_high", "n",
)  # fmt: skip


def size_by_criterion(
    study: Study, only: Collection[str] | None = None, *, bootstrap: Bootstrap = STANDARD
) -> pd.DataFrame:
    """Median over prompts of the smallest evaluated size that meets each criterion of a trace's recovery sizes.

    ``only`` names some of the criteria. ``fraction`` of all edges with ``low`` and ``high``, ``n_edges`` likewise, and
    ``share``, the part of the runs that meet it with less than the full graph. A run that meets it nowhere, as rounding
    may bring about, counts with its full graph.
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
    return tidy(parts, COLUMNS)


def first_sizes(aligned: Aligned) -> dict[str, Float[np.ndarray, "run"]]:
    """Edges of the smallest evaluated size of every run that meets each criterion; NaN where none does."""
    return {name: first_size(aligned, met.to_numpy(bool)) for name, met in criteria(aligned.sizes).items()}


def first_size(aligned: Aligned, met: np.ndarray) -> Float[np.ndarray, "run"]:
    """Edges of the first row of every run that is met."""
    rows = np.flatnonzero(met)
    runs, at = np.unique(aligned.run_of_row[rows], return_index=True)
    found = np.full(len(aligned.first), np.nan)
    found[runs] = aligned.of_row("n_edges")[rows[at]]
    return found
