"""Text density as coloured text: a level and a tooltip for every token of a passage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from .tokens import spoken_token

if TYPE_CHECKING:
    from strace_core import PositionDensity

LEVELS: Final[Mapping[str, str]] = {
    "edges to TV ≤ 0.1": "tv_size",
    "edges to the same top token": "top1_size",
    "share of all edges": "share",
}
"""What the colours can stand for, and the measurement behind each."""


@dataclass(frozen=True)
class Span:
    """A token of the passage.

    Attributes:
        text: The token, verbatim.
        level: How strong its colour is, from 0 to 1; None if it has not been measured.
        title: What is shown on hover and focus, as lines of plain text.
    """

    text: str
    level: float | None
    title: str


@dataclass(frozen=True)
class Legend:
    """What levels 0 and 1 stand for, as short labels, and what the colours mean."""

    low: str
    high: str
    caption: str


def spans_of(predictions: pd.DataFrame, rows: "Sequence[PositionDensity]", by: str) -> list[Span]:
    """Return a span for every token of the passage, coloured by what its prediction took.

    A token is predicted at the position before it; the first one is not predicted and has no colour.

    Args:
        predictions: The engine's token_predictions of the passage.
        rows: The densities measured so far, from the first position on.
        by: A key of ``LEVELS``.
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
    """Return what the two ends of the colour scale stand for."""
    low, high = _range([_needed(row, by) for row in rows])
    if LEVELS[by] == "share":
        return Legend(f"{low:.2%}", f"{high:.2%}", "share of all edges needed to predict a token (log scale)")
    return Legend(f"{low:,.0f}", f"{high:,.0f} edges", "edges needed to predict a token (log scale)")


def _needed(row: "PositionDensity", by: str) -> float:
    column = LEVELS[by]
    return row.tv_size / row.n_edges if column == "share" else float(getattr(row, column))


def _range(needed: Sequence[float]) -> tuple[float, float]:
    """Return the smallest and the largest positive value; 1 and 10 if there are none."""
    positive = [value for value in needed if value > 0]
    return (min(positive), max(positive)) if positive else (1.0, 10.0)


def _level(value: float, low: float, high: float) -> float:
    if value <= low or high <= low:
        return 0.0
    return float(np.log(value / low) / np.log(high / low))


def _title(text: str, surprisal: float, row: "PositionDensity | None") -> str:
    """Return the tooltip of one token."""
    token = f"‘{spoken_token(text)}’"
    if np.isnan(surprisal):
        return f"{token} is the first token, so nothing predicts it"
    if row is None:
        return f"{token}: not measured yet\nsurprisal {surprisal:.2f} nats"
    return "\n".join(
        [
            f"{token}: {row.tv_size:,} of {row.n_edges:,} edges ({row.tv_size / row.n_edges:.1%}) recover it",
            f"same top token from {row.top1_size:,} edges on",
            f"surprisal of this token {surprisal:.2f} nats, entropy of the prediction {row.entropy:.2f} nats",
            "click to look inside this prediction",
        ]
    )
