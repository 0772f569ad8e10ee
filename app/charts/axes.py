"""The axes that charts share: sizes, measures and shares, and where they end."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from strace_core import TraceResult

from ..wording.measures import MEASURES, full_entropy
from .parts import axis

SIZE_TITLE: Final = "edges kept (log scale)"

_TOPS: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {
        "tv": (1.0,),
        "kl": (1, 3, 10, 30, 100),
        "entropy": (1, 2, 3, 4, 6, 8, 10, 12, 15),
        "shared_nucleus": (100.0,),
    }
)
"""Where the axis of each measure may end. Values beyond the last are drawn at the end of the axis."""

_LINEAR_TO: Final[Mapping[str, float]] = MappingProxyType({"kl": 0.1})
"""Where the axis of a measure turns from linear to logarithmic; the other axes stay linear."""


def size_x(large: bool, field: str = "n_edges") -> alt.X:
    """Return a log axis from one edge to the largest size among the rows."""
    return alt.X(
        f"{field}:Q",
        title=SIZE_TITLE,
        scale=alt.Scale(type="log", nice=False, domainMin=1),
        axis=axis(large, format="~s", tickCount=6, grid=False),
    )


def measure_y(measure: str, top: float, large: bool, *, headroom: int) -> alt.Y:
    """Return the axis of a measure, from 0 to ``top``, ``headroom`` pixels below the chart's top edge."""
    place: list[Any] = [alt.ExprRef("height"), headroom]
    if measure in _LINEAR_TO:
        scale = alt.Scale(type="symlog", constant=_LINEAR_TO[measure], domain=[0, top], range=place)
        values = [value for value in (0, 0.1, 0.3, 1, 3, 10, 30, 100) if value <= top]
        ticks = axis(large, values=values, format="~g", domain=False)
    else:
        scale, ticks = alt.Scale(domain=[0, top], range=place), axis(large, tickCount=3, domain=False)
    return alt.Y("value:Q", title=MEASURES[measure].title, scale=scale, axis=ticks)


def axis_top(result: TraceResult, measure: str) -> float:
    """Return where the axis of a measure ends, so that the curve and the baselines of a result fit."""
    tables = (result.curve, *result.baselines.values())
    values = pd.concat([table.loc[table["n_edges"] > 0, measure] for table in tables]).to_numpy(dtype=float)
    largest = values[np.isfinite(values)].max(initial=0.0)
    if measure == "entropy":
        largest = max(largest, full_entropy(result))
    return next((top for top in _TOPS[measure] if top >= largest), _TOPS[measure][-1])


def round_end(largest: float) -> float:
    """Return where an axis from zero to a share ends: the next of 1, 2 and 5 times a power of ten.

    Few distinct axes mean few specifications; the browser lays out a chart anew for every new specification.
    """
    if largest <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(largest))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= largest * (1 - 1e-9)))
