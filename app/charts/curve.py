"""The curve: how the distance to the full model's prediction falls as edges are added.

One line for the trace and one for each baseline, a rule and a dot at the current size. Behind them lie the paper's two
phases as faint bands, and rules at notable sizes with their names in two lanes above.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import Final

import altair as alt
import pandas as pd

from strace_core import TraceResult

from ..wording.measures import MEASURES
from ..wording.names import BASELINE_NAMES, TRACE
from ..wording.text import capitalised, size_text
from . import theme
from .axes import SIZE_TITLE, axis_top, measure_y, size_x
from .lines import Row, frame_of, line_rows, trace_rows
from .marks import Mark, marks
from .parts import (
    INK,
    Drawing,
    Spec,
    click_layer,
    current_layers,
    finished,
    line_legend,
    pixels,
    rows_of,
    size_tooltips,
    words,
)

LANES: Final = 2
"""Lanes of labels above a curve."""

HEIGHT, HEIGHT_WITH_LEGEND, _LEGEND_ROW, _LANE_HEIGHT = 185, 225, 22, 14

_MARKED: Final = ("connected", "same top token", "backbone")
"""The notable sizes that a curve of distance does not show by itself."""

_NARROWEST, _CHARACTER, _GAP = 290, 6.2, 10
"""Pixels of the narrowest plot, of a character, and between a label and its neighbours."""

_COLUMNS: Final = (
    "part", "line", "n_edges", "fraction", "value", "written", "current", "label", "lane", "side", "end", "middle",
)  # fmt: skip


@dataclass(frozen=True)
class Phase:
    """A range of relative sizes in which subgraphs tend to change in the same way."""

    name: str
    start: float
    end: float


PHASES: Final = (Phase("construction", 1e-4, 1e-2), Phase("refinement", 1e-2, 1.0))
"""The phases that the paper found: the head of the distribution is built first, then it is refined."""


def draw(result: TraceResult, n_edges: int, measure: str = "tv", *, large: bool = False) -> Drawing:
    """Draw a distance ("tv" or "kl") against size, with the result's baselines. A click picks the nearest size."""
    top = axis_top(result, measure)
    return Drawing(
        frame(result, n_edges, measure, top=top),
        spec(measure=measure, top=top, baselines=tuple(result.baselines), large=large),
        alt_text(result, n_edges, measure),
    )


def frame(result: TraceResult, n_edges: int, measure: str = "tv", *, top: float = 1.0) -> pd.DataFrame:
    """Return the rows: a measure against size, from one edge up, with marks and phases.

    Columns by ``part``. Of "curve": ``line`` (``TRACE`` or the name of a baseline), ``n_edges``, ``fraction``,
    ``value`` (at most ``top``), ``written`` (the value as text), ``current`` (true for the trace at the size
    ``n_edges``) and, in the trace's rows, a column for each baseline with its value as text. Of "mark": ``n_edges``,
    ``label``, ``lane``, ``side``. Of "phase": ``line`` (its name), ``n_edges``, ``end``, ``middle``, ``label``.
    """
    trace = trace_rows(result, n_edges, measure, top)
    baselines: list[Row] = []
    for name, table in result.baselines.items():
        line = line_rows(table, BASELINE_NAMES[name], measure, top)
        for row, beside in zip(trace, line, strict=True):
            row[name] = beside["written"]
        baselines += line
    named = [mark for mark in marks(result) if mark.short in _MARKED]
    behind = [*mark_rows(named, result.n_edges), *phase_rows(result.n_edges)]
    return frame_of([*trace, *baselines, *behind], result.baselines)


def mark_rows(named: Sequence[Mark], n_edges_full: int) -> list[Row]:
    """Return rows of part "mark" for notable sizes. A label that would cover another or a rule is left out."""
    rows: list[Row] = []
    placed: list[_Label] = []
    for mark in sorted(named, key=lambda mark: mark.n_edges):
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
    """Return rows of part "phase", as far as they lie in the graph; a band too narrow for its name has no label."""
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
    """A mark's label in its place: the rule's x, the lane, and the extent of the text."""

    at: float
    lane: int
    side: str
    left: float
    right: float

    def collides(self, other: "_Label") -> bool:
        """Return whether the texts overlap, or the rule of one runs through the text of the other."""
        overlap = self.lane == other.lane and self.left < other.right and other.left < self.right
        return overlap or self._crosses(other) or other._crosses(self)

    def _crosses(self, other: "_Label") -> bool:
        return self.lane <= other.lane and other.left < self.at < other.right


def _place(mark: Mark, n_edges_full: int, placed: Sequence[_Label]) -> _Label | None:
    """Return the first free place for a mark's label; ``side`` is the side of the rule where the text is aligned."""
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


