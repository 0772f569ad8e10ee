"""Baselines: other orders of the same edges, to compare a trace with.

Source: section 3 of docs/method.md.
"""

from collections.abc import Callable

import numpy as np

from strace_core.graph.layout import EdgeLayout
from strace_core.kinds import ATTENTION, MLP
from strace_core.shapes import EdgeScores, Sizes
from strace_core.trace.trace import BEST_FIRST, Trace


def random(trace: Trace, scores: EdgeScores, seed: int) -> Trace:
    """Grow backward from the output, taking a uniformly random edge of the frontier at each step."""
    # Imported here, so that the names of the baselines are available without importing numba.
    from strace_core.trace.growth import grow_at_random

    draws = np.random.default_rng(seed).random(trace.layout.n_edges)
    return Trace(trace.layout, grow_at_random(trace.layout, draws))


def backbone(trace: Trace, scores: EdgeScores, seed: int) -> Trace:
    """Take residual and MLP edges first, in the trace's order, then attention edges at random."""
    is_attention = trace.layout.kind[trace.order] == ATTENTION
    attention = np.random.default_rng(seed).permutation(trace.order[is_attention])
    return Trace(trace.layout, np.concatenate([trace.order[~is_attention], attention]))


def complement(trace: Trace, scores: EdgeScores, seed: int) -> Trace:
    """Take residual edges first, then all others in the trace's reverse order; see ``n_kept``."""
    of_sublayer = _is_of_sublayer(trace.layout)[trace.order]
    return Trace(trace.layout, np.concatenate([trace.order[~of_sublayer], trace.order[of_sublayer][::-1]]))


def best_first(trace: Trace, scores: EdgeScores, seed: int) -> Trace:
    """Take edges in the paper's best-first order, which is also where a guided search starts."""
    from strace_core.trace.growth import grow_best_first

    return Trace(trace.layout, grow_best_first(trace.layout, scores))


BASELINES: dict[str, Callable[[Trace, EdgeScores, int], Trace]] = {
    "random": random,
    "backbone": backbone,
    "complement": complement,
    BEST_FIRST: best_first,
}
"""Baselines by name: (trace, scores of its edges, seed) -> another order of the same edges."""


def n_kept(name: str, trace: Trace, sizes: Sizes) -> Sizes:
    """Return how many edges a baseline keeps for each size of the trace.

    All baselines but one keep as many as the trace. "complement" keeps all residual edges, and those of the other edges
    that the trace's subgraph does not.
    """
    if name != "complement":
        return sizes
    of_sublayer = _is_of_sublayer(trace.layout)[trace.order]
    taken = np.concatenate([[0], np.cumsum(of_sublayer)])[sizes]
    return trace.layout.n_edges - taken


def _is_of_sublayer(layout: EdgeLayout) -> np.ndarray:
    """Whether each edge is an attention or MLP edge, by edge id."""
    return (layout.kind == ATTENTION) | (layout.kind == MLP)
