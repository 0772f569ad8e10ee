"""How fast each model has been tracing lately, by search, to estimate how long the next trace will take."""

from collections.abc import MutableMapping
from dataclasses import dataclass

from ..wording.choices import BEST_FIRST, GUIDED

DEFAULT_RATE = 3e10
"""Multiply-adds a second of a best-first trace, assumed until a model has been timed."""


def relative_duration(search: str, effort: float) -> float:
    """Estimate how many times as long as a best-first trace a search takes."""
    return 2 + 6 * effort if search == GUIDED else 1


@dataclass(frozen=True)
class Pace:
    """Multiply-adds a second, by model and search. Work is that of a best-first trace's subgraphs."""

    rates: MutableMapping[tuple[str, str], float]

    def seconds(self, model: str, search: str, effort: float, work: float) -> float:
        """Estimate a trace's duration. A search not yet timed goes by the model's best-first traces."""
        fallback = self.rates.get((model, BEST_FIRST), DEFAULT_RATE)
        return relative_duration(search, effort) * work / self.rates.get((model, search), fallback)

    def learn(self, model: str, search: str, effort: float, work: float, seconds: float) -> None:
        """Take in a trace's duration. It weighs as much as all earlier ones together."""
        rate = relative_duration(search, effort) * work / seconds
        self.rates[model, search] = (rate + self.rates.get((model, search), rate)) / 2
