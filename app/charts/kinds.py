"""The kinds of edge in a subgraph, against its size.

Either shares of the edges kept, stacked to one, or a line for each kind: how much of all its edges is kept.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

import altair as alt
import numpy as np
import pandas as pd

from strace_core import TraceResult

from ..wording.names import PART_OF_KIND, parts_of
from ..wording.numbers import kept_by_part
from ..wording.text import size_text
from . import theme
from .axes import size_x
from .parts import (
    INK,
    Drawing,
    Spec,
    axis,
    click_layer,
    finished,
    line_legend,
    pixels,
    rows_of,
    size_tooltips,
    words,
)

Of = Literal["kept", "available"]

HEIGHT: Final = 250

_CHARACTER, _LINE = 0.021, 0.1
"""The room that a character takes in a stack, as a share of a narrow chart's width, and a line of its height."""

_COLOURS: Final[Mapping[str, str]] = MappingProxyType(
    {PART_OF_KIND[kind]: colour for kind, colour in theme.KIND_COLOURS.items()}
)
_DASHES: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {PART_OF_KIND[kind]: dashes for kind, dashes in theme.KIND_DASHES.items()}
)
_ON_COLOUR: Final = "#17161C"
"""Text on the palette's colours, in both themes."""


def draw(result: TraceResult, n_edges: int, *, of: Of = "kept", large: bool = False) -> Drawing:
    """Draw kinds of edge as shares of the edges ``kept`` or of those ``available``. A click picks the nearest size."""
    return Drawing(
        frame(result, n_edges),
        spec(tuple(parts_of(result)), of=of, large=large),
        alt_text(result, n_edges),
    )


def frame(result: TraceResult, n_edges: int) -> pd.DataFrame:
    """Return kept edges by part of the model (``PART_OF_KIND``), one row for each part and size from one edge up.

    Columns: ``part``, ``n_edges``, ``fraction``, ``n_kept``, ``share`` (of the edges kept), ``of_available`` (of the
    part's edges in the full graph), ``current``; ``label``, the part's name where the stack of shares has most room
    for it, and ``middle``, the height of that place. Both are empty elsewhere.
    """
    curve = result.curve[result.curve["n_edges"] > 0]
    available = result.edges["kind"].map(PART_OF_KIND).value_counts()
    sizes = curve["n_edges"].to_numpy()
    rows, below = [], np.zeros(len(sizes))
    for part in parts_of(result):
        kinds = [kind for kind in PART_OF_KIND if PART_OF_KIND[kind] == part and kind in curve]
        n_kept = curve[kinds].sum(axis=1).to_numpy()
        share = n_kept / sizes
        at, middle = _room(np.log(sizes) / np.log(max(2, result.n_edges)), below, below + share, len(part))
        labelled = np.arange(len(sizes)) == at
        rows.append(
            pd.DataFrame(
                {
                    "part": part,
                    "n_edges": sizes,
                    "fraction": curve["fraction"].to_numpy(),
                    "n_kept": n_kept,
                    "share": share,
                    "of_available": n_kept / available[part],
                    "current": sizes == n_edges,
                    "label": np.where(labelled, part, ""),
                    "middle": np.where(labelled, middle, np.nan),
                }
            )
        )
        below = below + share
    return pd.concat(rows, ignore_index=True)


def _room(places: np.ndarray, lower: np.ndarray, upper: np.ndarray, n_characters: int) -> tuple[int, float]:
    """Return where a band has most room for a name: the index of a place, -1 if nowhere, and the height of the name.

    ``places`` are in [0, 1]; from each place to the next, the band lies between ``lower`` and ``upper``.
    """
    half = n_characters * _CHARACTER / 2
    best, at, middle = _LINE, -1, 0.0
    for index, place in enumerate(places):
        if half <= place <= 1 - half:
            first = np.searchsorted(places, place - half, side="right") - 1
            window = slice(first, np.searchsorted(places, place + half) + 1)
            floor, ceiling = lower[window].max(), upper[window].min()
            if ceiling - floor > best:
                best, at, middle = ceiling - floor, index, (floor + ceiling) / 2
    return at, middle


@lru_cache(maxsize=64)
def spec(parts: tuple[str, ...], *, of: Of = "kept", large: bool = False) -> Spec:
    """Return the specification for the rows of ``frame``; ``parts`` are ``parts_of`` the result."""
    x = size_x(large)
    rows = rows_of("part", "n_edges", "fraction", "n_kept", "share", "of_available", "current", "label", "middle")
    first = rows.transform_filter(f"datum.part === '{parts[0]}'")
    rule = first.transform_filter("datum.current").mark_rule(color=INK, strokeWidth=2, tooltip=None).encode(x=x)
    marks = _stack(rows, x, parts, large) if of == "kept" else _lines(rows, x, parts, large)
    tooltip = [*size_tooltips(), *(alt.Tooltip(f"{part}:N", title=part) for part in parts)]
    return finished(alt.layer(*marks, rule, click_layer(_beside(rows), x, tooltip)), HEIGHT, large)


def _stack(rows: alt.Chart, x: alt.X, parts: tuple[str, ...], large: bool) -> tuple[alt.Chart, ...]:
    """Return the shares of the edges kept, stacked to one, with the parts' names inside."""
    title = "share of the edges kept"
    y = alt.Y("share:Q", title=title, stack="zero", scale=alt.Scale(domain=[0, 1]), axis=_share_axis(large))
    colour = alt.Color("part:N", scale=_colours(parts), legend=None)
    return (
        rows.transform_calculate(place=f"indexof({list(parts)}, datum.part)")
        .mark_area(interpolate="step-after", line=False, tooltip=None)
        .encode(x=x, y=y, color=colour, order="place:Q"),
        rows.transform_filter("datum.label !== ''")
        .mark_text(**words(large, fontWeight="bold") | {"color": _ON_COLOUR})
        .encode(x=x, y=alt.Y("middle:Q", title=title), text="label:N"),
    )


def _lines(rows: alt.Chart, x: alt.X, parts: tuple[str, ...], large: bool) -> tuple[alt.Chart, ...]:
    """Return a line for each part: the share of all its edges that is kept."""
    y = alt.Y(
        "of_available:Q", title="share of all of its kind", scale=alt.Scale(domain=[0, 1]), axis=_share_axis(large)
    )
    shown = line_legend(large)
    dashes = alt.Scale(domain=list(parts), range=[list(_DASHES[part]) for part in parts])
    lines = rows.mark_line(interpolate="step-after", strokeWidth=pixels(2, large), tooltip=None).encode(
        x=x,
        y=y,
        color=alt.Color("part:N", scale=_colours(parts), legend=shown),
        strokeDash=alt.StrokeDash("part:N", scale=dashes, legend=shown),
    )
    return (lines,)


def _share_axis(large: bool) -> alt.Axis:
    return axis(large, format=".0%", tickCount=3, domain=False)


def _colours(parts: tuple[str, ...]) -> alt.Scale:
    return alt.Scale(domain=list(parts), range=[_COLOURS[part] for part in parts])


def _beside(rows: alt.Chart) -> alt.Chart:
    """Return one row for each size, with a column for each part."""
    return rows.transform_calculate(
        written="format(datum.n_kept, ',') + ' (' + format(datum.share, '.0%') + ')'"
    ).transform_pivot("part", groupby=["n_edges", "fraction"], value="written", op="max")


def alt_text(result: TraceResult, n_edges: int) -> str:
    """Return how many edges of each kind are kept at a size."""
    kept = kept_by_part(result, n_edges)
    return f"Kinds of the edges kept, against size. At {size_text(n_edges, result.n_edges)}: {kept}."
