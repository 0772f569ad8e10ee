"""A head's sources: how much the head attends to each source token, and how much of its output comes from there."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from ..wording.details import NOT_IN_GRAPH, contribution_shares, entry_size
from ..wording.tokens import token_label
from . import paired_bars, theme
from .paired_bars import Sides
from .parts import Drawing

if TYPE_CHECKING:
    from strace_core import HeadDetail

MAX_SOURCES: Final = 12
"""Source tokens shown."""

SIDES: Final = Sides(
    ("pattern", "contribution"), (theme.FULL_MODEL, theme.ATTENTION), "share over all source tokens", "the head's"
)


def draw(found: "HeadDetail", *, large: bool = False) -> Drawing:
    """Draw the attention pattern and the contributions of one head at one target."""
    rows = frame(found)
    what = "Source tokens: the head's attention pattern and contribution"
    return Drawing(rows, paired_bars.fitted_spec(rows, SIDES, large=large), paired_bars.alt_text(rows, what))


def frame(found: "HeadDetail") -> pd.DataFrame:
    """Return the rows of paired bars, in the order of the prompt, of the sources with the longest bars.

    Pattern and contribution are shares of one, over all sources. ``change`` is the size from which on the edge is
    included in the trace.
    """
    sources = found.sources
    contribution = contribution_shares(found)
    pattern = sources["pattern"].to_numpy(dtype=float)
    strongest = np.sort(np.argsort(-np.maximum(pattern, contribution), kind="stable")[:MAX_SOURCES])
    shown = sources.iloc[strongest]
    sizes = [entry_size(rank) for rank in shown["rank"]]
    return paired_bars.frame(
        [f"{token_label(row.text, 12)} ({row.source})" for row in shown.itertuples()],
        dict(zip(SIDES.names, (pattern[strongest], contribution[strongest]), strict=True)),
        change=["" if size is None else f"at {size:,}" for size in sizes],
        explained=[NOT_IN_GRAPH if size is None else f"included from size {size:,} on" for size in sizes],
    )


def sources_left_out(found: "HeadDetail") -> int:
    """Return how many source tokens the bars do not show."""
    return max(0, len(found.sources) - MAX_SOURCES)
