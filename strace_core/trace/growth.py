"""The best-first growth: from the output node backward, always the heaviest edge on the frontier.

The order in which edges are taken *is* the trace. When a node is reached all its in-edges join the frontier; since
they are sorted beforehand, the heap needs one entry per reached node: its heaviest in-edge not yet taken. Ties go to
the node reached first, and within a node to the lower edge id (residual, then head and source ascending, then MLP).
"""

import heapq

import numba
import numpy as np

from strace_core.graph.layout import EdgeLayout
from strace_core.shapes import EdgeOrder, EdgeScores


def grow_best_first(layout: EdgeLayout, scores: EdgeScores) -> EdgeOrder:
    """All reachable edges in the order best-first growth takes them; the first n are the subgraph of size n.

    ``scores`` are finite, indexed by edge id and compared in float32. Source: section 3 of docs/method.md.
    """
    assert scores.shape == (layout.n_edges,), f"expected {layout.n_edges} scores, got {scores.shape}"
    assert np.isfinite(scores).all(), "growth needs finite scores"
    order: EdgeOrder = _grow(
        scores.astype(np.float32, copy=False),
        layout.in_edge_start,
        layout.source_node,
        np.int64(layout.output_node),
    )
    return order


@numba.njit(
    "int32[::1](float32[::1], int64[::1], int32[::1], int64)",
    cache=True,
)
def _grow(scores, in_edge_start, source_node, output_node):  # type: ignore[no-untyped-def]
    n_edges, n_nodes = source_node.size, in_edge_start.size - 1
    by_weight = np.empty(n_edges, np.int32)
    for node in range(n_nodes):
        start, stop = in_edge_start[node], in_edge_start[node + 1]
        by_weight[start:stop] = start + np.argsort(-scores[start:stop], kind="mergesort")

    order = np.empty(n_edges, np.int32)
    n_taken, n_reached = 0, 1
    reached = np.zeros(n_nodes, np.bool_)
    reached[output_node] = True
    cursor = in_edge_start[:-1].copy()
    frontier = [(-scores[by_weight[cursor[output_node]]], 0, output_node)]
    while len(frontier) > 0:
        _, discovered, node = heapq.heappop(frontier)
        edge = by_weight[cursor[node]]
        order[n_taken] = edge
        n_taken += 1
        cursor[node] += 1
        if cursor[node] < in_edge_start[node + 1]:
            heapq.heappush(frontier, (-scores[by_weight[cursor[node]]], discovered, node))
        source = np.int64(source_node[edge])
        if not reached[source]:
            reached[source] = True
            if in_edge_start[source] < in_edge_start[source + 1]:
                heapq.heappush(frontier, (-scores[by_weight[cursor[source]]], n_reached, source))
            n_reached += 1
    return order
