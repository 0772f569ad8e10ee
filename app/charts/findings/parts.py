"""What every picture of the findings needs: the rows of one model, names in order, and phrases for the alt text."""

from collections.abc import Iterable
from typing import Final

import pandas as pd

from ...wording.findings_words import estimate, model_label

SHARE_TITLE: Final = "share of all edges (log scale)"


def of_model(table: pd.DataFrame, model: str) -> pd.DataFrame:
    """The rows of one model."""
    return table[table["model"] == model]


def names_in(frame: pd.DataFrame, column: str, order: Iterable[str]) -> tuple[str, ...]:
    """The names that occur in a column, in the given order."""
    there = set(frame[column].dropna())
    return tuple(name for name in order if name in there)


def about(model: str, text: str) -> str:
    """An alt text that starts with its model's name."""
    return f"{model_label(model)}. {text}"


def at_three_sizes(table: pd.DataFrame) -> str:
    """The ``mean`` at the first, the middle and the last ``x`` of a curve, as a sentence."""
    if not len(table):
        return "No values."
    rows = table.iloc[[0, len(table) // 2, len(table) - 1]]
    points = rows[["x", "mean", "low", "high"]].itertuples()
    return ", ".join(f"{estimate(row.mean, row.low, row.high)} at size {row.x:.3g}" for row in points) + "."
