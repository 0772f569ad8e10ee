"""Building blocks of every chart: the drawing itself, type, ink, legends, and the click that picks a size.

A specification is built once, without rows, and takes new rows at every step of the slider. A click selects a row in
the selection named ``PICK``. The page reads it with ``st.vega_lite_chart(..., on_select=callback,
selection_mode=PICK)``, and only inside the callback, because the selection outlives the click. The selected row carries
the time at which it reached the browser, so a second click on the same size counts if the size has changed in between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt
import pandas as pd

from .theme import INK as INKS
from .theme import RULE, SUBGRAPH

Spec = dict[str, Any]

PICK: Final = "pick"
"""Name of the selection that a click makes."""

PRESENTED: Final = 1.35
"""Factor by which a presentation enlarges type."""

INK: Final = alt.ExprRef(f"luminance(background || '#fff') > 0.4 ? '{INKS['light']}' : '{INKS['dark']}'")
"""The colour of text inside a chart. It follows the chart's background, on screen and in a saved file."""

_PADDING: Final = {"left": 0, "top": 0, "right": 12, "bottom": 6}


@dataclass(frozen=True, eq=False)
class Drawing:
    """A chart, shown by ``st.vega_lite_chart(rows, spec, alt=alt)``. The specification is the same at every size."""

    rows: pd.DataFrame
    spec: Spec
    alt: str


def pixels(size: float, large: bool) -> int:
    """Return a length or a type size, enlarged for a presentation."""
    return round(size * PRESENTED) if large else round(size)


def axis(large: bool, **options: Any) -> alt.Axis:
    """Return an axis in the page's type."""
    size = pixels(12, large)
    return alt.Axis(titleFontSize=size, labelFontSize=size, labelPadding=4, titlePadding=6, **options)


def legend(large: bool, **options: Any) -> alt.Legend:
    """Return a legend above the chart, in the page's type."""
    size = pixels(12, large)
    return alt.Legend(
        orient="top", labelFontSize=size, titleFontSize=size, titleOrient="left", padding=0, offset=6, **options
    )


def line_legend(large: bool, **options: Any) -> alt.Legend:
    """Return a legend of lines, long enough to show their dashes."""
    return legend(large, symbolType="stroke", symbolSize=500, **{"title": None, **options})


def words(large: bool, **options: Any) -> dict[str, Any]:
    """Return options of a text mark."""
    return {"fontSize": pixels(11, large), "color": INK, "tooltip": None, **options}


def rows_of(*columns: str) -> alt.Chart:
    """Return a chart whose rows are supplied later."""
    return alt.Chart(pd.DataFrame({column: [] for column in columns}))


def size_tooltips() -> list[alt.Tooltip]:
    """Return the lines of a tooltip that give the size."""
    return [
        alt.Tooltip("n_edges:Q", title="edges kept", format=","),
        alt.Tooltip("fraction:Q", title="share of all edges", format=".2%"),
    ]


def current_layers(curve: alt.Chart, x: alt.X, y: alt.Y) -> tuple[alt.Chart, alt.Chart]:
    """Return a rule and a dot at the current size, the row in which ``current`` is true."""
    current = curve.transform_filter("datum.current").encode(x=x)
    return (
        current.mark_rule(color=RULE, strokeWidth=1.5, tooltip=None),
        current.mark_point(color=SUBGRAPH, filled=True, size=90, opacity=1).encode(y=y),
    )


def click_layer(curve: alt.Chart, x: alt.X, tooltip: Sequence[alt.Tooltip]) -> alt.Chart:
    """Return an invisible layer that answers to the pointer anywhere in the chart, with the nearest size."""
    return (
        curve.transform_calculate(moment="now()")
        .mark_point(opacity=0, size=60)
        .encode(x=x, y=alt.value(0), tooltip=list(tooltip))
        .add_params(pick(nearest=True))
    )


def pick(*, nearest: bool) -> alt.Parameter:
    """Return the selection that a click makes, of the row under the pointer or of the nearest one."""
    return alt.selection_point(name=PICK, on="click", clear=False, nearest=nearest, fields=["n_edges", "moment"])


def picked_size(event: Mapping[str, Any]) -> int | None:
    """Return the size that a click selected, from what ``st.vega_lite_chart`` returns or keeps under its key."""
    return picked(event, "n_edges")


def picked(event: Mapping[str, Any], field: str) -> int | None:
    """Return a whole number from the row that a click selected."""
    chosen = event.get("selection", {}).get(PICK)
    return int(chosen[0][field]) if chosen else None


def finished(chart: alt.TopLevelMixin, height: float, large: bool) -> Spec:
    """Return the specification alone; the page supplies the rows."""
    taller = chart.properties(
        height=pixels(height, large),
        padding=_PADDING,
        usermeta={"embedOptions": {"renderer": "svg"}},
    )
    spec: Spec = taller.to_dict(validate=False)  # the tests validate it
    return {key: value for key, value in spec.items() if key not in ("data", "datasets")}
