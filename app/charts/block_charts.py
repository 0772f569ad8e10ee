"""Charts of what a subgraph is made of: which blocks wake up as it grows, and what kinds of edge it keeps."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

import altair as alt

from . import theme
from .block_frames import Part
from .parts import (
    INK,
    SIZE_TITLE,
    Spec,
    axis,
    click_layer,
    finished,
    legend,
    line_legend,
    pick,
    pixels,
    rows_of,
    size_x,
    words,
)

KINDS_HEIGHT = 250

_ROW_HEIGHTS: Final = (9, 22)
"""Pixels of a block in the map, at least and at most."""

_WAKE_TITLES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {"heads": (theme.ATTENTION, "heads in use"), "mlps": (theme.MLP, "tokens using the MLP")}
)
_PART_COLOURS: Final[Mapping[str, str]] = MappingProxyType(
    {"attention heads": theme.ATTENTION, "MLPs": theme.MLP, "skip connections": theme.RESIDUAL}
)
_PART_DASHES: Final[Mapping[str, list[int]]] = MappingProxyType(
    {"attention heads": [1, 0], "MLPs": [7, 3], "skip connections": [2, 2]}
)
_ON_COLOUR: Final = "#17161C"
"""Ink on the palette's colours, in both themes."""


@lru_cache(maxsize=64)
def wake_spec(n_layers: int, part: Part, *, large: bool = False) -> Spec:
    """A map of blocks (rows, the first at the foot) and sizes: the stronger a cell's colour, the more is awake.

    Frame: ``wake_frame`` of the same part. A click on a cell picks its size.
    """
    colour, title = _WAKE_TITLES[part]
    rows = rows_of("layer", "n_edges", "start", "end", "share", "says", "current", "at")
    x = size_x(large, "start")
    shade = alt.Opacity(
        "share:Q",
        scale=alt.Scale(type="sqrt", domain=[0, 1], range=[0.04, 1]),
        legend=legend(
            large, title=title, values=[0, 0.25, 0.5, 0.75, 1], format=".0%", symbolType="square",
            symbolFillColor=colour, symbolStrokeColor=colour,
        ),
    )  # fmt: skip
    cells = (
        rows.transform_calculate(moment="now()")
        .mark_rect(color=colour)
        .encode(
            x=x,
            x2=alt.X2("end:Q", title=SIZE_TITLE),
            y=alt.Y(
                "layer:O",
                title="block",
                sort="descending",
                axis=axis(large, labelOverlap="parity", domain=False, ticks=False),
            ),
            opacity=shade,
            tooltip=[
                alt.Tooltip("layer:O", title="block"),
                alt.Tooltip("n_edges:Q", title="edges kept", format=","),
                alt.Tooltip("says:N", title=title),
            ],
        )
        .add_params(pick(nearest=False))
    )
    rule = (
        rows.transform_filter("datum.current && datum.layer === 0")
        .mark_rule(color=INK, strokeWidth=2, tooltip=None)
        .encode(x=size_x(large, "at"))
    )
    return finished(alt.layer(cells, rule), _wake_height(n_layers), large)


@lru_cache(maxsize=64)
def kinds_spec(parts: tuple[str, ...], *, of: Literal["kept", "available"] = "kept", large: bool = False) -> Spec:
    """What kinds of edge a subgraph keeps, against its size: of the edges ``kept``, stacked to one; or of those
    ``available``, a line for each kind.

    Frame: ``kinds_frame``; ``parts`` are ``parts_of`` the result. A click picks the nearest size.
    """
    x = size_x(large)
    rows = rows_of("part", "n_edges", "fraction", "n_kept", "share", "of_available", "current", "label", "middle")
    first = rows.transform_filter(f"datum.part === '{parts[0]}'")
    colours = alt.Scale(domain=list(parts), range=[_PART_COLOURS[part] for part in parts])
    order = f"indexof({list(parts)}, datum.part)"
    share = axis(large, format=".0%", tickCount=3, domain=False)
    marks: tuple[alt.Chart, ...]
    if of == "kept":
        y = alt.Y("share:Q", title="share of the edges kept", stack="zero", scale=alt.Scale(domain=[0, 1]), axis=share)
        marks = (
            rows.transform_calculate(place=order)
            .mark_area(interpolate="step-after", line=False, tooltip=None)
            .encode(x=x, y=y, color=alt.Color("part:N", scale=colours, legend=None), order="place:Q"),
            rows.transform_filter("datum.label !== ''")
            .mark_text(**words(large, fontWeight="bold") | {"color": _ON_COLOUR})
            .encode(x=x, y=alt.Y("middle:Q", title="share of the edges kept"), text="label:N"),
        )
    else:
        y = alt.Y("of_available:Q", title="share of all of its kind", scale=alt.Scale(domain=[0, 1]), axis=share)
        shown = line_legend(large)
        dashes = alt.Scale(domain=list(parts), range=[_PART_DASHES[part] for part in parts])
        marks = (
            rows.mark_line(interpolate="step-after", strokeWidth=pixels(2, large), tooltip=None).encode(
                x=x,
                y=y,
                color=alt.Color("part:N", scale=colours, legend=shown),
                strokeDash=alt.StrokeDash("part:N", scale=dashes, legend=shown),
            ),
        )
    layers = (*marks, _current_rule(first, x), click_layer(_beside(rows, parts), x, _kinds_tooltip(parts)))
    return finished(alt.layer(*layers), KINDS_HEIGHT, large)


def _current_rule(rows: alt.Chart, x: alt.X) -> alt.Chart:
    return rows.transform_filter("datum.current").mark_rule(color=INK, strokeWidth=2, tooltip=None).encode(x=x)


def _beside(rows: alt.Chart, parts: tuple[str, ...]) -> alt.Chart:
    """One row for each size, with the parts beside each other."""
    return rows.transform_calculate(
        written="format(datum.n_kept, ',') + ' (' + format(datum.share, '.0%') + ')'"
    ).transform_pivot("part", groupby=["n_edges", "fraction"], value="written", op="max")


def _kinds_tooltip(parts: tuple[str, ...]) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("n_edges:Q", title="edges kept", format=","),
        alt.Tooltip("fraction:Q", title="share of all edges", format=".2%"),
        *(alt.Tooltip(f"{part}:N", title=part) for part in parts),
    ]


def _wake_height(n_layers: int) -> int:
    least, most = _ROW_HEIGHTS
    return 84 + n_layers * max(least, min(most, 260 // n_layers))
