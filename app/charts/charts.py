"""The two main charts: how the prediction comes into focus, and what it is. And smaller ones along the size.

Each specification is built once and takes a new frame at every step.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import altair as alt

from . import theme
from .curve_frames import BASELINE_LABELS, LANES, PHASES, TRACE
from .measures import MEASURES, Measure
from .parts import (
    INK,
    SIZE_TITLE,
    Spec,
    axis,
    click_layer,
    current_layers,
    finished,
    legend,
    line_legend,
    pixels,
    rows_of,
    size_x,
    words,
)

CURVE_HEIGHT, BARS_HEIGHT, TREND_HEIGHT = 225, 215, 130

_DASHES: Final = {
    "trace": [1, 0], "random": [2, 2], "backbone": [7, 3], "complement": [7, 3, 2, 3], "best-first": [14, 3],
}  # fmt: skip
_CURVE_COLUMNS: Final = (
    "part", "line", "n_edges", "fraction", "value", "written", "current", "label", "lane", "side", "end", "middle",
)  # fmt: skip
_LANE_HEIGHT, _LEGEND_ROW = 14, 22


@dataclass(frozen=True)
class Pair:
    """What two bars of a row stand for: names and colours, the words of the axis and above the legend."""

    sides: tuple[str, str]
    colours: tuple[str, str]
    axis: str
    legend: str


PAIRS: Final[Mapping[str, Pair]] = MappingProxyType(
    {
        "reconstruction": Pair(
            ("full model", "subgraph"),
            (theme.FULL_MODEL, theme.SUBGRAPH),
            "probability of the next token",
            "according to",
        ),
        "comparison": Pair(("A", "B"), (theme.RUN_A, theme.RUN_B), "probability of the next token", "subgraph of"),
        "head": Pair(
            ("looks", "writes"), (theme.FULL_MODEL, theme.ATTENTION), "share of all the head does here", "how much it"
        ),
    }
)


@lru_cache(maxsize=64)
def curve_spec(*, measure: str = "tv", top: float = 1.0, baselines: tuple[str, ...] = (), large: bool = False) -> Spec:
    """A measure of distance against size, on an axis up to ``top``. Frame: ``curve_frame``.

    Marks and phases stand behind the curves; a click anywhere picks the nearest size.
    """
    x, y = size_x(large), value_y(MEASURES[measure], top, large, headroom=pixels(LANES * _LANE_HEIGHT, large))
    rows = rows_of(*_CURVE_COLUMNS, *baselines)
    curve = rows.transform_filter("datum.part === 'curve'")
    trace = curve.transform_filter(f"datum.line === '{TRACE}'")
    names = ("trace", *baselines)
    labels = [TRACE, *(BASELINE_LABELS[name] for name in baselines)]
    colours = [theme.SUBGRAPH, *(theme.BASELINE_COLOURS[name] for name in baselines)]
    shown = line_legend(large, columns=2, labelLimit=pixels(180, large)) if baselines else None
    lines = curve.mark_line(strokeWidth=pixels(2, large), interpolate="step-after", tooltip=None).encode(
        x=x,
        y=y,
        color=alt.Color("line:N", scale=alt.Scale(domain=labels, range=colours), legend=shown),
        strokeDash=alt.StrokeDash(
            "line:N", scale=alt.Scale(domain=labels, range=[_DASHES[name] for name in names]), legend=shown
        ),
    )
    tooltip = [
        alt.Tooltip("n_edges:Q", title="edges kept", format=","),
        alt.Tooltip("fraction:Q", title="share of all edges", format=".2%"),
        alt.Tooltip("written:N", title=MEASURES[measure].name),
        *(alt.Tooltip(f"{name}:N", title=BASELINE_LABELS[name]) for name in baselines),
    ]
    layers = (
        *_phase_layers(rows, x, large),
        *_mark_layers(rows, x, large),
        lines,
        *current_layers(trace, x, y),
        click_layer(trace, x, tooltip),
    )
    third_row = _LEGEND_ROW if len(names) > 4 else 0
    return finished(alt.layer(*layers), CURVE_HEIGHT + third_row if baselines else CURVE_HEIGHT - 40, large)


@lru_cache(maxsize=64)
def trend_spec(*, measure: str, top: float, large: bool = False) -> Spec:
    """One measure of the trace against size, small, with the full model's value where it has one.

    Frame: ``trend_frame``. A click picks the nearest size.
    """
    x, y = size_x(large), value_y(MEASURES[measure], top, large, headroom=0)
    rows = rows_of("part", "n_edges", "fraction", "value", "written", "current", "label")
    curve = rows.transform_filter("datum.part === 'curve'")
    reference = rows.transform_filter("datum.part === 'reference'").encode(y=y)
    tooltip = [
        alt.Tooltip("n_edges:Q", title="edges kept", format=","),
        alt.Tooltip("fraction:Q", title="share of all edges", format=".2%"),
        alt.Tooltip("written:N", title=MEASURES[measure].name),
    ]
    layers = (
        reference.mark_rule(color=theme.FULL_MODEL, strokeDash=[5, 3], strokeWidth=1.5, tooltip=None, aria=False),
        reference.mark_text(**words(large, align="right", dx=-4, dy=-6)).encode(x=alt.value("width"), text="label:N"),
        curve.mark_line(
            color=theme.SUBGRAPH, strokeWidth=pixels(2, large), interpolate="step-after", tooltip=None
        ).encode(x=x, y=y),
        *current_layers(curve, x, y),
        click_layer(curve, x, tooltip),
    )
    return finished(alt.layer(*layers), TREND_HEIGHT, large)


@lru_cache(maxsize=64)
def bars_spec(highest: float, *, pair: str = "reconstruction", large: bool = False) -> Spec:
    """Two bars for each token, one above the other, on an axis up to ``highest``, and a word after them.

    Frames: ``top_tokens_frame`` and others with its columns; ``pair`` is a name in ``PAIRS``.
    """
    shown = PAIRS[pair]
    sides = list(shown.sides)
    rows = rows_of("token", "side", "value", "place", "change", "longest", "explained")
    room = pixels(46, large)
    x = alt.X(
        "value:Q",
        title=shown.axis,
        scale=alt.Scale(domain=[0, highest], nice=False, range=[0, alt.ExprRef(f"width - {room}")]),
        axis=axis(large, tickCount=5),
    )
    y = alt.Y(
        "token:N",
        title=None,
        sort=alt.EncodingSortField("place", op="min"),
        axis=axis(large, labelOverlap=False, labelLimit=pixels(140, large), domain=False, ticks=False),
    )
    bars = rows.mark_bar().encode(
        x=x,
        y=y,
        yOffset=alt.YOffset("side:N", sort=sides),
        color=alt.Color(
            "side:N",
            scale=alt.Scale(domain=sides, range=list(shown.colours)),
            legend=legend(large, title=shown.legend),
        ),
        tooltip=[
            alt.Tooltip("token:N", title="token"),
            alt.Tooltip("side:N", title=shown.legend),
            alt.Tooltip("value:Q", title="value", format=".4f"),
            alt.Tooltip("explained:N", title="in words"),
        ],
    )
    changes = (
        rows.transform_filter(f"datum.side === '{sides[1]}'")
        .mark_text(**words(large, align="left", baseline="middle", dx=5))
        .encode(x=alt.X("longest:Q", title=shown.axis), y=y, text="change:N")
    )
    return finished(alt.layer(bars, changes), BARS_HEIGHT, large)


def value_y(measure: Measure, top: float, large: bool, *, headroom: int) -> alt.Y:
    """The axis of a measure, ``headroom`` pixels below the chart's top."""
    place: list[Any] = [alt.ExprRef("height"), headroom]
    if measure.linear_to is None:
        scale, ticks = alt.Scale(domain=[0, top], range=place), axis(large, tickCount=3, domain=False)
    else:
        scale = alt.Scale(type="symlog", constant=measure.linear_to, domain=[0, top], range=place)
        values = [value for value in (0, 0.1, 0.3, 1, 3, 10, 30, 100) if value <= top]
        ticks = axis(large, values=values, format="~g", domain=False)
    return alt.Y("value:Q", title=measure.title, scale=scale, axis=ticks)


def _phase_layers(rows: alt.Chart, x: alt.X, large: bool) -> tuple[alt.Chart, ...]:
    """A faint band for each phase, with its name at the foot."""
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
    """A faint rule at each size with a name, and the name beside its head."""
    height = pixels(_LANE_HEIGHT, large)
    marks = rows.transform_filter("datum.part === 'mark'").encode(x=x)
    names = words(
        large,
        align=alt.ExprRef("datum.side"),
        baseline="middle",
        dx=alt.ExprRef("datum.side === 'left' ? 4 : -4"),
        y=alt.ExprRef(f"{height} * (datum.lane + 0.5)"),
    )
    top, bottom = alt.ExprRef(f"{height} * datum.lane"), alt.ExprRef("height")
    return (
        marks.mark_rule(color=INK, strokeDash=[1, 3], tooltip=None, y=top, y2=bottom),
        marks.mark_text(**names).encode(text="label:N"),
    )
