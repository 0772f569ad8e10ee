"""How far a trace has come, for progress bars and for stopping early."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` steps of a stage; "subgraphs" counts subgraphs run, the other stages are one step."""

    stage: Literal["capture", "score", "grow", "subgraphs"]
    done: int
    total: int


OnProgress = Callable[[Progress], None]
"""Called as work proceeds, in the caller's thread. An exception raised in it stops the trace; the model is unharmed."""
