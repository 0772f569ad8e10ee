"""What every chart is made of: type and ink, the axis of sizes, the rule at the current size, the click that moves it.

A specification is built once, without rows, and takes a new frame at every step. A click selects a row, under the name
``PICK``. The page hears of it by ``st.vega_lite_chart(..., on_select=callback, selection_mode=PICK)``, in the callback
alone: the selection itself outlives the click. Each row carries the moment at which it reached the browser, so that a
second click on the same size counts once the size has changed in between.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import pandas as pd

from .theme import INK as INKS
from .theme import RULE, SUBGRAPH

Spec = dict[str, Any]

PICK: Final = "pick"
"""Name of the selection that a click makes."""

SIZE_TITLE: Final = "edges kept (log scale)"

PRESENTED: Final = 1.35
"""How much larger type is in a presentation."""

INK: Final = alt.ExprRef(f"luminance(background || '#fff') > 0.4 ? '{INKS['light']}' : '{INKS['dark']}'")
"""The colour of words inside a chart. Its background tells its theme, on screen and in a saved file."""

_PADDING: Final = {"left": 0, "top": 0, "right": 12, "bottom": 6}


def pixels(size: float, large: bool) -> int:
    """A length or a type size, enlarged for a presentation."""
    return round(size * PRESENTED) if large else round(size)


def axis(large: bool, **options: Any) -> alt.Axis:
    """An axis in the page's type."""
    size = pixels(12, large)
    return alt.Axis(titleFontSize=size, labelFontSize=size, labelPadding=4, titlePadding=6, **options)


def legend(large: bool, **options: Any) -> alt.Legend:
    """A legend above the chart, in the page's type."""
    size = pixels(12, large)
    return alt.Legend(
        orient="top", labelFontSize=size, titleFontSize=size, titleOrient="left", padding=0, offset=6, **options
    )


def line_legend(large: bool, **options: Any) -> alt.Legend:
    """A legend of lines, long enough to show their dashes."""
    return legend(large, symbolType="stroke", symbolSize=500, **{"title": None, **options})


def words(large: bool, **options: Any) -> dict[str, Any]:
    """Options of a text mark."""
    return {"fontSize": pixels(11, large), "color": INK, "tooltip": None, **options}


def size_x(large: bool, field: str = "n_edges") -> alt.X:
    """Sizes from one edge to the largest among the rows, on a log axis."""
    return alt.X(
        f"{field}:Q",
        title=SIZE_TITLE,
        scale=alt.Scale(type="log", nice=False, domainMin=1),
        axis=axis(large, format="~s", tickCount=6, grid=False),
    )


def rows_of(*columns: str) -> alt.Chart:
    """A chart of rows that are still to come."""
    return alt.Chart(pd.DataFrame({column: [] for column in columns}))


def current_layers(curve: alt.Chart, x: alt.X, y: alt.Y, colour: str = SUBGRAPH) -> tuple[alt.Chart, alt.Chart]:
    """A rule and a dot at the current size, the row in which ``current`` is true."""
    current = curve.transform_filter("datum.current").encode(x=x)
    return (
        current.mark_rule(color=RULE, strokeWidth=1.5, tooltip=None),
        current.mark_point(color=colour, filled=True, size=90, opacity=1).encode(y=y),
    )


def click_layer(curve: alt.Chart, x: alt.X, tooltip: Sequence[alt.Tooltip]) -> alt.Chart:
    """Nothing to see: wherever one points or clicks in the chart, the nearest size along the axis answers."""
    return (
        curve.transform_calculate(moment="now()")
        .mark_point(opacity=0, size=60)
        .encode(x=x, y=alt.value(0), tooltip=list(tooltip))
        .add_params(pick(nearest=True))
    )


def pick(*, nearest: bool) -> alt.Parameter:
    """The selection that a click makes, of the row under the pointer or of the nearest one."""
    return alt.selection_point(name=PICK, on="click", clear=False, nearest=nearest, fields=["n_edges", "moment"])


def picked_size(event: Mapping[str, Any]) -> int | None:
    """The size that a click has selected, from what ``st.vega_lite_chart`` returns or keeps under its key."""
    return picked(event, "n_edges")


def picked(event: Mapping[str, Any], field: str) -> int | None:
    """A whole number of the row that a click has selected."""
    chosen = event.get("selection", {}).get(PICK)
    return int(chosen[0][field]) if chosen else None


def finished(chart: alt.TopLevelMixin, height: float, large: bool) -> Spec:
    """The specification alone; the page supplies the rows."""
    taller = chart.properties(
        height=pixels(height, large),
        padding=_PADDING,
        usermeta={"embedOptions": {"renderer": "svg"}},
    )
    spec: Spec = taller.to_dict(validate=False)  # the tests do
    return {key: value for key, value in spec.items() if key not in ("data", "datasets")}
