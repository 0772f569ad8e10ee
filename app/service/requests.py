"""What a visitor can ask to be traced, what that costs, and the one request whose answer comes with the program."""

from dataclasses import dataclass
from pathlib import Path

from ..access.shipped import ASSETS
from ..wording.presets import DEFAULT_PRESET


@dataclass(frozen=True)
class TraceRequest:
    """All that a trace depends on. ``position`` is the token whose next token is predicted; -1 is the last.

    ``search`` is the way in which edges are put in order, ``effort`` how long a guided one looks, 1 for any other.
    """

    model: str
    prompt: str
    position: int = -1
    score: str = "l1"
    search: str = "best-first"
    effort: float = 1.0


@dataclass(frozen=True)
class Cost:
    """What a trace takes: edges of the graph, memory beside the model in bytes, and about how many seconds."""

    n_edges: int
    n_bytes: int
    seconds: float


@dataclass(frozen=True)
class Shipped:
    """A request whose trace comes with the program, and its file."""

    request: TraceRequest
    path: Path


FIRST = Shipped(
    TraceRequest("demo-llama", DEFAULT_PRESET.prompt),
    ASSETS / "first" / "trace.npz",
)
"""What a first visit shows while the model is still loading."""
