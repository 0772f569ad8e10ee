"""Orders of the same edges to compare a trace with: at random, structure first, and everything but the trace.

Source: section 6 of docs/method.md.
"""

from collections.abc import Callable

import numba
import numpy as np

from strace_core.graph.layout import ATTENTION, MLP, EdgeLayout
from strace_core.shapes import EdgeOrder, Sizes
from strace_core.trace.trace import Trace


def random(trace: Trace, seed: int) -> Trace:
    """Growth from the output that takes a uniformly random edge of the frontier each step."""
    layout = trace.layout
    draws = np.random.default_rng(seed).random(layout.n_edges)
    order: EdgeOrder = _grow_at_random(
        draws, layout.in_edge_start, layout.source_node, np.int64(layout.output_node)
    )
    return Trace(layout, order)


def backbone(trace: Trace, seed: int) -> Trace:
    """Residual and MLP edges first, in the trace's order, then attention edges at random."""
    is_attention = trace.layout.kind[trace.order] == ATTENTION
    attention = np.random.default_rng(seed).permutation(trace.order[is_attention])
    return Trace(trace.layout, np.concatenate([trace.order[~is_attention], attention]))


def complement(trace: Trace, seed: int) -> Trace:
    """Residual edges first, then the others from the trace's last to its first; see ``n_kept``."""
    of_sublayer = _is_of_sublayer(trace.layout)[trace.order]
    return Trace(trace.layout, np.concatenate([trace.order[~of_sublayer], trace.order[of_sublayer][::-1]]))


BASELINES: dict[str, Callable[[Trace, int], Trace]] = {
    "random": random,
    "backbone": backbone,
    "complement": complement,
}
"""Baselines by name: (trace, seed) -> another order of its edges."""


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


@numba.njit("int32[::1](float64[::1], int64[::1], int32[::1], int64)", cache=True)
def _grow_at_random(draws, in_edge_start, source_node, output_node):  # type: ignore[no-untyped-def]
    n_edges, n_nodes = source_node.size, in_edge_start.size - 1
    order, frontier = np.empty(n_edges, np.int32), np.empty(n_edges, np.int32)
    reached = np.zeros(n_nodes, np.bool_)
    reached[output_node] = True
    n_frontier = 0
    for edge in range(in_edge_start[output_node], in_edge_start[output_node + 1]):
        frontier[n_frontier] = edge
        n_frontier += 1
    for step in range(n_edges):
        drawn = np.int64(draws[step] * n_frontier)
        edge = frontier[drawn]
        n_frontier -= 1
        frontier[drawn] = frontier[n_frontier]
        order[step] = edge
        source = np.int64(source_node[edge])
        if not reached[source]:
            reached[source] = True
            for following in range(in_edge_start[source], in_edge_start[source + 1]):
                frontier[n_frontier] = following
                n_frontier += 1
    return order
