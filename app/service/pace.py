"""How fast the traces of a model were of late, by search, and so what the next one will take."""

from collections.abc import MutableMapping
from dataclasses import dataclass

USUAL_RATE = 3e10
"""Multiply-adds of a best-first trace in a second, before a model has been seen to work."""


def times_as_long(search: str, effort: float) -> float:
    """About how many times as long as a best-first trace one of a search takes."""
    return 2 + 6 * effort if search == "guided" else 1


@dataclass(frozen=True)
class Pace:
    """Multiply-adds in a second, by model and search. Work is that of the subgraphs of a best-first trace."""

    rates: MutableMapping[tuple[str, str], float]

    def seconds(self, model: str, search: str, effort: float, work: float) -> float:
        """About how long a trace takes; a search that the model has not made yet goes by its best-first traces."""
        usual = self.rates.get((model, "best-first"), USUAL_RATE)
        return times_as_long(search, effort) * work / self.rates.get((model, search), usual)

    def learn(self, model: str, search: str, effort: float, work: float, seconds: float) -> None:
        """A trace took so long; it counts as much as all before it."""
        rate = times_as_long(search, effort) * work / seconds
        self.rates[model, search] = (rate + self.rates.get((model, search), rate)) / 2
