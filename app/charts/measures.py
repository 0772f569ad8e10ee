"""What is measured along the size of a subgraph: the column of the curve, its words, and the axis it is drawn on."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from strace_core import TraceResult


@dataclass(frozen=True)
class Measure:
    """A column of the curve.

    ``title`` stands at the axis, ``name`` in a sentence or a tooltip. The axis runs from 0 to the first of ``tops``
    that holds every finite value, else to the last, and larger values are drawn at its end. ``linear_to`` is where the
    axis turns from linear to logarithmic, None if it does not. ``unit`` follows a value that is written out.
    """

    column: str
    name: str
    title: str
    tops: tuple[float, ...]
    digits: int = 3
    unit: str = ""
    linear_to: float | None = None

    def written(self, value: float) -> str:
        """A value as words."""
        if np.isnan(value):
            return "unknown"
        return f"{value:,.{self.digits}f}{self.unit}" if np.isfinite(value) else "infinite"


MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        "tv": Measure("tv", "distance (tv)", "distance (tv)", (1.0,)),
        "kl": Measure("kl", "distance (kl)", "distance (kl, nats)", (1, 3, 10, 30, 100), unit=" nats", linear_to=0.1),
        "entropy": Measure("entropy", "entropy", "entropy, nats", (1, 2, 3, 4, 6, 8, 10, 12, 15), 2, " nats"),
        "surprisal": Measure("surprisal", "surprisal", "surprisal, nats", (1, 2, 5, 10, 20, 30, 50), 2, " nats"),
        "shared_nucleus": Measure("shared_nucleus", "shared list", "shared list", (100.0,), 0, " %"),
        "top_k_overlap": Measure("top_k_overlap", "top-10 overlap", "top-10 overlap", (1.0,), 2),
    }
)


def axis_top(result: TraceResult, measure: str = "tv", *others: TraceResult) -> float:
    """Where the axis of a measure ends, so that the curves and baselines of these results fit."""
    shown = MEASURES[measure]
    tables = [table for one in (result, *others) for table in (one.curve, *one.baselines.values())]
    values = pd.concat([table.loc[table["n_edges"] > 0, shown.column] for table in tables]).to_numpy(dtype=float)
    largest = values[np.isfinite(values)].max(initial=0.0)
    if measure == "entropy":
        largest = max(largest, *(full_entropy(one) for one in (result, *others)))
    return next((top for top in shown.tops if top >= largest), shown.tops[-1])


def round_end(largest: float) -> float:
    """Where an axis from zero to a share ends: the next of 1, 2 and 5 times a power of ten.

    Few axes make few specifications, and the browser lays out a chart anew for another specification only.
    """
    if largest <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(largest))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= largest * (1 - 1e-9)))


def full_entropy(result: TraceResult) -> float:
    """Entropy of the full model's prediction, in nats."""
    p = result.probabilities()
    p = p[p > 0]
    return float(max(0.0, -(p * np.log(p)).sum()))
