"""Lines with bands: the look, the rows and the specification that the curves of the findings share.

A specification is built once for each look and takes its rows later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import altair as alt
import pandas as pd

from .. import theme
from ..parts import INK, Spec, axis, finished, line_legend, rows_of, words

_HEIGHT: Final = 270
_LANE: Final = 14
_TEXT: Final = ("part", "line", "label", "said")
_COLUMNS: Final = ("part", "line", "x", "y", "low", "high", "q10", "q90", "end", "middle", "label", "lane", "said")


@dataclass(frozen=True)
class Lines:
    """The look of a chart of lines: the lines' names, colours and dashes, and the axes.

    The x axis is logarithmic unless ``log`` is false. ``lanes`` is the number of rows of labels kept free at the top.
    ``behind`` names the parts that the rows have besides "curve": "phase", "mark" and "reference". Other layers are
    left out, because a screen reader would find an empty layer to be an image without a description.
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


def line_rows(curves: Mapping[str, object], extra: Sequence[Mapping[str, object]] = ()) -> pd.DataFrame:
    """The rows of a chart, with every column that ``lines_spec`` reads.

    Args:
        curves: columns of the points on the lines: ``line``, ``x``, ``y``, ``said`` (the value in words) and, where
            there are bands, ``low`` and ``high`` (the interval), ``q10`` and ``q90`` (the spread of the prompts).
        extra: rows of what else is shown. A "phase" has ``line``, ``x``, ``end``, ``middle`` and ``label``; a "mark"
            has ``x``, ``label``, ``lane``, and ``q10`` above 0 if its label stands left of it; a "reference" has ``y``
            and ``label``.
    """
    points = pd.DataFrame({"part": "curve", **curves})
    table = pd.concat([points, pd.DataFrame(list(extra), dtype=object)], ignore_index=True) if extra else points
    shaped = table.reindex(columns=list(_COLUMNS))
    text = list(_TEXT)
    shaped[text] = shaped[text].astype(object).where(shaped[text].notna(), "")
    numbers = [name for name in _COLUMNS if name not in _TEXT]
    shaped[numbers] = shaped[numbers].apply(pd.to_numeric)
    return shaped


def extent(rows: pd.DataFrame) -> tuple[float, float]:
    """The range of sizes that the lines cover; the usual one if there are none."""
    x = rows.loc[rows["part"] == "curve", "x"]
    return (float(x.min()), float(x.max())) if len(x) and x.min() < x.max() else (1e-5, 1.0)


def behind(rows: pd.DataFrame) -> tuple[str, ...]:
    """The parts of the rows besides the lines, for :class:`Lines`."""
    return tuple(sorted(set(rows["part"]) - {"curve"}))


@lru_cache(maxsize=64)
def lines_spec(look: Lines) -> Spec:
    """The specification of a chart of lines, for ``line_rows``."""
    data = rows_of(*_COLUMNS)
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
    bands, lines = _bands_and_lines(data.transform_filter("datum.part === 'curve'"), look, x, y)
    layers = (
        *(_phases(data, x) if "phase" in look.behind else ()),
        *(_marks(data, x) if "mark" in look.behind else ()),
        *bands,
        *(_reference(data, y) if "reference" in look.behind else ()),
        *lines,
    )
    return finished(alt.layer(*layers), _HEIGHT, False)


def _bands_and_lines(curve: alt.Chart, look: Lines, x: alt.X, y: alt.Y) -> tuple[list[alt.Chart], list[alt.Chart]]:
    """The bands of prompts and of intervals; the lines and the points that answer the pointer."""
    several = line_legend(False, columns=2, labelLimit=190, symbolOpacity=1, symbolStrokeWidth=2)
    shown = several if len(look.names) > 1 else None
    names = list(look.names)
    colour = alt.Color("line:N", scale=alt.Scale(domain=names, range=list(look.colours)), legend=shown)
    dashes = alt.Scale(domain=names, range=[list(dash) for dash in look.dashes])
    dash = alt.StrokeDash("line:N", scale=dashes, legend=shown)
    tooltip = [alt.Tooltip("line:N", title="line"), alt.Tooltip("said:N", title="here")]
    bands = [
        curve.mark_area(opacity=opacity, tooltip=None).encode(
            x=x, y=alt.Y(f"{low}:Q", title=look.y_title), y2=f"{high}:Q", color=colour
        )
        for low, high, opacity in (("q10", "q90", 0.13), ("low", "high", 0.3))
    ]
    lines = [
        curve.mark_line(strokeWidth=2, tooltip=None).encode(x=x, y=y, color=colour, strokeDash=dash),
        curve.mark_point(opacity=0, size=90).encode(x=x, y=y, tooltip=tooltip),
    ]
    return bands, lines


def _phases(data: alt.Chart, x: alt.X) -> tuple[alt.Chart, ...]:
    """A faint band for each phase, with its name at the bottom."""
    phases = data.transform_filter("datum.part === 'phase'")
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


def _marks(data: alt.Chart, x: alt.X) -> tuple[alt.Chart, ...]:
    """A faint rule at each named size, labelled in a lane above the lines."""
    marks = data.transform_filter("datum.part === 'mark'").encode(x=x)
    label = words(
        False, align=alt.ExprRef("datum.q10 > 0 ? 'right' : 'left'"), baseline="middle",
        dx=alt.ExprRef("datum.q10 > 0 ? -4 : 4"), y=alt.ExprRef(f"{_LANE} * (datum.lane + 0.5)"),
    )  # fmt: skip
    top, bottom = alt.ExprRef(f"{_LANE} * datum.lane"), alt.ExprRef("height")
    return (
        marks.mark_rule(color=INK, strokeDash=[1, 3], tooltip=None, y=top, y2=bottom),
        marks.mark_text(**label).encode(text="label:N"),
    )


def _reference(data: alt.Chart, y: alt.Y) -> tuple[alt.Chart, ...]:
    """A labelled horizontal rule."""
    level = data.transform_filter("datum.part === 'reference'").encode(y=y)
    return (
        level.mark_rule(color=theme.FULL_MODEL, strokeDash=[5, 3], strokeWidth=1.5, tooltip=None, aria=False),
        level.mark_text(**words(False, align="right", dx=-4, dy=-7)).encode(x=alt.value("width"), text="label:N"),
    )
