"""Recovery sizes: how large a subgraph must be to meet each criterion first.

A row for each criterion, with a dot at the median size and a rule over its interval, for a model and its untrained
twin.
"""

from functools import lru_cache
from typing import Final

import altair as alt
import numpy as np
import pandas as pd

from ...wording.findings_words import criterion_label, model_label, of_the_edges, percent
from .. import theme
from ..parts import Drawing, Spec, axis, finished, legend, rows_of
from .parts import SHARE_TITLE, about, names_in, of_model

_COLOURS: Final = (theme.SUBGRAPH, theme.FULL_MODEL)
_SHAPES: Final = ("circle", "diamond")


def draw(sizes: pd.DataFrame, model: str, untrained: str) -> Drawing:
    """The recovery sizes of a model and of its untrained twin, from ``size_by_criterion`` of the study."""
    rows = recovery_rows(sizes, model, untrained)
    series = names_in(rows, "series", (model_label(model), model_label(untrained)))
    smallest = float(rows["low"].fillna(rows["value"]).min()) if len(rows) else 1.0
    spec = _spec(series, least=10.0 ** min(-3, _exponent(smallest)), n_rows=rows["row"].nunique())
    mine = of_model(sizes, model)
    medians = [
        f"{criterion_label(name)} {percent(fraction)}"
        for name, fraction in zip(mine["criterion"], mine["fraction"], strict=True)
    ]
    said = f"Median size at which each criterion is first met: {', '.join(medians) or 'no values'}."
    return Drawing(rows, spec, about(model, said))


def recovery_rows(sizes: pd.DataFrame, model: str, untrained: str) -> pd.DataFrame:
    """One dot a row: ``row`` is its criterion, ``place`` the order of the criteria, ``series`` the model."""
    found = pd.concat([_dots(of_model(sizes, name), model_label(name)) for name in (model, untrained)])
    return found[found["value"] > 0].reset_index(drop=True)


def _dots(sizes: pd.DataFrame, series: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": [criterion_label(criterion) for criterion in sizes["criterion"]],
            "place": np.arange(len(sizes)),
            "series": series,
            "value": sizes["fraction"].to_numpy(),
            "low": sizes["low"].to_numpy(),
            "high": sizes["high"].to_numpy(),
            "said": [
                f"{of_the_edges(fraction)}, {n_edges:,.0f} edges"
                for fraction, n_edges in zip(sizes["fraction"], sizes["n_edges"], strict=True)
            ],
        }
    )


@lru_cache(maxsize=64)
def _spec(series: tuple[str, ...], *, least: float, n_rows: int) -> Spec:
    rows = rows_of("row", "place", "series", "value", "low", "high", "said")
    x = alt.X(
        "value:Q", title=SHARE_TITLE, scale=alt.Scale(type="log", nice=False, domain=[least, 1]),
        axis=axis(False, format=".2~p", tickCount=5, grid=False, labelOverlap="greedy"),
    )  # fmt: skip
    y = alt.Y(
        "row:N", title=None, sort=alt.EncodingSortField("place", op="min"),
        axis=axis(False, labelOverlap=False, labelLimit=150, domain=False, ticks=False, grid=True),
    )  # fmt: skip
    domain, shown = list(series), legend(False, title=None)
    offset = alt.YOffset("series:N", sort=domain)
    colour = alt.Color("series:N", scale=alt.Scale(domain=domain, range=list(_COLOURS[: len(series)])), legend=shown)
    shape = alt.Shape("series:N", scale=alt.Scale(domain=domain, range=list(_SHAPES[: len(series)])), legend=shown)
    tooltip = [alt.Tooltip("series:N", title="model"), alt.Tooltip("said:N", title="size")]
    intervals = rows.mark_rule(strokeWidth=2, tooltip=None).encode(
        x=alt.X("low:Q", title=SHARE_TITLE), x2="high:Q", y=y, yOffset=offset, color=colour
    )
    dots = rows.mark_point(filled=True, size=60, opacity=1).encode(
        x=x, y=y, yOffset=offset, color=colour, shape=shape, tooltip=tooltip
    )
    return finished(alt.layer(intervals, dots), 60 + n_rows * 20, False)


def _exponent(value: float) -> int:
    """The power of ten at or below a number, after rounding to seven digits."""
    return int(f"{value:e}".rsplit("e", 1)[1])
