"""TraceResult -> the rows of charts along the size of the subgraph, with marks and phases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from app.views.graph import Mark
from app.views.measures import MEASURES, full_entropy
from strace_core import TraceResult

TRACE: Final = "the trace"
BASELINE_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {"random": "random growth", "backbone": "backbone first", "complement": "without the trace's edges"}
)
"""What each baseline is called in charts, by its name."""

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
    lines = [_line(result.curve, TRACE, measure, top)]
    lines[0]["current"] = lines[0]["n_edges"] == n_edges
    for name, table in result.baselines.items():
        lines.append(_line(table, BASELINE_LABELS[name], measure, top))
        lines[0][name] = lines[-1]["written"].to_numpy()
    return _whole(pd.concat([*lines, mark_rows(marks, result.n_edges), phase_rows(result.n_edges)], ignore_index=True))


def trend_frame(result: TraceResult, n_edges: int, measure: str, *, top: float) -> pd.DataFrame:
    """The rows of one measure of the trace alone, as in ``curve_frame``, and a row of part "reference".

    The reference is the full model's own value, which only entropy has.
    """
    line = _line(result.curve, TRACE, measure, top)
    line["current"] = line["n_edges"] == n_edges
    line["label"] = ""
    if measure != "entropy":
        return _whole(line)
    full = full_entropy(result)
    label = f"full model {MEASURES[measure].written(full)}"
    reference = pd.DataFrame({"part": ["reference"], "value": [min(full, top)], "label": [label]})
    return _whole(pd.concat([line, reference], ignore_index=True))


def mark_rows(marks: Sequence[Mark], n_edges_full: int) -> pd.DataFrame:
    """Rows of part "mark" for the sizes with a name. A label that would cover another or a rule is left out."""
    rows = []
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
                "written": mark.label,
            }
        )
    return pd.DataFrame(rows)


def phase_rows(n_edges_full: int) -> pd.DataFrame:
    """Rows of part "phase", as far as they lie in the graph; one too narrow for its name has none."""
    rows = []
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
    return pd.DataFrame(rows)


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


def _line(table: pd.DataFrame, label: str, measure: str, top: float) -> pd.DataFrame:
    """The rows of one line, from one edge up."""
    shown = MEASURES[measure]
    kept = table[table["n_edges"] > 0]
    values = kept[shown.column].to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "part": "curve",
            "line": label,
            "n_edges": kept["n_edges"].to_numpy(),
            "fraction": kept["fraction"].to_numpy() if label == TRACE else np.nan,
            "value": np.minimum(values, top),
            "written": [shown.written(value) for value in values],
            "current": False,
        }
    )


def _whole(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of several parts as one frame with plain columns: no missing word, no missing truth."""
    texts = [name for name in ("line", "label", "side", "written", *BASELINE_LABELS) if name in rows]
    rows[texts] = rows[texts].fillna("")
    rows["current"] = rows["current"].eq(True)
    return rows
