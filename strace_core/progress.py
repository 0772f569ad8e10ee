"""Progress reports of a running trace."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Progress:
    """One report: ``done`` of ``total`` steps of a stage are finished.

    The stages of a trace are "capture", "score", "grow", "subgraphs", and the name of each baseline. "density" counts
    the positions of a text, "prompts" the prompts of a list. Programs built on the library may add stages of their own.

    Reports also arrive before each block of a forward pass and at regular intervals while a trace grows, with the same
    numbers as before. They are opportunities to cancel.

    Attributes:
        stage: Name of the stage.
        done: Finished steps: blocks in "capture", subgraphs in "subgraphs".
        total: Steps of the whole stage.
        curve: Finished rows of the curve, smallest sizes first; None before there are any.
    """

    stage: str
    done: int
    total: int
    curve: pd.DataFrame | None = field(default=None, compare=False, repr=False)


OnProgress = Callable[[Progress], None]
"""Callback that receives every progress report. Raise an exception in it to cancel; nothing is left behind."""


def ignore_progress(progress: Progress) -> None:
    """Ignore a progress report; the default callback."""


BeforeBlock = Callable[[], None]
"""Callback before each block, or each chunk, of a long computation. Raise an exception in it to cancel."""


def no_op() -> None:
    """Do nothing; the default callback."""
