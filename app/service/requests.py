"""What a visitor can ask to trace, what a trace costs, and the one request whose answer is shipped."""

from dataclasses import dataclass
from pathlib import Path

from ..access.shipped import ASSETS
from ..wording.choices import BEST_FIRST
from ..wording.presets import DEFAULT_PRESET

DEFAULT_MODEL = "demo-llama"


@dataclass(frozen=True)
class TraceRequest:
    """Everything a trace depends on.

    Attributes:
        model: The model's name on the page.
        prompt: The whole prompt.
        position: The token whose next token is predicted; -1 is the last.
        score: The score rule.
        search: How the edges are ordered.
        effort: Guided-search effort; 1 for any other search.
    """

    model: str
    prompt: str
    position: int = -1
    score: str = "l1"
    search: str = BEST_FIRST
    effort: float = 1.0


@dataclass(frozen=True)
class Cost:
    """What a trace takes: edges in the graph, and an estimate of the seconds."""

    n_edges: int
    seconds: float


@dataclass(frozen=True)
class Shipped:
    """A request whose trace is shipped with the program, and its file."""

    request: TraceRequest
    path: Path


FIRST = Shipped(TraceRequest(DEFAULT_MODEL, DEFAULT_PRESET.prompt), ASSETS / "first" / "trace.npz")
"""What a first visit shows while the model is still loading."""
