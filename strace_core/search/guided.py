"""Guided search: start from the best-first order and improve it by gradients of the output.

A step softens the subgraphs of several sizes and asks how the total variation of each depends on every edge's factor.
It moves edges that would lower it forward and the others back, and grows the order again. Subgraphs harden from step to
step: :mod:`strace_core.search.schedule` says how; :mod:`strace_core.search.descent` takes the steps.
Source: docs/search.md.
"""

from typing import TYPE_CHECKING

from strace_core.graph.layout import EdgeLayout
from strace_core.progress import OnProgress, Progress
from strace_core.search.best_first import best_first_order
from strace_core.search.protocol import Candidate, ScoredGraph
from strace_core.search.schedule import N_SIZES, n_steps

if TYPE_CHECKING:
    from strace_core.model.loaded import LoadedModel
    from strace_core.model.spec import ModelSpec


class Guided:
    """Gradient descent on the places of edges in the order, for many sizes at once."""

    n_candidates = 2

    def find(
        self, model: "LoadedModel", graph: ScoredGraph, *, effort: float, on_progress: OnProgress
    ) -> tuple[Candidate, ...]:
        """The order found, and the best-first order it started from."""
        from strace_core.search.descent import descend  # torch, which the names of the searches do not need

        start = best_first_order(graph, on_progress)
        total = n_steps(effort)
        found = descend(
            model, graph, start.trace, total, before_block=lambda number: on_progress(Progress("search", number, total))
        )
        return found, start

    def working_bytes(self, spec: "ModelSpec", layout: EdgeLayout, dtype: str) -> int:
        """What one step holds."""
        from strace_core.evaluate.memory import gradient_bytes

        return gradient_bytes(spec, layout, dtype, n_subgraphs=max(N_SIZES))
