"""What a caller is told while a trace is made."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` steps of one stage: "capture", "score", "grow", "subgraphs", or the name of a baseline.

    While subgraphs run, ``curve`` holds the rows that are finished, smallest sizes first; it grows by a batch of sizes
    each time.
    """

    stage: str
    done: int
    total: int
    curve: pd.DataFrame | None = field(default=None, compare=False, repr=False)


OnProgress = Callable[[Progress], None]
"""Called after each step. An exception it raises stops the trace."""


def unheard(progress: Progress) -> None:
    """The callback of a caller who gave none."""
