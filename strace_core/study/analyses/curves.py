"""How close subgraphs come to the full model at each size."""

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
"""Column of ``sizes`` with the TV of each order of edges."""

GROWING = ("trace", "random", "backbone")
"""Orders whose subgraphs grow to the full graph."""

AXIS_UNITS = {"fraction": "n_edges", "path": "n_path", "backbone": "n_backbone"}
"""Unit of each axis, as a column of ``runs``: all edges, one path from an embedding to the output, the backbone."""

STEPS_PER_DECADE = 8

BAND = (0.1, 0.9)
"""Quantiles at the ends of the band that holds four in five prompts."""

CURVE_COLUMNS = ("model", "score", "order", "x", "mean", "low", "high", "q10", "q90", "n")
MARK_COLUMNS = ("model", "score", "mark", "median", "low", "high", "q10", "q90", "n")


def reconstruction_curve(
    study: Study,
    *,
    axis: Literal["fraction", "path", "backbone"] = "fraction",
    bootstrap: Bootstrap = STANDARD,
) -> pd.DataFrame:
    """Mean total variation (TV) from the full model at each size: ``mean``, its interval, and the band ``q10``-``q90``.

    ``order`` is "trace", and "random", "backbone" or "complement" where that baseline was run.

    Args:
        study: the study.
        axis: unit of the size ``x``. "fraction": all edges, at the paper's sizes. "path": edges of one path to the
            input. "backbone": all residual and MLP edges. The last two use log steps that include 1, and a run stays
            at its full graph beyond its end, so that every x covers the same prompts.
        bootstrap: how prompts are resampled.
    """
    aligned = align(study)
    unit = aligned.of_run(AXIS_UNITS[axis])
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
    """Sizes at which structure explains a curve, as fractions of all edges.

    ``mark`` is "one path" (edges of a path to the input), "connected" (where the trace first connects to the input),
    "size of the backbone", or "whole backbone" (where the trace holds all of it). ``median`` over prompts with its
    interval, and the band ``q10``-``q90``.
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
    """Interpolate a column of ``sizes`` linearly over the logarithm of the size, as a density does.

    Below one edge the empty graph counts, which also stands at one edge if that was not evaluated; above E, the full
    graph.
    """
    below = aligned.rows_at(n_edges)
    above = np.minimum(below + 1, aligned.last[:, None])
    counts = np.maximum(aligned.of_row("n_edges"), 1.0)
    if not len(counts):
        return np.full(n_edges.shape, np.nan)
    start, stop = np.log(counts[below]), np.log(counts[above])
    distance = np.log(np.maximum(n_edges, 1.0)) - start
    share = np.clip(np.divide(distance, stop - start, out=np.zeros_like(distance), where=stop > start), 0.0, 1.0)
    left, right = aligned.at(column, below), aligned.at(column, np.where(below >= 0, above, -1))
    return left + share * (right - left)


def _log_steps(n_edges: Float[np.ndarray, "run"], unit: Float[np.ndarray, "run"]) -> Float[np.ndarray, "x"]:
    """Log steps that include 1, from at most one edge to at least the full graph of every run."""
    if not unit.size:
        return np.empty(0)
    start, stop = np.floor(np.log10(1 / unit.max())), np.ceil(np.log10((n_edges / unit).max()))
    return 10.0 ** (np.arange(start * STEPS_PER_DECADE, stop * STEPS_PER_DECADE + 1) / STEPS_PER_DECADE)
