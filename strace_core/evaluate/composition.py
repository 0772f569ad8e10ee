"""What a subgraph is made of: edges by kind, and components with at least one kept edge."""

import numpy as np
from jaxtyping import Int

from strace_core.graph.layout import ATTENTION, KINDS, MLP
from strace_core.shapes import Sizes
from strace_core.trace.trace import Trace


def edges_by_kind(trace: Trace, sizes: Sizes) -> dict[str, Int[np.ndarray, "size"]]:
    """Kept edges of each kind the graph has, by name of the kind, at each size."""
    kinds_in_order = trace.layout.kind[trace.order]
    return {
        KINDS[kind]: np.concatenate([[0], np.cumsum(kinds_in_order == kind)])[sizes]
        for kind in np.unique(trace.layout.kind)
    }


def active_heads(trace: Trace, sizes: Sizes) -> Int[np.ndarray, "size"]:
    """Heads, counted once per block whatever the position, with at least one kept edge."""
    head_of_edge = trace.layout.layer.astype(np.int64) * trace.layout.n_heads + trace.layout.head
    return _distinct_up_to(trace, trace.layout.kind == ATTENTION, head_of_edge, sizes)


def active_mlps(trace: Trace, sizes: Sizes) -> Int[np.ndarray, "size"]:
    """Blocks whose MLP has at least one kept edge."""
    return _distinct_up_to(trace, trace.layout.kind == MLP, trace.layout.layer.astype(np.int64), sizes)


def _distinct_up_to(
    trace: Trace,
    counted: np.ndarray,
    component: Int[np.ndarray, "edge"],
    sizes: Sizes,
) -> Int[np.ndarray, "size"]:
    """Number of distinct components among the counted edges of each subgraph."""
    first_rank = np.full(int(component.max()) + 1, trace.layout.n_edges)
    np.minimum.at(first_rank, component[counted], trace.rank[counted])
    return np.searchsorted(np.sort(first_rank), sizes, side="left")
