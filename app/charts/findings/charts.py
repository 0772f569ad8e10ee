"""The charts of findings: lines with bands, bars and dots with intervals, scatters, a grid of components.

Each specification is built once for a look and takes rows from elsewhere. The frames are in ``findings_frames``.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import altair as alt

from .. import theme
from ..parts import INK, PICK, Spec, axis, finished, legend, line_legend, rows_of, words

LINES_HEIGHT, SCATTER_HEIGHT = 270, 260

_CURVE_COLUMNS: Final = (
    "part", "line", "x", "y", "low", "high", "q10", "q90", "end", "middle", "label", "lane", "said",
)  # fmt: skip
_LANE: Final = 14
_SHAPES: Final = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_HUES: Final = (theme.ATTENTION, theme.MLP, theme.RESIDUAL, theme.SUBGRAPH, theme.FULL_MODEL)


@dataclass(frozen=True)
class Lines:
    """How a chart of lines looks: their names, colours and dashes, and its axes.

    ``x_domain`` on a log axis or ``log`` false for one from 0 to 1; ``lanes`` are lines of words kept free at the top.
    ``behind`` says which of "phase", "mark" and "reference" the rows have: an empty layer would be a picture without
    words to a screen reader.
    """

    names: tuple[str, ...]
    colours: tuple[str, ...]
    dashes: tuple[tuple[int, ...], ...]
    x_title: str
    y_title: str
    x_domain: tuple[float, float]
    y_domain: tuple[float, float]
    log: bool = True
    x_format: str = ".2~p"
    y_format: str = "~g"
    lanes: int = 0
    behind: tuple[str, ...] = ()


@lru_cache(maxsize=64)
def lines_spec(look: Lines) -> Spec:
    """Lines against size with their bands. Frame: ``part`` "curve", "mark", "phase" or "reference"."""
    scale = alt.Scale(type="log" if look.log else "linear", nice=False, domain=list(look.x_domain))
    ticks = axis(False, format=look.x_format, tickCount=6, grid=False, labelOverlap="greedy")
    x = alt.X("x:Q", title=look.x_title, scale=scale, axis=ticks)
    place: list[Any] = [alt.ExprRef("height"), look.lanes * _LANE]
    y = alt.Y(
        "y:Q",
        title=look.y_title,
        scale=alt.Scale(domain=list(look.y_domain), range=place, zero=False, clamp=True),
        axis=axis(False, tickCount=4, domain=False, format=look.y_format),
    )
    rows = rows_of(*_CURVE_COLUMNS)
    curve = rows.transform_filter("datum.part === 'curve'")
    several = line_legend(False, columns=2, labelLimit=190, symbolOpacity=1, symbolStrokeWidth=2)
    shown = several if len(look.names) > 1 else None
    domain = list(look.names)
    colour = alt.Color("line:N", scale=alt.Scale(domain=domain, range=list(look.colours)), legend=shown)
    dash = alt.StrokeDash(
        "line:N", scale=alt.Scale(domain=domain, range=[list(dash) for dash in look.dashes]), legend=shown
    )
    tooltip = [alt.Tooltip("line:N", title="line"), alt.Tooltip("said:N", title="here")]
    layers = (
        *(_phases(rows, x) if "phase" in look.behind else ()),
        *(_marks(rows, x) if "mark" in look.behind else ()),
        curve.mark_area(opacity=0.13, tooltip=None).encode(
            x=x, y=alt.Y("q10:Q", title=look.y_title), y2="q90:Q", color=colour
        ),
        curve.mark_area(opacity=0.3, tooltip=None).encode(
            x=x, y=alt.Y("low:Q", title=look.y_title), y2="high:Q", color=colour
        ),
        *(_reference(rows, y) if "reference" in look.behind else ()),
        curve.mark_line(strokeWidth=2, tooltip=None).encode(x=x, y=y, color=colour, strokeDash=dash),
        curve.mark_point(opacity=0, size=90).encode(x=x, y=y, tooltip=tooltip),
    )
    return finished(alt.layer(*layers), LINES_HEIGHT, False)


def _phases(rows: alt.Chart, x: alt.X) -> tuple[alt.Chart, ...]:
    """A faint band for each phase, with its name at the foot."""
    phases = rows.transform_filter("datum.part === 'phase'")
    bands = (
        phases.transform_filter(f"datum.line === '{name}'")
        .mark_rect(color=theme.RULE, opacity=opacity, tooltip=None)
        .encode(x=x, x2="end:Q")
        for name, opacity in (("construction", 0.06), ("refinement", 0.13))
    )
    names = phases.mark_text(**words(False, baseline="bottom", fontStyle="italic")).encode(
        x=alt.X("middle:Q"), y=alt.value(alt.ExprRef("height - 4")), text="label:N"
    )
    return *bands, names


def _marks(rows: alt.Chart, x: alt.X) -> tuple[alt.Chart, ...]:
    """A faint rule at each size with a name, which stands in a lane above the lines."""
    marks = rows.transform_filter("datum.part === 'mark'").encode(x=x)
    label = words(
        False, align=alt.ExprRef("datum.q10 > 0 ? 'right' : 'left'"), baseline="middle",
        dx=alt.ExprRef("datum.q10 > 0 ? -4 : 4"), y=alt.ExprRef(f"{_LANE} * (datum.lane + 0.5)"),
    )  # fmt: skip
    top, bottom = alt.ExprRef(f"{_LANE} * datum.lane"), alt.ExprRef("height")
    return (
        marks.mark_rule(color=INK, strokeDash=[1, 3], tooltip=None, y=top, y2=bottom),
        marks.mark_text(**label).encode(text="label:N"),
    )


def _reference(rows: alt.Chart, y: alt.Y) -> tuple[alt.Chart, ...]:
    """A level across the chart, with its name."""
    level = rows.transform_filter("datum.part === 'reference'").encode(y=y)
    return (
        level.mark_rule(color=theme.FULL_MODEL, strokeDash=[5, 3], strokeWidth=1.5, tooltip=None, aria=False),
        level.mark_text(**words(False, align="right", dx=-4, dy=-7)).encode(x=alt.value("width"), text="label:N"),
    )


@lru_cache(maxsize=64)
def bars_spec(series: tuple[str, ...], colours: tuple[str, ...], *, x_title: str, n_rows: int) -> Spec:
    """Bars with intervals: a row for each ``row``, in it a bar for each of ``series``. Frame: ``stage_frame``."""
    rows = rows_of("row", "place", "series", "value", "low", "high", "said")
    x = alt.X("value:Q", title=x_title, axis=axis(False, format=".0%", tickCount=5))
    y = alt.Y(
        "row:N", title=None, sort=alt.EncodingSortField("place", op="min"),
        axis=axis(False, labelOverlap=False, labelLimit=120, domain=False, ticks=False),
    )  # fmt: skip
    offset = alt.YOffset("series:N", sort=list(series))
    colour = alt.Color(
        "series:N",
        scale=alt.Scale(domain=list(series), range=list(colours)),
        legend=legend(False, title=None, columns=2, labelLimit=190),
    )
    tooltip = [alt.Tooltip("series:N", title="order"), alt.Tooltip("said:N", title="share of the fall")]
    bars = rows.mark_bar(opacity=0.85).encode(x=x, y=y, yOffset=offset, color=colour, tooltip=tooltip)
    ranges = rows.mark_bar(color=INK, height=1.5, tooltip=None).encode(
        x=alt.X("low:Q", title=x_title), x2="high:Q", y=y, yOffset=offset
    )
    return finished(alt.layer(bars, ranges), 60 + n_rows * (14 * len(series) + 12), False)


@lru_cache(maxsize=64)
def dots_spec(series: tuple[str, ...], *, least: float, n_rows: int) -> Spec:
    """Medians with intervals on a log axis of sizes: a row for each criterion. Frame: ``criteria_frame``."""
    rows = rows_of("row", "place", "series", "value", "low", "high", "said")
    title = "share of all edges (log scale)"
    x = alt.X(
        "value:Q", title=title, scale=alt.Scale(type="log", nice=False, domain=[least, 1]),
        axis=axis(False, format=".2~p", tickCount=5, grid=False, labelOverlap="greedy"),
    )  # fmt: skip
    y = alt.Y(
        "row:N", title=None, sort=alt.EncodingSortField("place", op="min"),
        axis=axis(False, labelOverlap=False, labelLimit=150, domain=False, ticks=False, grid=True),
    )  # fmt: skip
    scale = alt.Scale(domain=list(series), range=[theme.SUBGRAPH, theme.FULL_MODEL][: len(series)])
    shapes = alt.Scale(domain=list(series), range=["circle", "diamond"][: len(series)])
    shown = legend(False, title=None)
    offset = alt.YOffset("series:N", sort=list(series))
    colour = alt.Color("series:N", scale=scale, legend=shown)
    tooltip = [alt.Tooltip("series:N", title="model"), alt.Tooltip("said:N", title="size")]
    ranges = rows.mark_rule(strokeWidth=2, tooltip=None).encode(
        x=alt.X("low:Q", title=title), x2="high:Q", y=y, yOffset=offset, color=colour
    )
    dots = rows.mark_point(filled=True, size=60, opacity=1).encode(
        x=x, y=y, yOffset=offset, color=colour, shape=alt.Shape("series:N", scale=shapes, legend=shown), tooltip=tooltip
    )
    return finished(alt.layer(ranges, dots), 60 + n_rows * 20, False)


@lru_cache(maxsize=64)
def scatter_spec(
    groups: tuple[str, ...], *, x_title: str, y_title: str, log: bool = False, clickable: bool = True
) -> Spec:
    """One dot for each prompt, in the colour and shape of its group. A click picks its ``number``. Frame: ``dots``."""
    rows = rows_of("number", "x", "y", "group", "prompt", "said")
    scale = alt.Scale(type="log" if log else "linear", zero=False, nice=False, padding=8)
    ticks = axis(False, tickCount=6, grid=False, format="~s" if log else "~g", labelOverlap="greedy")
    domain, n = list(groups), len(groups)
    colours = [_HUES[place % len(_HUES)] for place in range(n)]
    shapes = [_SHAPES[place % len(_SHAPES)] for place in range(n)]
    if n == 1:
        colours = [theme.SUBGRAPH]
    shown = legend(False, title=None, columns=2, labelLimit=130, symbolSize=70) if n > 1 else None
    dots = rows.transform_calculate(moment="now()").mark_point(
        filled=True, size=34, opacity=0.75, cursor="pointer" if clickable else "default"
    ).encode(
        x=alt.X("x:Q", title=x_title, scale=scale, axis=ticks),
        y=alt.Y("y:Q", title=y_title, scale=alt.Scale(zero=False), axis=axis(False, tickCount=5, domain=False)),
        color=alt.Color("group:N", scale=alt.Scale(domain=domain, range=colours), legend=shown),
        shape=alt.Shape("group:N", scale=alt.Scale(domain=domain, range=shapes), legend=shown),
        tooltip=[
            alt.Tooltip("prompt:N", title="prompt"),
            alt.Tooltip("group:N", title="group"),
            alt.Tooltip("said:N", title="here"),
        ],
    )  # fmt: skip
    if clickable:
        dots = dots.add_params(alt.selection_point(name=PICK, on="click", clear=False, fields=["number", "moment"]))
    n_lines = (n + 1) // 2 if n > 1 else 0
    return finished(dots, SCATTER_HEIGHT + 18 * n_lines, False)


@lru_cache(maxsize=64)
def use_spec(n_layers: int) -> Spec:
    """Heads and MLPs of every block, shaded by the share of prompts that use them. Frame: ``use_frame``."""
    rows = rows_of("layer", "place", "order", "share", "kind", "said")
    places = alt.X(
        "place:N", title="head", sort=alt.EncodingSortField("order", op="min"),
        axis=axis(False, labelAngle=0, labelOverlap="parity", domain=False, ticks=False),
    )  # fmt: skip
    blocks = alt.Y(
        "layer:O", title="block", sort="descending",
        axis=axis(False, labelOverlap="parity", domain=False, ticks=False),
    )  # fmt: skip
    cells = rows.mark_rect().encode(
        x=places,
        y=blocks,
        color=alt.Color(
            "kind:N", scale=alt.Scale(domain=["head", "mlp"], range=[theme.ATTENTION, theme.MLP]), legend=None
        ),
        opacity=alt.Opacity(
            "share:Q",
            scale=alt.Scale(domain=[0, 1], range=[0.04, 1]),
            legend=legend(
                False, title="used by", format=".0%", values=[0, 0.5, 1], symbolType="square",
                symbolFillColor=theme.ATTENTION, symbolStrokeColor=theme.ATTENTION,
            ),
        ),
        tooltip=[alt.Tooltip("said:N", title="component"), alt.Tooltip("share:Q", title="used by", format=".0%")],
    )  # fmt: skip
    return finished(cells, 84 + n_layers * max(12, min(28, 330 // max(1, n_layers))), False)
