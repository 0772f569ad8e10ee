"""Orders of the same edges to compare a trace with: at random, structure first, the paper's, all but the trace.

Source: section 6 of docs/method.md.
"""

from collections.abc import Callable

import numpy as np

from strace_core.graph.layout import EdgeLayout
from strace_core.kinds import ATTENTION, MLP
from strace_core.shapes import EdgeScores, Sizes
from strace_core.trace.trace import BEST_FIRST, Trace


def random(trace: Trace, scores: EdgeScores, seed: int) -> Trace:
    """Growth from the output that takes a uniformly random edge of the frontier each step."""
    # Imported here: the names of the baselines are wanted where nobody waits for numba.
    from strace_core.trace.growth import grow_at_random

    draws = np.random.default_rng(seed).random(trace.layout.n_edges)
    return Trace(trace.layout, grow_at_random(trace.layout, draws))


def backbone(trace: Trace, scores: EdgeScores, seed: int) -> Trace:
    """Residual and MLP edges first, in the trace's order, then attention edges at random."""
    is_attention = trace.layout.kind[trace.order] == ATTENTION
    attention = np.random.default_rng(seed).permutation(trace.order[is_attention])
    return Trace(trace.layout, np.concatenate([trace.order[~is_attention], attention]))


def complement(trace: Trace, scores: EdgeScores, seed: int) -> Trace:
    """Residual edges first, then the others from the trace's last to its first; see ``n_kept``."""
    of_sublayer = _is_of_sublayer(trace.layout)[trace.order]
    return Trace(trace.layout, np.concatenate([trace.order[~of_sublayer], trace.order[of_sublayer][::-1]]))


def best_first(trace: Trace, scores: EdgeScores, seed: int) -> Trace:
    """The paper's order, best first by the scores: what a guided trace started from, and any other is."""
    from strace_core.trace.growth import grow_best_first

    return Trace(trace.layout, grow_best_first(trace.layout, scores))


BASELINES: dict[str, Callable[[Trace, EdgeScores, int], Trace]] = {
    "random": random,
    "backbone": backbone,
    "complement": complement,
    BEST_FIRST: best_first,
}
"""Baselines by name: (trace, scores of its edges, seed) -> another order of its edges."""


def n_kept(name: str, trace: Trace, sizes: Sizes) -> Sizes:
    """How many edges of a baseline's order stand beside each size of the trace.

    As many; but the complement of a subgraph is all residual edges and what the subgraph lacks of the others.
    """
    if name != "complement":
        return sizes
    of_sublayer = _is_of_sublayer(trace.layout)[trace.order]
    taken = np.concatenate([[0], np.cumsum(of_sublayer)])[sizes]
    return trace.layout.n_edges - taken


def _is_of_sublayer(layout: EdgeLayout) -> np.ndarray:
    """Which edges are of attention or an MLP, by edge id."""
    return (layout.kind == ATTENTION) | (layout.kind == MLP)
