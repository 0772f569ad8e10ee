"""Trace: one order of the edges. Every subgraph is a prefix of it, so nesting and exact size hold by construction."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool

from strace_core.graph.layout import ATTENTION, EdgeLayout
from strace_core.shapes import EdgeColumn, EdgeOrder


@dataclass(frozen=True, eq=False)
class Trace:
    """All reachable edges of ``layout`` in order of inclusion; the subgraph of size n is ``order[:n]``."""

    layout: EdgeLayout
    order: EdgeOrder

    @cached_property
    def rank(self) -> EdgeColumn:
        """Place of every edge in the order, 0-based, int32, by edge id: edge e is kept at size n if rank[e] < n."""
        rank = np.empty(self.layout.n_edges, dtype=np.int32)
        rank[self.order] = np.arange(self.layout.n_edges, dtype=np.int32)
        return rank

    def mask(self, n_edges: int) -> Bool[np.ndarray, "edge"]:
        """Which edges the subgraph of size ``n_edges`` keeps, by edge id."""
        return self.rank < n_edges

    @cached_property
    def connected(self) -> int:
        """The smallest size at which an edge leaves an embedding: a path runs from the input to the output."""
        return int(self.rank[self.layout.source_depth == 0].min()) + 1

    @cached_property
    def backbone(self) -> int:
        """The smallest size that holds every residual and MLP edge."""
        return int(self.rank[self.layout.kind != ATTENTION].max()) + 1
