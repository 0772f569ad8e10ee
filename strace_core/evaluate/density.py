"""Summaries of a curve: its density (how much of the graph a prediction takes) and its recovery sizes.

Source: section 5 of docs/method.md.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from strace_core.errors import SettingError
from strace_core.evaluate.metrics import NUCLEUS_PERCENTS

MIN_FRACTION = 1e-5
"""Relative size where the area over log size starts, five decades below the full graph."""

TV_LEVELS = (0.5, 0.1, 0.01)
"""Levels of total variation whose recovery sizes are reported."""


@dataclass(frozen=True)
class Density:
    """Areas under the curve of total variation. The larger, the more edges the prediction takes.

    Attributes:
        auc_tv_log: Area over log10 of the relative size, from 1e-5 to 1; in [0, 5].
        auc_tv: Area over the relative size; in [0, 1].
    """

    auc_tv_log: float
    auc_tv: float


def density(curve: pd.DataFrame, n_edges_full: int) -> Density:
    """Compute both areas under a curve.

    Total variation is interpolated linearly between evaluated sizes, along the axis of the area. Relative sizes of less
    than one edge have that of the empty graph.

    Args:
        curve: Curve with columns ``n_edges`` and ``tv``.
        n_edges_full: Number of edges of the full graph.

    Raises:
        SettingError: The curve lacks the empty or the full graph.
    """
    counts, tv = curve["n_edges"].to_numpy(), curve["tv"].to_numpy()
    if counts[0] != 0 or counts[-1] != n_edges_full:
        raise SettingError(
            f"the curve runs from {counts[0]} to {counts[-1]} edges, but a density needs the empty graph and all "
            f"{n_edges_full} edges. Trace with sizes='paper', or add 0 and 1.0 to the sizes."
        )
    over_log = area_over_log(counts, tv, n_edges_full, MIN_FRACTION * n_edges_full)
    return Density(over_log, float(np.trapezoid(tv, counts / n_edges_full)))


def area_over_log(counts: np.ndarray, tv: np.ndarray, n_edges_full: int, least_edges: float) -> float:
    """Compute the area under total variation over log10 of the size.

    Args:
        counts: Numbers of edges, ascending from the empty to the full graph.
        tv: Total variation at each of them, interpolated linearly over the logarithm.
        n_edges_full: Number of edges of the full graph, where the area ends.
        least_edges: Where it starts, in edges. Sizes of less than one edge have the value of the empty graph.

    Returns:
        The area, from 0 to the number of decades between ``least_edges`` and the full graph.
    """
    start, one_edge = np.log10(least_edges / n_edges_full), -np.log10(n_edges_full)
    places, values = np.log10(counts[1:] / n_edges_full), tv[1:]
    if places[0] > one_edge:  # one edge was not evaluated: assume it does no better than none
        places, values = np.append(one_edge, places), np.append(tv[0], values)
    empty = max(0.0, one_edge - start) * tv[0]
    begin = max(start, one_edge)
    inside = places > begin
    knots = np.append(begin, places[inside])
    heights = np.append(np.interp(begin, places, values), values[inside])
    return float(empty + np.trapezoid(heights, knots))


def recovery_sizes(curve: pd.DataFrame, n_edges_full: int) -> pd.DataFrame:
    """Find the smallest evaluated size that meets each criterion of recovery.

    Args:
        curve: Curve with the columns of :func:`~strace_core.evaluate.curve.build_curve`.
        n_edges_full: Number of edges of the full graph.

    Returns:
        A row for each criterion: "tv <= 0.5", "tv <= 0.1", "tv <= 0.01", "top1_match", and "shared_nucleus >= k" for
        every level k. Columns: ``n_edges``, the smallest size that meets it; ``fraction``, the same relative to all
        edges; ``stays_from``, the size from which on all sizes meet it. Values are missing where no size does.
    """
    met = criteria(curve)
    rows = [_recovery(curve["n_edges"].to_numpy(), is_met.to_numpy()) for is_met in met.values()]
    table = pd.DataFrame(rows, index=pd.Index(list(met), name="criterion"), columns=["n_edges", "stays_from"])
    table = table.astype("Int64")
    table.insert(1, "fraction", table["n_edges"].astype("Float64") / n_edges_full)
    return table


def criteria(curve: pd.DataFrame) -> dict[str, pd.Series]:
    """Return which rows of one or several curves meet each criterion of recovery."""
    met = {f"tv <= {level}": curve["tv"] <= level for level in TV_LEVELS}
    met["top1_match"] = curve["top1_match"].astype(bool)
    return met | {f"shared_nucleus >= {k}": curve["shared_nucleus"] >= k for k in NUCLEUS_PERCENTS}


def _recovery(counts: np.ndarray, is_met: np.ndarray) -> tuple[int | None, int | None]:
    """The first size that meets a criterion, and the first from which on all do."""
    if not is_met.any():
        return None, None
    failing = np.flatnonzero(~is_met)
    stays = failing[-1] + 1 if failing.size else 0
    return int(counts[is_met.argmax()]), int(counts[stays]) if stays < counts.size else None
