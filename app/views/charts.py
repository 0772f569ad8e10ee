"""Chart specifications. Each is built once and takes a new frame of :mod:`app.views.frames` at every step."""

from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from app.views.theme import FULL_MODEL, RULE, SUBGRAPH

Spec = dict[str, Any]

CURVE_HEIGHT, BARS_HEIGHT = 190, 250

_PADDING = {"left": 0, "top": 0, "right": 12, "bottom": 6}
_LEGEND_FONTS: dict[str, Any] = {"labelFontSize": 12, "titleFontSize": 12}
_AXIS: dict[str, Any] = {"titleFontSize": 12, "labelFontSize": 12, "labelPadding": 4, "titlePadding": 6}


@lru_cache(maxsize=64)
def curve_spec(n_edges: int) -> Spec:
    """tv against size up to ``n_edges``, with a rule and a dot at the current size. Frame: ``curve_frame``."""
    size_scale = alt.Scale(type="log", nice=False, domain=[1, max(2, n_edges)])
    size_axis = alt.Axis(format="~s", tickCount=6, **_AXIS)
    x = alt.X("n_edges:Q", title="edges kept (log scale)", scale=size_scale, axis=size_axis)
    y = alt.Y("tv:Q", title="distance (tv)", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=3, **_AXIS))
    tooltip = [
        alt.Tooltip("n_edges:Q", title="edges kept", format=","),
        alt.Tooltip("fraction:Q", title="share of all edges", format=".2%"),
        alt.Tooltip("tv:Q", title="distance (tv)", format=".3f"),
    ]
    rows = alt.Chart(_no_rows("n_edges", "fraction", "tv", "current")).encode(x=x)
    base, current = rows.encode(y=y), rows.transform_filter("datum.current")
    layers = (
        base.mark_line(color=SUBGRAPH, strokeWidth=2, interpolate="step-after"),
        current.mark_rule(color=RULE, strokeWidth=1.5),
        current.mark_point(color=SUBGRAPH, filled=True, size=90, opacity=1).encode(y=y),
        base.mark_point(size=60, opacity=0).encode(tooltip=tooltip),
    )
    return _without_rows(alt.layer(*layers).properties(height=CURVE_HEIGHT, padding=_PADDING))


@lru_cache(maxsize=64)
def bars_spec(highest: float) -> Spec:
    """Probabilities of top tokens, the full model's bar above the subgraph's, on an axis up to ``highest``.

    Frame: ``top_tokens_frame``.
    """
    sides = ["full model", "subgraph"]
    legend = alt.Legend(orient="top", title="according to", titleOrient="left", padding=0, offset=6, **_LEGEND_FONTS)
    bars = (
        alt.Chart(_no_rows("token", "side", "probability", "place"))
        .mark_bar()
        .encode(
            x=alt.X(
                "probability:Q",
                title="probability of the next token",
                scale=alt.Scale(domain=[0, highest], nice=False),
                axis=alt.Axis(tickCount=5, **_AXIS),
            ),
            y=alt.Y(
                "token:N",
                title=None,
                sort=alt.EncodingSortField("place", op="min"),
                axis=alt.Axis(labelOverlap=False, **_AXIS),
            ),
            yOffset=alt.YOffset("side:N", sort=sides),
            color=alt.Color("side:N", scale=alt.Scale(domain=sides, range=[FULL_MODEL, SUBGRAPH]), legend=legend),
            tooltip=["token:N", "side:N", alt.Tooltip("probability:Q", format=".4f")],
        )
    )
    return _without_rows(bars.properties(height=BARS_HEIGHT, padding=_PADDING))


def _no_rows(*columns: str) -> pd.DataFrame:
    return pd.DataFrame({column: [] for column in columns})


def _without_rows(chart: alt.TopLevelMixin) -> Spec:
    """The specification alone; the page supplies the rows."""
    spec: Spec = chart.to_dict()
    return {key: value for key, value in spec.items() if key not in ("data", "datasets")}
