"""How close subgraphs come to the full model, by size."""

from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Float

from strace_core.evaluate.sizes import PAPER_FRACTIONS
from strace_core.study.analyses.aligned import Aligned, align
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap
from strace_core.study.analyses.tidy import tidy
from strace_core.study.study import Study

ORDERS = {"trace": "tv", "random": "tv_random", "backbone": "tv_backbone", "complement": "tv_complement"}
"""Column of the sizes by the order in which edges were taken."""

GROWING = ("trace", "random", "backbone")
"""Orders whose subgraphs grow to the full graph."""

UNITS = {"fraction": "n_edges", "path": "n_path", "backbone": "n_backbone"}
"""What one is on an axis: all edges of the run, one path from an embedding to the output, the backbone."""

STEPS_PER_DECADE = 8

BAND = (0.1, 0.9)
"""Quantiles between which four in five prompts lie."""

CURVE_COLUMNS = ("model", "score", "order", "x", "mean", "low", "high", "q10", "q90", "n")
MARK_COLUMNS = ("model", "score", "mark", "median", "low", "high", "q10", "q90", "n")


def reconstruction_curve(
    study: Study,
    *,
    axis: Literal["fraction", "path", "backbone"] = "fraction",
    bootstrap: Bootstrap = STANDARD,
) -> pd.DataFrame:
    """Mean total variation to the full model at each size: ``mean``, its interval, and the band ``q10`` to ``q90``.

    ``order`` is "trace", and "random", "backbone" or "complement" where that baseline was run. ``x`` is the size over
    the unit of the axis: on "fraction" all edges, at the paper's sizes; on "path" the edges of one path to the input,
    on "backbone" all residual and MLP edges, on log steps that include 1. There a run whose whole graph is smaller
    stands at its whole graph, so that every x is of the same prompts.
    """
    aligned = align(study)
    unit = aligned.of_run(UNITS[axis])
    x = np.array(PAPER_FRACTIONS) if axis == "fraction" else _log_steps(aligned.of_run("n_edges"), unit)
    rows = aligned.rows_at(x[None, :] * unit[:, None])
    values = {order: aligned.at(column, rows) for order, column in ORDERS.items()}
    parts = []
    for model, score, runs in aligned.groups():
        for order, tv in values.items():
            part = tv[runs]
            part = part[~np.isnan(part).all(axis=1)]
            if part.size:
                found = bootstrap.means(part)
                q10, q90 = np.nanquantile(part, BAND, axis=0)
                parts.append(
                    {"model": model, "score": score, "order": order, "x": x, "q10": q10, "q90": q90, "n": found.n}
                    | found.named("mean")
                )
    return tidy(parts, CURVE_COLUMNS)


def structural_marks(study: Study, *, bootstrap: Bootstrap = STANDARD) -> pd.DataFrame:
    """Sizes that say something of the graph alone or of what the trace has reached, as fractions of all edges.

    ``mark``: "one path" to the input, "connected" by the trace, "size of the backbone", and "whole backbone", the size
    at which the trace has all of it. ``median`` over prompts with its interval, and the band ``q10`` to ``q90``.
    """
    aligned = align(study)
    marks = {"one path": "n_path", "connected": "connected"}
    marks |= {"size of the backbone": "n_backbone", "whole backbone": "backbone"}
    edges = aligned.of_run("n_edges")
    fractions = np.stack([aligned.of_run(column) / edges for column in marks.values()], axis=1)
    parts = []
    for model, score, runs in aligned.groups():
        found = bootstrap.medians(fractions[runs])
        q10, q90 = np.quantile(fractions[runs], BAND, axis=0)
        part = {"model": model, "score": score, "mark": list(marks), "q10": q10, "q90": q90, "n": found.n}
        parts.append(part | found.named("median"))
    return tidy(parts, MARK_COLUMNS)


def interpolated(aligned: Aligned, column: str, n_edges: Float[np.ndarray, "run x"]) -> Float[np.ndarray, "run x"]:
    """A column at sizes between those evaluated, straight over the logarithm of the size, as a density takes it.

    Less than one edge is the empty graph; one edge that was not run has the empty graph's value; more than all is all.
    """
    below = aligned.rows_at(n_edges)
    above = np.minimum(below + 1, aligned.last[:, None])
    counts = np.maximum(aligned.of_row("n_edges"), 1.0)
    if not len(counts):
        return np.full(n_edges.shape, np.nan)
    start, stop = np.log(counts[below]), np.log(counts[above])
    way = np.log(np.maximum(n_edges, 1.0)) - start
    share = np.clip(np.divide(way, stop - start, out=np.zeros_like(way), where=stop > start), 0.0, 1.0)
    left, right = aligned.at(column, below), aligned.at(column, np.where(below >= 0, above, -1))
    return left + share * (right - left)


def _log_steps(n_edges: Float[np.ndarray, "run"], unit: Float[np.ndarray, "run"]) -> Float[np.ndarray, "x"]:
    """Log steps through 1, from at most one edge of every run to at least its whole graph."""
    if not unit.size:
        return np.empty(0)
    start, stop = np.floor(np.log10(1 / unit.max())), np.ceil(np.log10((n_edges / unit).max()))
    return 10.0 ** (np.arange(start * STEPS_PER_DECADE, stop * STEPS_PER_DECADE + 1) / STEPS_PER_DECADE)
