"""One number for a whole curve: how much of the computation a prediction takes, and at what size it is recovered.

Source: section 5 of docs/method.md.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from strace_core.errors import SettingError
from strace_core.evaluate.metrics import NUCLEUS_PERCENTS

LEAST_FRACTION = 1e-5
"""Where the area over log size begins, five decades below the full graph."""

TV_LEVELS = (0.5, 0.1, 0.01)
"""Total variations whose recovery sizes are reported."""


@dataclass(frozen=True)
class Density:
    """Areas under a curve of total variation; the larger, the more edges the prediction takes.

    ``auc_tv_log``, over log10 of the relative size from 1e-5 to 1, is in [0, 5]; ``auc_tv``, over the relative size,
    in [0, 1].
    """

    auc_tv_log: float
    auc_tv: float


def density(curve: pd.DataFrame, n_edges_full: int) -> Density:
    """Both areas of a curve with ``n_edges`` and ``tv``, of a graph of ``n_edges_full`` edges.

    Between evaluated sizes tv runs straight, over the axis of the area; relative sizes of less than one edge have the
    empty graph's. Raises SettingError for a curve without the empty and the full graph.
    """
    counts, tv = curve["n_edges"].to_numpy(), curve["tv"].to_numpy()
    if counts[0] != 0 or counts[-1] != n_edges_full:
        raise SettingError(
            f"the curve runs from {counts[0]} to {counts[-1]} edges; a density needs the empty graph and all "
            f"{n_edges_full}. Trace with sizes='paper' or add 0 and 1.0 to the sizes."
        )
    over_log = area_over_log(counts, tv, n_edges_full, LEAST_FRACTION * n_edges_full)
    return Density(over_log, float(np.trapezoid(tv, counts / n_edges_full)))


def area_over_log(counts: np.ndarray, tv: np.ndarray, n_edges_full: int, least_edges: float) -> float:
    """Area under tv over log10 of the size, from ``least_edges`` to the full graph, from 0 to the decades between them.

    ``counts`` ascend from the empty to the full graph; between them tv runs straight over the logarithm. Sizes of less
    than one edge have the empty graph's.
    """
    start, one_edge = np.log10(least_edges / n_edges_full), -np.log10(n_edges_full)
    places, values = np.log10(counts[1:] / n_edges_full), tv[1:]
    if places[0] > one_edge:  # from one edge to the first size that was run
        places, values = np.append(one_edge, places), np.append(tv[0], values)
    empty = max(0.0, one_edge - start) * tv[0]
    begin = max(start, one_edge)
    inside = places > begin
    knots = np.append(begin, places[inside])
    heights = np.append(np.interp(begin, places, values), values[inside])
    return float(empty + np.trapezoid(heights, knots))


def recovery_sizes(curve: pd.DataFrame, n_edges_full: int) -> pd.DataFrame:
    """The smallest evaluated size that meets each criterion, and from which on all do.

    Criteria, the index: ``tv <= 0.5``, ``0.1``, ``0.01``, ``top1_match``, and ``shared_nucleus >= k`` for every level.
    Columns: ``n_edges``, ``fraction`` of all edges, and ``stays_from``, a number of edges. Missing where no size does.
    """
    met = criteria(curve)
    rows = [_recovery(curve["n_edges"].to_numpy(), is_met.to_numpy()) for is_met in met.values()]
    table = pd.DataFrame(rows, index=pd.Index(list(met), name="criterion"), columns=["n_edges", "stays_from"])
    table = table.astype("Int64")
    table.insert(1, "fraction", table["n_edges"].astype("Float64") / n_edges_full)
    return table


def criteria(curve: pd.DataFrame) -> dict[str, pd.Series]:
    """Which rows of one or many curves meet each criterion of recovery."""
    met = {f"tv <= {level}": curve["tv"] <= level for level in TV_LEVELS}
    met["top1_match"] = curve["top1_match"].astype(bool)
    return met | {f"shared_nucleus >= {k}": curve["shared_nucleus"] >= k for k in NUCLEUS_PERCENTS}


def _recovery(counts: np.ndarray, is_met: np.ndarray) -> tuple[int | None, int | None]:
    """(first size that meets it, first size from which on all do)."""
    if not is_met.any():
        return None, None
    failing = np.flatnonzero(~is_met)
    stays = failing[-1] + 1 if failing.size else 0
    return int(counts[is_met.argmax()]), int(counts[stays]) if stays < counts.size else None
