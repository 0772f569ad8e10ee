"""What a search is given, what it returns, and what the rest of the program needs to know about it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from strace_core.graph.layout import EdgeLayout
from strace_core.progress import OnProgress
from strace_core.prompt import Prompt
from strace_core.shapes import EdgeScores, Logits
from strace_core.trace.trace import Stretch, Trace

if TYPE_CHECKING:
    from strace_core.model.loaded import LoadedModel
    from strace_core.model.spec import ModelSpec


@dataclass(frozen=True, eq=False)
class ScoredGraph:
    """The graph of one prediction with its edges scored: what a search starts from.

    Attributes:
        prompt: The context, up to and including the traced position.
        layout: The reachable edges.
        scores: One score per edge id, float32.
        full_logits: The full model's next-token logits.
    """

    prompt: Prompt
    layout: EdgeLayout
    scores: EdgeScores
    full_logits: Logits


@dataclass(frozen=True, eq=False)
class Candidate:
    """An order that a search proposes, and which search chose each stretch of it."""

    trace: Trace
    stretches: tuple[Stretch, ...]


class Search(Protocol):
    """A way to put edges in order."""

    n_candidates: int
    """How many orders it proposes; they are evaluated side by side."""

    def find(
        self, model: "LoadedModel", graph: ScoredGraph, *, effort: float, on_progress: OnProgress
    ) -> tuple[Candidate, ...]:
        """Propose orders; the one with the lowest density over the paper's sizes is kept.

        A search other than best-first proposes the best-first order last, as the yardstick.

        Args:
            model: The model that the graph belongs to.
            graph: The scored graph.
            effort: How long to look, in multiples of the default; best-first ignores it.
            on_progress: Called before each part of the work. An exception it raises stops the search.
        """

    def working_bytes(self, spec: "ModelSpec", layout: EdgeLayout, dtype: str) -> int:
        """The most memory the search itself takes beside the weights, in bytes."""
