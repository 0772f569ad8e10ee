"""Charts of two results at once. A and B differ in dash and letter as well as in colour."""

from functools import lru_cache
from typing import Final

import altair as alt

from . import theme
from .charts import value_y
from .compare import BOTH
from .measures import MEASURES
from .parts import Spec, axis, click_layer, finished, line_legend, pixels, rows_of, words

OVERLAY_HEIGHT = 220

_RUNS: Final = ["A", "B"]
_COLOURS: Final = [theme.RUN_A, theme.RUN_B]


@lru_cache(maxsize=64)
def overlay_spec(least: float, *, measure: str = "tv", top: float = 1.0, large: bool = False) -> Spec:
    """A measure of A and B against relative size, from the share ``least`` to all edges. Frame: ``overlay_frame``.

    A click anywhere picks the nearest size of A.
    """
    x = alt.X(
        "fraction:Q",
        title="share of all edges kept (log scale)",
        scale=alt.Scale(type="log", nice=False, domain=[min(least, 0.5), 1]),
        axis=axis(large, format=".2~%", tickCount=6, grid=False),
    )
    y = value_y(MEASURES[measure], top, large, headroom=pixels(16, large))
    rows = rows_of("run", "fraction", "n_edges", "value", "written", "current")
    now = rows.transform_filter("datum.current").encode(x=x)
    current = now.encode(y=y)
    shown = line_legend(large, title="subgraphs of")
    colour = alt.Color("run:N", scale=alt.Scale(domain=_RUNS, range=_COLOURS), legend=shown)
    dash = alt.StrokeDash("run:N", scale=alt.Scale(domain=_RUNS, range=[[1, 0], [6, 3]]), legend=shown)
    letters = words(large, fontWeight="bold", align="left", dx=8, dy=-8) | {"fontSize": pixels(13, large)}
    tooltip = [
        alt.Tooltip("fraction:Q", title="share of all edges", format=".3~%"),
        alt.Tooltip("n_edges:Q", title="edges kept in A", format=","),
        alt.Tooltip("written:N", title=f"{MEASURES[measure].name} of A"),
    ]
    layers = (
        rows.mark_line(strokeWidth=pixels(2, large), interpolate="step-after", tooltip=None).encode(
            x=x, y=y, color=colour, strokeDash=dash
        ),
        now.transform_filter("datum.run === 'A'").mark_rule(color=theme.RULE, strokeWidth=1.5, tooltip=None),
        current.mark_point(filled=True, size=90, opacity=1, tooltip=None).encode(color=colour),
        current.mark_text(**letters).encode(text="run:N"),
        click_layer(rows.transform_filter("datum.run === 'A'"), x, tooltip),
    )
    return finished(alt.layer(*layers), OVERLAY_HEIGHT, large)


@lru_cache(maxsize=64)
def grid_spec(n_layers: int, n_heads: int, *, large: bool = False) -> Spec:
    """Heads and MLPs of every block, each with the letter of the subgraph that uses it, or a dot for both.

    Frame: ``component_grid``.
    """
    rows = rows_of("layer", "place", "order", "sign", "says")
    places = alt.X(
        "place:N",
        title="head",
        sort=alt.EncodingSortField("order", op="min"),
        axis=axis(large, labelAngle=0, labelOverlap="parity", domain=False, ticks=False),
    )
    blocks = alt.Y(
        "layer:O",
        title="block",
        sort="descending",
        axis=axis(large, labelOverlap="parity", domain=False, ticks=False),
    )
    signs = ["A", "B", BOTH, ""]
    colours = [*_COLOURS, theme.FULL_MODEL, theme.RULE]
    fill = alt.Color("sign:N", scale=alt.Scale(domain=signs, range=colours), legend=None)
    strength = alt.FillOpacity("strength:Q", scale=None, legend=None)
    cells = (
        rows.transform_calculate(strength="datum.sign === '' ? 0.05 : 0.3")
        .mark_rect(stroke=theme.RULE, strokeOpacity=0.25)
        .encode(x=places, y=blocks, color=fill, fillOpacity=strength, tooltip=[alt.Tooltip("says:N", title="use")])
    )
    size = pixels(12 if n_layers * n_heads <= 200 else 9, large)
    letters = words(large, fontWeight="bold")
    letters["fontSize"] = alt.ExprRef(f"datum.sign === '{BOTH}' ? {size * 1.6} : {size}")
    return finished(
        alt.layer(cells, rows.mark_text(**letters).encode(x=places, y=blocks, text="sign:N")),
        56 + n_layers * max(12, min(26, 330 // n_layers)),
        large,
    )
