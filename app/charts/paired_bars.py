"""Two bars for each token, one above the other: the chart that four pictures of tokens share.

A picture supplies the names and colours of the two sides and the rows; the specification and the words are here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import altair as alt
import numpy as np
import pandas as pd

from ..wording.tokens import token_label
from . import theme
from .axes import round_end
from .parts import Spec, axis, finished, legend, pixels, rows_of, words

HEIGHT: Final = 215

MAX_LABEL: Final = 14

NEW, FAR = 20, 100
"""A token from beyond rank ``NEW`` counts as new at the top; falls of ``FAR`` ranks and more are not told apart."""


@dataclass(frozen=True)
class Sides:
    """What the two bars stand for: their names and colours, the title of the axis, and that of the legend."""

    names: tuple[str, str]
    colours: tuple[str, str]
    axis: str
    legend: str


RECONSTRUCTION: Final = Sides(
    ("full model", "subgraph"),
    (theme.FULL_MODEL, theme.SUBGRAPH),
    "probability of the next token",
    "according to",
)
"""The sides of the prediction and of a state's logit lens."""


def fitted_spec(rows: pd.DataFrame, sides: Sides, *, large: bool) -> Spec:
    """Return the specification with an axis that just holds these rows."""
    highest = float(max(rows["longest"].max(), 1e-6)) if len(rows) else 1.0
    return spec(round_end(highest), sides, large=large)


def frame(
    labels: Sequence[str], values: Mapping[str, np.ndarray], *, change: Sequence[str], explained: Sequence[str]
) -> pd.DataFrame:
    """Return one row for each label and side, from the values of each side.

    Columns: ``token`` (the label, unique), ``side``, ``value`` (NaN where unknown, which draws no bar), ``place``,
    ``longest`` (the larger of both values), ``change`` (the sign after the bars), ``explained`` (that in words).
    """
    longest = np.nan_to_num(np.array(list(values.values()), dtype=float)).max(axis=0)
    shared = pd.DataFrame(
        {"token": labels, "place": range(len(labels)), "longest": longest, "change": change, "explained": explained}
    )
    rows = pd.concat([shared.assign(side=side, value=of_side) for side, of_side in values.items()])
    return rows.reset_index(drop=True)


@lru_cache(maxsize=64)
def spec(highest: float, sides: Sides, *, large: bool = False) -> Spec:
    """Return the specification for the rows of ``frame``, with an axis from 0 to ``highest``."""
    names = list(sides.names)
    rows = rows_of("token", "side", "value", "place", "change", "longest", "explained")
    room = pixels(46, large)
    x = alt.X(
        "value:Q",
        title=sides.axis,
        scale=alt.Scale(domain=[0, highest], nice=False, range=[0, alt.ExprRef(f"width - {room}")]),
        axis=axis(large, tickCount=5),
    )
    y = alt.Y(
        "token:N",
        title=None,
        sort=alt.EncodingSortField("place", op="min"),
        axis=axis(large, labelOverlap=False, labelLimit=pixels(140, large), domain=False, ticks=False),
    )
    bars = rows.mark_bar().encode(
        x=x,
        y=y,
        yOffset=alt.YOffset("side:N", sort=names),
        color=alt.Color(
            "side:N",
            scale=alt.Scale(domain=names, range=list(sides.colours)),
            legend=legend(large, title=sides.legend),
        ),
        tooltip=[
            alt.Tooltip("token:N", title="token"),
            alt.Tooltip("side:N", title=sides.legend),
            alt.Tooltip("value:Q", title="value", format=".4f"),
            alt.Tooltip("explained:N", title="in words"),
        ],
    )
    changes = (
        rows.transform_filter(f"datum.side === '{names[1]}'")
        .mark_text(**words(large, align="left", baseline="middle", dx=5))
        .encode(x=alt.X("longest:Q", title=sides.axis), y=y, text="change:N")
    )
    return finished(alt.layer(bars, changes), HEIGHT, large)


def alt_text(rows: pd.DataFrame, what: str) -> str:
    """Return the bars of the first three tokens in words, after ``what`` is shown."""
    told = []
    for token, both in list(rows.groupby("token", sort=False))[:3]:
        values = [
            f"{row.side} {'not among the top tokens' if pd.isna(row.value) else f'{row.value:.2f}'}"
            for row in both.itertuples()
        ]
        told.append(f"{token}: {', '.join(values)}")
    return f"{what}. {'; '.join(told)}."


def rank_of(probabilities: np.ndarray, token_id: int) -> int:
    """Return a token's rank among all, from 1 for the most likely; ties go by token id."""
    own = probabilities[token_id]
    return int((probabilities > own).sum() + (probabilities[:token_id] == own).sum()) + 1


def rank_change(before: int, after: int) -> str:
    """Return how a token moves from one rank to another: "=", "▲2", "▼5", or "new" where it comes from far down."""
    if before == after:
        return "="
    if after > before:
        return f"▼{after - before}" if after - before < FAR else f"▼{FAR}+"
    return "new" if before > NEW else f"▲{before - after}"


def unique_labels(texts: Sequence[str], token_ids: Sequence[int]) -> list[str]:
    """Return short labels of tokens; those that would look alike carry their ids."""
    labels = [token_label(text, MAX_LABEL) for text in texts]
    return [
        f"{label} #{token_id}" if labels.count(label) > 1 else label
        for label, token_id in zip(labels, token_ids, strict=True)
    ]
