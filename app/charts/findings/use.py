"""Component use: a grid of all heads and MLPs, each shaded by the share of prompts whose subgraph uses it."""

from functools import lru_cache

import altair as alt
import pandas as pd

from ...wording.names import component_name
from .. import theme
from ..parts import Drawing, Spec, axis, finished, legend, rows_of
from .parts import about, of_model


def draw(table: pd.DataFrame, model: str) -> Drawing:
    """The use of one model's components, from ``component_use`` of the study."""
    rows = use_rows(of_model(table, model))
    n_layers = int(rows["layer"].max()) + 1 if len(rows) else 1
    most = rows.sort_values("share", ascending=False, kind="stable").head(5)
    named = [f"{row.said} {row.share:.0%}" for row in most.itertuples()]
    return Drawing(rows, _spec(n_layers), about(model, f"Most used: {'; '.join(named) or 'nothing'}."))


def use_rows(table: pd.DataFrame) -> pd.DataFrame:
    """One cell a row: ``layer``, ``place`` (the head, or "MLP" as the last), ``order`` of the places, and ``share``."""
    is_head = table["kind"] == "head"
    heads = table["head"].astype(str)
    return pd.DataFrame(
        {
            "layer": table["layer"],
            "place": heads.where(is_head, "MLP"),
            "order": table["head"].where(is_head, int(table["head"].max()) + 1 if len(table) else 0),
            "share": table["share"],
            "kind": table["kind"],
            "said": list(map(component_name, table["layer"], table["head"].where(is_head, -1))),
        }
    ).reset_index(drop=True)


@lru_cache(maxsize=64)
def _spec(n_layers: int) -> Spec:
    rows = rows_of("layer", "place", "order", "share", "kind", "said")
    heads = alt.X(
        "place:N", title="head", sort=alt.EncodingSortField("order", op="min"),
        axis=axis(False, labelAngle=0, labelOverlap="parity", domain=False, ticks=False),
    )  # fmt: skip
    blocks = alt.Y(
        "layer:O", title="block", sort="descending",
        axis=axis(False, labelOverlap="parity", domain=False, ticks=False),
    )  # fmt: skip
    colours = alt.Scale(domain=["head", "mlp"], range=[theme.ATTENTION, theme.MLP])
    shades = legend(
        False, title="used by", format=".0%", values=[0, 0.5, 1], symbolType="square",
        symbolFillColor=theme.ATTENTION, symbolStrokeColor=theme.ATTENTION,
    )  # fmt: skip
    cells = rows.mark_rect().encode(
        x=heads,
        y=blocks,
        color=alt.Color("kind:N", scale=colours, legend=None),
        opacity=alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.04, 1]), legend=shades),
        tooltip=[alt.Tooltip("said:N", title="component"), alt.Tooltip("share:Q", title="used by", format=".0%")],
    )
    return finished(cells, 84 + n_layers * max(12, min(28, 330 // max(1, n_layers))), False)
