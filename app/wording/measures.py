"""The measures along a curve: what each is called and how its values are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from strace_core import TraceResult


@dataclass(frozen=True)
class Measure:
    """A column of the curve in words.

    Attributes:
        name: What it is called in a sentence or a tooltip.
        title: What it is called along an axis.
        digits: Decimal places of a written value.
        unit: What follows a written value.
    """

    name: str
    title: str
    digits: int = 3
    unit: str = ""

    def written(self, value: float) -> str:
        """Return a value as text."""
        if np.isnan(value):
            return "unknown"
        return f"{value:,.{self.digits}f}{self.unit}" if np.isfinite(value) else "infinite"


MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        "tv": Measure("distance (TV)", "distance (TV)"),
        "kl": Measure("distance (KL)", "distance (KL, nats)", unit=" nats"),
        "entropy": Measure("entropy", "entropy (nats)", 2, " nats"),
        "surprisal": Measure("surprisal", "surprisal (nats)", 2, " nats"),
        "shared_nucleus": Measure("shared nucleus", "shared nucleus (%)", 0, " %"),
        "top_k_overlap": Measure("top-10 overlap", "top-10 overlap", 2),
    }
)
"""Each measure by its column of the curve."""


def full_entropy(result: TraceResult) -> float:
    """Return the entropy of the full model's prediction, in nats."""
    p = result.probabilities()
    p = p[p > 0]
    return float(max(0.0, -(p * np.log(p)).sum()))
