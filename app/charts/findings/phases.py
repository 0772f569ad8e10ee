"""Phases: in which stage of its growth a subgraph's distance to the full model falls.

A group of bars for each stage; each bar is an order's share of the total fall, with its interval. The trace of the
untrained twin stands beside the model's own orders.
"""

from functools import lru_cache
from typing import Final

import altair as alt
import pandas as pd

from ...wording.findings_words import STAGE_DIVISIONS, estimate, number, stage_label
from ...wording.names import ORDER_NAMES
from .. import theme
from ..parts import INK, Drawing, Spec, axis, finished, legend, rows_of
from .parts import about, names_in

TWIN: Final = "the untrained twin's trace"

_COLOURS: Final = {ORDER_NAMES[order]: colour for order, colour in theme.ORDER_COLOURS.items()} | {TWIN: theme.MLP}


def draw(falls: pd.DataFrame, by: str, model: str, untrained: str) -> Drawing:
    """The share of the fall in each stage.

    Args:
        falls: ``fall_by_stage`` of the study.
        by: what divides the stages, a key of ``STAGE_DIVISIONS``.
        model: the model whose orders to show.
        untrained: the model's untrained twin, whose trace to show.
    """
    rows = stage_rows(falls, by, model, untrained)
    series = names_in(rows, "series", (*ORDER_NAMES.values(), TWIN))
    spec = _spec(series, n_rows=rows["row"].nunique())
    shares = [f"{row.series} {row.row} {number(row.value)}" for row in rows.itertuples()]
    said = f"Share of the fall, by {STAGE_DIVISIONS[by]}: {', '.join(shares) or 'no values'}."
    return Drawing(rows, spec, about(model, said))


def stage_rows(falls: pd.DataFrame, by: str, model: str, untrained: str) -> pd.DataFrame:
    """One bar a row: ``row`` is its stage, ``place`` the order of the stages, ``series`` the order of the edges."""
    falls = falls[falls["by"] == by]
    places = {stage: place for place, stage in enumerate(dict.fromkeys(falls["stage"]))}
    mine = falls[(falls["model"] == model) & falls["order"].isin(list(ORDER_NAMES))]
    its = falls[(falls["model"] == untrained) & (falls["order"] == "trace")]
    both = pd.concat([mine.assign(series=mine["order"].map(ORDER_NAMES)), its.assign(series=TWIN)])
    return pd.DataFrame(
        {
            "row": both["stage"].map(stage_label).to_numpy(object),
            "place": [places[stage] for stage in both["stage"]],
            "series": both["series"].to_numpy(object),
            "value": both["share"].to_numpy(),
            "low": both["low"].to_numpy(),
            "high": both["high"].to_numpy(),
            "said": [estimate(*values) for values in both[["share", "low", "high"]].to_numpy()],
        }
    )


@lru_cache(maxsize=64)
def _spec(series: tuple[str, ...], *, n_rows: int) -> Spec:
    rows = rows_of("row", "place", "series", "value", "low", "high", "said")
    title = "share of the total fall"
    x = alt.X("value:Q", title=title, axis=axis(False, format=".0%", tickCount=5))
    y = alt.Y(
        "row:N", title=None, sort=alt.EncodingSortField("place", op="min"),
        axis=axis(False, labelOverlap=False, labelLimit=120, domain=False, ticks=False),
    )  # fmt: skip
    offset = alt.YOffset("series:N", sort=list(series))
    colour = alt.Color(
        "series:N",
        scale=alt.Scale(domain=list(series), range=[_COLOURS[name] for name in series]),
        legend=legend(False, title=None, columns=2, labelLimit=190),
    )
    tooltip = [alt.Tooltip("series:N", title="order"), alt.Tooltip("said:N", title="share of the fall")]
    bars = rows.mark_bar(opacity=0.85).encode(x=x, y=y, yOffset=offset, color=colour, tooltip=tooltip)
    intervals = rows.mark_bar(color=INK, height=1.5, tooltip=None).encode(
        x=alt.X("low:Q", title=title), x2="high:Q", y=y, yOffset=offset
    )
    return finished(alt.layer(bars, intervals), 60 + n_rows * (14 * len(series) + 12), False)
