"""How fast the traces of a model were of late, by search, and so what the next one will take."""

from collections.abc import MutableMapping
from dataclasses import dataclass

USUAL_RATE = 3e10
"""Multiply-adds of a best-first trace in a second, before a model has been seen to work."""

TIMES_AS_LONG = {"best-first": 1, "guided": 12}
"""How many times as long as a best-first trace one of each search takes, before a model has been seen at it."""


@dataclass(frozen=True)
class Pace:
    """Multiply-adds in a second, by model and search. Work is that of running every subgraph, whatever the search."""

    rates: MutableMapping[tuple[str, str], float]

    def seconds(self, model: str, search: str, work: float) -> float:
        """About how long a trace takes; a search that the model has not made yet goes by its best-first traces."""
        usual = self.rates.get((model, "best-first"), USUAL_RATE) / TIMES_AS_LONG[search]
        return work / self.rates.get((model, search), usual)

    def learn(self, model: str, search: str, work: float, seconds: float) -> None:
        """A trace took so long; it counts as much as all before it."""
        rate = work / seconds
        self.rates[model, search] = (rate + self.rates.get((model, search), rate)) / 2
