"""What a caller is told while a trace is made."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` steps of one stage: "capture", "score", "grow", "subgraphs", or the name of a baseline;
    "density", position by position of a text; "prompts", one after the other of a list. Who queues or loads before may
    add stages of their own.

    The full model is captured block by block, subgraphs run in batches of sizes. While they do, ``curve`` holds the
    rows that are finished, smallest sizes first, and is None before there are any. Before each block of a batch, and
    each stretch of growth, the same step is reported again: a chance to stop.
    """

    stage: str
    done: int
    total: int
    curve: pd.DataFrame | None = field(default=None, compare=False, repr=False)


OnProgress = Callable[[Progress], None]
"""Called after each step and before each part of it. An exception it raises stops all, and leaves nothing behind."""


def unheard(progress: Progress) -> None:
    """The callback of a caller who gave none."""


BeforeBlock = Callable[[], None]
"""Called before each block, or each stretch, of a longer work. An exception it raises stops the work there."""


def go_on() -> None:
    """What is called before a block by who never stops."""
