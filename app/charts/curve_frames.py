"""TraceResult -> the rows of charts along the size of the subgraph, with marks and phases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log, nan
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from strace_core import TraceResult

from .marks import Mark
from .measures import MEASURES, full_entropy

TRACE: Final = "the trace"
BASELINE_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "random": "random growth",
        "backbone": "backbone first",
        "complement": "without the trace's edges",
        "best-first": "the paper's order",
    }
)
"""What each baseline is called in charts, by its name."""

Row = dict[str, Any]
"""One row of a chart, by name of the column."""

LANES: Final = 2
"""Lines of labels above a curve."""

_NARROWEST, _CHARACTER, _GAP = 290, 6.2, 10
"""Pixels of the narrowest plot, of a character, and between a label and what stands beside it."""


@dataclass(frozen=True)
class Phase:
    """A stretch of relative sizes in which subgraphs tend to change in the same way."""

    name: str
    start: float
    end: float


PHASES: Final = (Phase("construction", 1e-4, 1e-2), Phase("refinement", 1e-2, 1.0))
"""The phases that the paper found: first the head of the distribution is built, then it is refined."""


def curve_frame(
    result: TraceResult, n_edges: int, measure: str = "tv", *, top: float = 1.0, marks: Sequence[Mark] = ()
) -> pd.DataFrame:
    """A measure against size, one row per line and size from one edge up; ``part`` tells those from marks and phases.

    Columns of part "curve": ``line`` (``TRACE`` or a label of a baseline), ``n_edges``, ``fraction``, ``value`` (at
    most ``top``), ``written`` (the value in words), ``current`` (true for the trace at the size ``n_edges``) and, in
    the trace's rows, a column for each baseline with its value in words. Of "mark": ``n_edges``, ``label``, ``lane``,
    ``side``. Of "phase": ``line`` (its name), ``n_edges``, ``end``, ``middle``, ``label``.
    """
    trace = _trace_rows(result, n_edges, measure, top)
    baselines: list[Row] = []
    for name, table in result.baselines.items():
        line = _line(table, BASELINE_LABELS[name], measure, top)
        for row, beside in zip(trace, line, strict=True):
            row[name] = beside["written"]
        baselines += line
    behind = [*mark_rows(marks, result.n_edges), *phase_rows(result.n_edges)]
    return _frame([*trace, *baselines, *behind], result.baselines)


def trend_frame(result: TraceResult, n_edges: int, measure: str, *, top: float) -> pd.DataFrame:
    """The rows of one measure of the trace alone, as in ``curve_frame``, and a row of part "reference".

    The reference is the full model's own value, which only entropy has.
    """
    rows = _trace_rows(result, n_edges, measure, top)
    if measure == "entropy":
        full = full_entropy(result)
        label = f"full model {MEASURES[measure].written(full)}"
        rows.append({"part": "reference", "value": min(full, top), "label": label})
    return _frame(rows)


def mark_rows(marks: Sequence[Mark], n_edges_full: int) -> list[Row]:
    """Rows of part "mark" for the sizes with a name. A label that would cover another or a rule is left out."""
    rows: list[Row] = []
    placed: list[_Label] = []
    for mark in sorted(marks, key=lambda mark: mark.n_edges):
        label = _place(mark, n_edges_full, placed)
        if label is not None:
            placed.append(label)
        rows.append(
            {
                "part": "mark",
                "n_edges": mark.n_edges,
                "label": mark.short if label else "",
                "lane": label.lane if label else LANES,
                "side": label.side if label else "left",
            }
        )
    return rows


def phase_rows(n_edges_full: int) -> list[Row]:
    """Rows of part "phase", as far as they lie in the graph; one too narrow for its name has none."""
    rows: list[Row] = []
    for phase in PHASES:
        start, end = max(1.0, phase.start * n_edges_full), phase.end * n_edges_full
        if end <= start:
            continue
        fits = _place_x(end, n_edges_full) - _place_x(start, n_edges_full) > len(phase.name) * _CHARACTER
        label = phase.name if fits else ""
        middle = (start * end) ** 0.5
        rows.append(
            {"part": "phase", "line": phase.name, "n_edges": start, "end": end, "middle": middle, "label": label}
        )
    return rows


@dataclass(frozen=True)
class _Label:
    """A mark's label in its place: the rule's x, the lane, and the stretch that the words take."""

    at: float
    lane: int
    side: str
    left: float
    right: float

    def collides(self, other: "_Label") -> bool:
        """Whether the words overlap, or the rule of one runs down through the words of the other."""
        overlap = self.lane == other.lane and self.left < other.right and other.left < self.right
        return overlap or self._crosses(other) or other._crosses(self)

    def _crosses(self, other: "_Label") -> bool:
        return self.lane <= other.lane and other.left < self.at < other.right


def _place(mark: Mark, n_edges_full: int, placed: Sequence[_Label]) -> _Label | None:
    """The first place for a mark's label where it is in nobody's way; ``side`` is where its words start or end."""
    at, length = _place_x(mark.n_edges, n_edges_full), len(mark.short) * _CHARACTER + _GAP
    for lane in range(LANES):
        for side in ("left", "right"):
            left = at if side == "left" else at - length
            label = _Label(at, lane, side, left, left + length)
            if left >= 0 and left + length <= _NARROWEST and not any(label.collides(other) for other in placed):
                return label
    return None


def _place_x(n_edges: float, n_edges_full: int) -> float:
    return _NARROWEST * log(max(1.0, n_edges)) / log(max(2, n_edges_full))


def _trace_rows(result: TraceResult, n_edges: int, measure: str, top: float) -> list[Row]:
    rows = _line(result.curve, TRACE, measure, top)
    for row in rows:
        row["current"] = row["n_edges"] == n_edges
        row["fraction"] = row["n_edges"] / result.n_edges
    return rows


def _line(table: pd.DataFrame, label: str, measure: str, top: float) -> list[Row]:
    """The rows of one line, from one edge up."""
    shown = MEASURES[measure]
    points = zip(table["n_edges"].tolist(), table[shown.column].tolist(), strict=True)
    return [
        {"part": "curve", "line": label, "n_edges": n, "value": min(value, top), "written": shown.written(value)}
        for n, value in points
        if n > 0
    ]


def _frame(rows: Sequence[Row], baselines: Iterable[str] = ()) -> pd.DataFrame:
    """Rows of several parts as one frame with plain columns: no missing word, no missing truth."""
    empty: Row = {"line": "", "written": "", "label": "", "side": "", "current": False}
    empty |= dict.fromkeys(("n_edges", "fraction", "value", "lane", "end", "middle"), nan)
    empty |= dict.fromkeys(baselines, "")
    return pd.DataFrame([empty | row for row in rows])
