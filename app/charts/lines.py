"""Rows of a line against size, as the curve and the trends draw them."""

from collections.abc import Iterable, Sequence
from math import nan
from typing import Any

import pandas as pd

from strace_core import TraceResult

from ..wording.measures import MEASURES
from ..wording.names import TRACE

Row = dict[str, Any]
"""One row of a chart, by column."""


def trace_rows(result: TraceResult, n_edges: int, measure: str, top: float) -> list[Row]:
    """Return the rows of the trace's own line, with ``current`` true at the size ``n_edges``."""
    rows = line_rows(result.curve, TRACE, measure, top)
    for row in rows:
        row["current"] = row["n_edges"] == n_edges
        row["fraction"] = row["n_edges"] / result.n_edges
    return rows


def line_rows(table: pd.DataFrame, label: str, measure: str, top: float) -> list[Row]:
    """Return the rows of one line, from one edge up, with values cut at ``top``."""
    written = MEASURES[measure].written
    points = zip(table["n_edges"].tolist(), table[measure].tolist(), strict=True)
    return [
        {"part": "curve", "line": label, "n_edges": n, "value": min(value, top), "written": written(value)}
        for n, value in points
        if n > 0
    ]


def frame_of(rows: Sequence[Row], baselines: Iterable[str] = ()) -> pd.DataFrame:
    """Return rows of several parts as one frame of plain columns, without missing text or booleans."""
    empty: Row = {"line": "", "written": "", "label": "", "side": "", "current": False}
    empty |= dict.fromkeys(("n_edges", "fraction", "value", "lane", "end", "middle"), nan)
    empty |= dict.fromkeys(baselines, "")
    return pd.DataFrame([empty | row for row in rows])