@lru_cache(maxsize=64)
def spec(*, measure: str = "tv", top: float = 1.0, baselines: tuple[str, ...] = (), large: bool = False) -> Spec:
    """Return the specification for the rows of ``frame``, with an axis from 0 to ``top``."""
    x, y = size_x(large), measure_y(measure, top, large, headroom=pixels(LANES * _LANE_HEIGHT, large))
    rows = rows_of(*_COLUMNS, *baselines)
    trace = rows.transform_filter("datum.part === 'curve'").transform_filter(f"datum.line === '{TRACE}'")
    tooltip = [
        *size_tooltips(),
        alt.Tooltip("written:N", title=MEASURES[measure].name),
        *(alt.Tooltip(f"{name}:N", title=BASELINE_NAMES[name]) for name in baselines),
    ]
    layers = (
        *_phase_layers(rows, x, large),
        *_mark_layers(rows, x, large),
        _lines(rows, x, y, baselines, large),
        *current_layers(trace, x, y),
        click_layer(trace, x, tooltip),
    )
    third_row = _LEGEND_ROW if len(baselines) > 3 else 0
    return finished(alt.layer(*layers), HEIGHT_WITH_LEGEND + third_row if baselines else HEIGHT, large)


def _lines(rows: alt.Chart, x: alt.X, y: alt.Y, baselines: tuple[str, ...], large: bool) -> alt.Chart:
    """Return the lines, told apart by colour and dash."""
    labels = [TRACE, *(BASELINE_NAMES[name] for name in baselines)]
    colours = [theme.ORDER_COLOURS[name] for name in ("trace", *baselines)]
    dashes = [list(theme.ORDER_DASHES[name]) for name in ("trace", *baselines)]
    shown = line_legend(large, columns=2, labelLimit=pixels(180, large)) if baselines else None
    curve = rows.transform_filter("datum.part === 'curve'")
    return curve.mark_line(strokeWidth=pixels(2, large), interpolate="step-after", tooltip=None).encode(
        x=x,
        y=y,
        color=alt.Color("line:N", scale=alt.Scale(domain=labels, range=colours), legend=shown),
        strokeDash=alt.StrokeDash("line:N", scale=alt.Scale(domain=labels, range=dashes), legend=shown),
    )


def _phase_layers(rows: alt.Chart, x: alt.X, large: bool) -> tuple[alt.Chart, ...]:
    """Return a faint band for each phase, with its name at the bottom."""
    phases = rows.transform_filter("datum.part === 'phase'")
    bands = (
        phases.transform_filter(f"datum.line === '{phase.name}'")
        .mark_rect(color=theme.RULE, opacity=opacity, tooltip=None)
        .encode(x=x, x2=alt.X2("end:Q", title=SIZE_TITLE))
        for phase, opacity in zip(PHASES, (0.06, 0.13), strict=True)
    )
    names = phases.mark_text(**words(large, baseline="bottom", fontStyle="italic")).encode(
        x=alt.X("middle:Q", title=SIZE_TITLE), y=alt.value(alt.ExprRef("height - 4")), text="label:N"
    )
    return *bands, names


def _mark_layers(rows: alt.Chart, x: alt.X, large: bool) -> tuple[alt.Chart, ...]:
    """Return a faint rule at each notable size, with its name beside the upper end."""
    height = pixels(_LANE_HEIGHT, large)
    named = rows.transform_filter("datum.part === 'mark'").encode(x=x)
    names = words(
        large,
        align=alt.ExprRef("datum.side"),
        baseline="middle",
        dx=alt.ExprRef("datum.side === 'left' ? 4 : -4"),
        y=alt.ExprRef(f"{height} * (datum.lane + 0.5)"),
    )
    top, bottom = alt.ExprRef(f"{height} * datum.lane"), alt.ExprRef("height")
    return (
        named.mark_rule(color=INK, strokeDash=[1, 3], tooltip=None, y=top, y2=bottom),
        named.mark_text(**names).encode(text="label:N"),
    )


def alt_text(result: TraceResult, n_edges: int, measure: str = "tv") -> str:
    """Return what the curve shows at a size, beside the baselines there."""
    shown, at = MEASURES[measure], result.row(n_edges)
    baselines = ((BASELINE_NAMES[name], table) for name, table in result.baselines.items())
    values = [f"{name} {shown.written(table[measure].iloc[at])}" for name, table in ((TRACE, result.curve), *baselines)]
    return (
        f"{capitalised(shown.name)} between the subgraph's prediction and the full model's, against the number of "
        f"edges kept. At {size_text(n_edges, result.n_edges)}: {', '.join(values)}."
    )
