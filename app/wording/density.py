"""Text density as coloured text: a level and a few words for every token of a passage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from .tokens import spoken_token

if TYPE_CHECKING:
    from strace_core import PositionDensity

LEVELS: Final[Mapping[str, str]] = {
    "distance at most 0.1": "tv_size",
    "same top token": "top1_size",
    "share of all edges": "share",
}
"""What a colour can stand for, and where it comes from."""


@dataclass(frozen=True)
class Span:
    """A token of the text: its text as it is, its level from 0 to 1 or None where that is not measured, and what
    is said about it on hover and focus, as plain lines."""

    text: str
    level: float | None
    title: str


@dataclass(frozen=True)
class Legend:
    """What levels 0 and 1 stand for, as short labels, and what the colours are about."""

    low: str
    high: str
    caption: str


def spans_of(predictions: pd.DataFrame, rows: "Sequence[PositionDensity]", by: str) -> list[Span]:
    """A span for every token of the passage, coloured by what it took to predict it at the position before.

    ``predictions`` are strace_core's token_predictions of the passage, ``rows`` its densities from the first position
    on, as far as they are there. The first token is not predicted, so it has no colour.
    """
    needed = [_needed(row, by) for row in rows]
    low, high = _range(needed)
    spans = []
    for token in predictions.itertuples():
        place = token.position - 1
        row = rows[place] if 0 <= place < len(rows) else None
        level = None if row is None else _level(needed[place], low, high)
        spans.append(Span(token.text, level, _title(token.text, token.surprisal, row)))
    return spans


def legend_of(rows: "Sequence[PositionDensity]", by: str) -> Legend:
    """What the ends of the colours stand for."""
    low, high = _range([_needed(row, by) for row in rows])
    if LEVELS[by] == "share":
        return Legend(f"{low:.2%}", f"{high:.2%}", "share of all edges needed to predict a token (log scale)")
    return Legend(f"{low:,.0f}", f"{high:,.0f} edges", "edges needed to predict a token (log scale)")


def _needed(row: "PositionDensity", by: str) -> float:
    column = LEVELS[by]
    return row.tv_size / row.n_edges if column == "share" else float(getattr(row, column))


def _range(needed: Sequence[float]) -> tuple[float, float]:
    """The smallest and the largest of the positive values; a decade where there is none."""
    positive = [value for value in needed if value > 0]
    return (min(positive), max(positive)) if positive else (1.0, 10.0)


def _level(value: float, low: float, high: float) -> float:
    if value <= low or high <= low:
        return 0.0
    return float(np.log(value / low) / np.log(high / low))


def _title(text: str, surprisal: float, row: "PositionDensity | None") -> str:
    """Lines about one token."""
    token = f"‘{spoken_token(text)}’"
    if np.isnan(surprisal):
        return f"{token} is the first token: nothing predicts it"
    if row is None:
        return f"{token}: not measured yet\nsurprisal {surprisal:.2f} nats"
    return "\n".join(
        [
            f"{token}: {row.tv_size:,} of {row.n_edges:,} edges ({row.tv_size / row.n_edges:.1%}) rebuild it",
            f"same top token from {row.top1_size:,} edges",
            f"surprisal of this token {surprisal:.2f} nats, entropy of the prediction {row.entropy:.2f} nats",
            "click: look inside this prediction",
        ]
    )
