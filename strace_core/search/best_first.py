"""Best-first search, the paper's: always take the heaviest edge that leads to the output.

Source: section 3 of docs/method.md.
"""

from functools import partial
from typing import TYPE_CHECKING

from strace_core.graph.layout import EdgeLayout
from strace_core.progress import OnProgress, Progress
from strace_core.search.protocol import Candidate, ScoredGraph
from strace_core.trace.trace import BEST_FIRST, Stretch, Trace

if TYPE_CHECKING:
    from strace_core.model.loaded import LoadedModel
    from strace_core.model.spec import ModelSpec


class BestFirst:
    """Growth by the scores alone."""

    n_candidates = 1

    def find(
        self, model: "LoadedModel", graph: ScoredGraph, *, effort: float, on_progress: OnProgress
    ) -> tuple[Candidate, ...]:
        """The one order that the scores give."""
        return (best_first_order(graph, on_progress),)

    def working_bytes(self, spec: "ModelSpec", layout: EdgeLayout, dtype: str) -> int:
        """Nothing beyond what every trace takes."""
        return 0


def best_first_order(graph: ScoredGraph, on_progress: OnProgress) -> Candidate:
    """Grow the trace; reports stage "grow"."""
    from strace_core.trace.growth import grow_best_first  # numba, which the names of the searches do not need

    order = grow_best_first(graph.layout, graph.scores, before_stretch=partial(on_progress, Progress("grow", 0, 1)))
    on_progress(Progress("grow", 1, 1))
    return Candidate(Trace(graph.layout, order), (Stretch(graph.layout.n_edges, BEST_FIRST),))
