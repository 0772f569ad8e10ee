"""The size at which TV has halved, in three units: does graph structure alone explain it?

If prompts need a fixed fraction of the graph, their half-sizes agree in units of E; if they need a path to the input,
or the backbone, they agree in those units. Sizes are interpolated over their logarithm: the paper's grid is fixed in
units of E and would favour that unit.

Within a model a path has the same length for every prompt, and E and the backbone depend on the number of tokens alone,
so a rank correlation cannot tell the units apart. The exponent can: the half-size grows as a power of the unit, with
exponent 1 for the unit that explains it.
"""

import numpy as np
import pandas as pd
from jaxtyping import Float

from strace_core.study.analyses.aligned import Aligned, align
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap, Counts, estimate, resampled_quantiles
from strace_core.study.analyses.curves import AXIS_UNITS, GROWING, ORDERS
from strace_core.study.analyses.ranks import UnitRanks, correlation, correlations, unit_ranks
from strace_core.study.analyses.tidy import tidy
from strace_core.study.study import Study

UNITS = tuple(AXIS_UNITS.values())

HALF_FALL_COLUMNS = (
    "model", "score", "order", "unit", "median", "low", "high", "iqr", "iqr_low", "iqr_high", "rho", "rho_low",
    "rho_high", "exponent", "exponent_low", "exponent_high", "n",
)  # fmt: skip

MIN_VARIANCE = 1e-12
"""Smallest variance of a unit's logarithm for which an exponent is defined."""

MIN_PROMPTS_FOR_SPREAD = 3
"""With fewer prompts a spread and an exponent have no interval."""


def half_fall(study: Study, *, bootstrap: Bootstrap = STANDARD) -> pd.DataFrame:
    """The smallest size at which TV is at most half of the empty graph's, in units of the run's graph.

    Columns:

    - ``order``: "trace", and "random" or "backbone" where that baseline was run.
    - ``unit``: n_edges (all edges), n_path (one path) or n_backbone (the backbone).
    - ``median``: over prompts, with its interval.
    - ``iqr``: interquartile range in decades; the smaller, the better the unit explains the size.
    - ``rho``: Spearman correlation of size and unit.
    - ``exponent``: slope of log size over log unit; NaN where the unit is constant.
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
    return tidy(parts, HALF_FALL_COLUMNS)


def half_sizes(aligned: Aligned, column: str) -> Float[np.ndarray, "run"]:
    """Edges at which a curve first drops to half of the empty graph's value; NaN if it never does.

    Interpolates over the logarithm of the size, with the empty graph at one edge.
    """
    if not len(aligned.first):
        return np.empty(0)
    tv, counts = aligned.of_row(column), np.maximum(aligned.of_row("n_edges"), 1.0)
    target = tv[aligned.first] / 2
    met = np.flatnonzero(tv <= target[aligned.run_of_row])
    runs, at = np.unique(aligned.run_of_row[met], return_index=True)
    row = met[at]
    falls = row > aligned.first[runs]  # a curve that starts at 0 never falls
    runs, row = runs[falls], row[falls]
    share = (tv[row - 1] - target[runs]) / (tv[row - 1] - tv[row])
    found = np.full(len(aligned.first), np.nan)
    found[runs] = counts[row - 1] * (counts[row] / counts[row - 1]) ** share
    return found


def _in_unit(half: np.ndarray, ranks: UnitRanks, edges: np.ndarray, counts: Counts) -> dict[str, object]:
    n = np.array([len(half)])
    lower, middle, upper = resampled_quantiles(half / edges, counts, (0.25, 0.5, 0.75))
    median = estimate(middle[:, None], n)
    spread = estimate(np.log10(upper / lower)[:, None], n, least=MIN_PROMPTS_FOR_SPREAD)
    slope = estimate(_slopes(np.log10(edges), np.log10(half), counts)[:, None], n, least=MIN_PROMPTS_FOR_SPREAD)
    rho = correlation(correlations(ranks, unit_ranks(edges, counts)), len(half))
    found = median.named("median") | spread.named("iqr", "iqr_") | slope.named("exponent", "exponent_")
    return {**found, "rho": rho.rho, "rho_low": rho.low, "rho_high": rho.high, "n": n}


def _slopes(
    x: Float[np.ndarray, "prompt"], y: Float[np.ndarray, "prompt"], counts: Counts
) -> Float[np.ndarray, "resample"]:
    """Slope of the least-squares line of y over x in every resample; NaN where x is constant."""
    x, y = x - x.mean(), y - y.mean()
    sums = counts @ np.stack([x, y, x**2, x * y], axis=1)
    mean_x, mean_y, square, product = (sums / counts.sum(axis=1, keepdims=True)).T
    variance = square - mean_x**2
    covariance = product - mean_x * mean_y
    return np.divide(covariance, variance, out=np.full(len(counts), np.nan), where=variance > MIN_VARIANCE)
