"""The size at which half of the total variation is gone, measured in three units: does counting explain it?

If prompts need a fixed part of the graph, their half-sizes agree in units of E; if what counts is to have a path to the
input, or the backbone, they agree in those units. Sizes are read between evaluated ones, straight over the logarithm:
the paper's grid is the same for all prompts in units of E, and would make that unit look the best by itself.

Within a model one path has the same number of edges for every prompt, and both E and the backbone grow with the number
of tokens alone, so a rank correlation cannot tell the units apart. The exponent can: the half-size grows as the unit to
that power, 1 for the unit that explains it.
"""

import numpy as np
import pandas as pd
from jaxtyping import Float

from strace_core.study.analyses.aligned import Aligned, align
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap, Counts, estimate, resampled_quantiles
from strace_core.study.analyses.curves import GROWING, ORDERS
from strace_core.study.analyses.ranks import UnitRanks, correlation, correlations, unit_ranks
from strace_core.study.analyses.tidy import tidy
from strace_core.study.study import Study

UNITS = ("n_edges", "n_path", "n_backbone")

COLUMNS = (
    "model", "score", "order", "unit", "median", "low", "high", "iqr", "iqr_low", "iqr_high", "rho", "rho_low",
    "rho_high", "exponent", "exponent_low", "exponent_high", "n",
)  # fmt: skip

LEAST_VARIANCE = 1e-12
"""Of the logarithm of a unit; below it all prompts have the same and there is no exponent."""

LEAST_PROMPTS = 3
"""Of fewer prompts neither a spread nor a line says anything."""


def half_fall(study: Study, *, bootstrap: Bootstrap = STANDARD) -> pd.DataFrame:
    """The smallest size with tv at most half of the empty graph's, over the ``unit`` of the run.

    ``unit``: all edges (n_edges), one path (n_path), the backbone (n_backbone). ``median`` over prompts; ``iqr``, the
    distance of the quartiles in decades, the less the better the unit explains the size; ``rho``, Spearman's
    correlation of size and unit, and ``exponent``, the slope of their logarithms, NaN where the unit does not vary.
    ``order``: "trace", and "random" or "backbone" where that baseline was run.
    """
    aligned = align(study)
    parts = []
    sizes = {order: half_sizes(aligned, ORDERS[order]) for order in GROWING}
    units = {unit: aligned.of_run(unit) for unit in UNITS}
    for model, score, runs in aligned.groups():
        for order, half in sizes.items():
            found = ~np.isnan(half[runs])
            if found.any():
                counts = bootstrap.counts(int(found.sum()))
                ranks = unit_ranks(half[runs][found], counts)
                for unit, edges in units.items():
                    row = {"model": model, "score": score, "order": order, "unit": unit}
                    parts.append(row | _in_unit(half[runs][found], ranks, edges[runs][found], counts))
    return tidy(parts, COLUMNS)


def half_sizes(aligned: Aligned, column: str) -> Float[np.ndarray, "run"]:
    """Edges at which a curve first is at most half of what it is at the empty graph; NaN where it never is.

    Between sizes straight over the logarithm, where the empty graph stands at one edge.
    """
    if not len(aligned.first):
        return np.empty(0)
    tv, counts = aligned.of_row(column), np.maximum(aligned.of_row("n_edges"), 1.0)
    goal = tv[aligned.first] / 2
    met = np.flatnonzero(tv <= goal[aligned.run_of_row])
    runs, at = np.unique(aligned.run_of_row[met], return_index=True)
    row = met[at]
    falls = row > aligned.first[runs]  # a curve that begins at 0 is at half of it before it falls
    runs, row = runs[falls], row[falls]
    way = (tv[row - 1] - goal[runs]) / (tv[row - 1] - tv[row])
    found = np.full(len(aligned.first), np.nan)
    found[runs] = counts[row - 1] * (counts[row] / counts[row - 1]) ** way
    return found


def _in_unit(half: np.ndarray, ranks: UnitRanks, edges: np.ndarray, counts: Counts) -> dict[str, object]:
    n = np.array([len(half)])
    lower, middle, upper = resampled_quantiles(half / edges, counts, (0.25, 0.5, 0.75))
    median = estimate(middle[:, None], n)
    spread = estimate(np.log10(upper / lower)[:, None], n, least=LEAST_PROMPTS)
    slope = estimate(_slopes(np.log10(edges), np.log10(half), counts)[:, None], n, least=LEAST_PROMPTS)
    rho = correlation(correlations(ranks, unit_ranks(edges, counts)), len(half))
    found = median.named("median") | spread.named("iqr", "iqr_") | slope.named("exponent", "exponent_")
    return {**found, "rho": rho.rho, "rho_low": rho.low, "rho_high": rho.high, "n": n}


def _slopes(
    x: Float[np.ndarray, "prompt"], y: Float[np.ndarray, "prompt"], counts: Counts
) -> Float[np.ndarray, "resample"]:
    """Of the least-squares line of y over x in every resample; NaN where x does not vary."""
    x, y = x - x.mean(), y - y.mean()
    sums = counts @ np.stack([x, y, x**2, x * y], axis=1)
    mean_x, mean_y, square, product = (sums / counts.sum(axis=1, keepdims=True)).T
    variance = square - mean_x**2
    covariance = product - mean_x * mean_y
    return np.divide(covariance, variance, out=np.full(len(counts), np.nan), where=variance > LEAST_VARIANCE)
