"""Growing a trace backward from the output node: best-first, or at random.

Best-first growth always takes the highest-scoring edge of the frontier. The order in which edges are taken *is* the
trace. When a node is reached, all its in-edges join the frontier. They are sorted beforehand, so the heap needs only
one entry per reached node: its best in-edge not yet taken. Ties go to the node reached first, and within a node to the
lower edge id (residual, then head and source ascending, then MLP). Source: section 3 of docs/method.md.
"""

import heapq
from itertools import pairwise
from typing import Final

import numba
import numpy as np
from jaxtyping import Float64, UInt64

from strace_core.graph.layout import EdgeLayout
from strace_core.progress import BeforeBlock, no_op
from strace_core.shapes import EdgeOrder, EdgeScores

STRETCH = 2**18
"""Edges taken between two opportunities to cancel."""

LOW: Final = np.uint64(0xFFFFFFFF)
HIGH: Final = np.uint64(0xFFFFFFFF00000000)


def grow_best_first(layout: EdgeLayout, scores: EdgeScores, *, before_stretch: BeforeBlock = no_op) -> EdgeOrder:
    """Order all reachable edges by best-first growth.

    Args:
        layout: The edges.
        scores: A finite score for every edge, by edge id; compared in float32.
        before_stretch: Called before every ``STRETCH`` edges, and twice before growth starts. Raise an exception in it
            to cancel.

    Returns:
        Edge ids in the order they are taken; the first n are the subgraph of size n.
    """
    assert scores.shape == (layout.n_edges,), f"expected {layout.n_edges} scores, got {scores.shape}"
    assert np.isfinite(scores).all(), "growth needs finite scores"
    keys = _keys_by_weight(scores)
    before_stretch()
    for start, stop in pairwise(layout.in_edge_start.tolist()):
        keys[start:stop].sort()
    before_stretch()
    source_node = layout.source_node
    order = np.empty(layout.n_edges, np.int32)
    cursor = layout.in_edge_start[:-1].copy()
    reached = np.full(layout.n_nodes, -1, np.int64)  # nodes, in the order they were reached
    reached[0] = layout.output_node
    is_reached = np.arange(layout.n_nodes) == layout.output_node
    # A heap entry has the score half of a node's next key in its high bits, and the node's index in ``reached`` below.
    frontier = keys[cursor[reached[:1]]] & HIGH
    for start in range(0, layout.n_edges, STRETCH):
        before_stretch()
        stretch = order[start : start + STRETCH]
        frontier = _grow(stretch, frontier, cursor, reached, is_reached, keys, layout.in_edge_start, source_node)
    return order


def grow_at_random(layout: EdgeLayout, draws: Float64[np.ndarray, "edge"]) -> EdgeOrder:
    """Order all reachable edges by growth that takes a uniformly random edge of the frontier at each step.

    Args:
        layout: The edges.
        draws: A number in [0, 1) for each step, which selects the edge.
    """
    order: EdgeOrder = _grow_at_random(
        draws, layout.in_edge_start, layout.source_node, np.int64(layout.output_node)
    )  # fmt: skip
    return order


def _keys_by_weight(scores: EdgeScores) -> UInt64[np.ndarray, "edge"]:
    """One sort key per edge: smaller for higher scores, and among equal scores for lower ids.

    The bits of a float sort like an integer, once those of negative numbers are flipped. The id fills the low bits.
    """
    bits = (scores.astype(np.float32, copy=False) + np.float32(0)).view(np.uint32)  # + 0 turns -0 into 0
    bits ^= np.where(bits >> 31, np.uint32(0), np.uint32(0x7FFFFFFF))
    keys = bits.astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= np.arange(len(keys), dtype=np.uint32)
    return keys


@numba.njit(
    "uint64[::1](int32[::1], uint64[::1], int64[::1], int64[::1], bool_[::1], uint64[::1], int64[::1], int32[::1])",
    cache=True,
    nogil=True,
)
def _grow(order, heap, cursor, reached, is_reached, keys, in_edge_start, source_node):  # type: ignore[no-untyped-def]
    """Fill ``order`` with the next edges and return the heap. The other state is updated in place."""
    n_reached = is_reached.sum()
    frontier = list(heap)
    for step in range(order.size):
        place = frontier[0] & LOW
        node = reached[np.int64(place)]
        edge = np.int64(keys[cursor[node]] & LOW)
        order[step] = edge
        cursor[node] += 1
        if cursor[node] < in_edge_start[node + 1]:
            heapq.heapreplace(frontier, (keys[cursor[node]] & HIGH) | place)
        else:
            heapq.heappop(frontier)
        source = np.int64(source_node[edge])
        if not is_reached[source]:
            is_reached[source] = True
            if in_edge_start[source] < in_edge_start[source + 1]:
                reached[n_reached] = source
                heapq.heappush(frontier, (keys[cursor[source]] & HIGH) | np.uint64(n_reached))
            n_reached += 1
    return np.array(frontier)


@numba.njit("int32[::1](float64[::1], int64[::1], int32[::1], int64)", cache=True, nogil=True)
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
