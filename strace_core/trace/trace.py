"""Trace: one order of the edges. Every subgraph is a prefix of it, so subgraphs are nested and of exact size."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int

from strace_core.graph.layout import BlockEdges, EdgeLayout
from strace_core.kinds import ATTENTION, KINDS
from strace_core.shapes import EdgeColumn, EdgeOrder

BEST_FIRST = "best-first"
"""Name of the paper's order: as a search, as a stretch of an order, and as a baseline."""


@dataclass(frozen=True)
class Stretch:
    """A contiguous part of an order, and the search that produced it.

    Attributes:
        n_edges: Where it ends: the size of the subgraph that includes it. It starts where the one before it ends.
        search: The search that put these edges where they are.
    """

    n_edges: int
    search: str


@dataclass(frozen=True, eq=False)
class Trace:
    """All reachable edges in order of inclusion; the subgraph of size n is ``order[:n]``.

    Attributes:
        layout: The edges.
        order: Edge ids, in order of inclusion.
    """

    layout: EdgeLayout
    order: EdgeOrder

    @cached_property
    def rank(self) -> EdgeColumn:
        """Rank of every edge in the order, 0-based, int32, by edge id: size n keeps edge e if rank[e] < n."""
        rank = np.empty(self.layout.n_edges, dtype=np.int32)
        rank[self.order] = np.arange(self.layout.n_edges, dtype=np.int32)
        return rank

    def mask(self, n_edges: int) -> Bool[np.ndarray, "edge"]:
        """Return which edges the subgraph of size ``n_edges`` keeps, by edge id."""
        return self.rank < n_edges

    @cached_property
    def connected(self) -> int:
        """The smallest size with a path from the input to the output."""
        return int(self.rank[: self.layout.n_input_edges].min()) + 1

    @cached_property
    def backbone(self) -> int:
        """The smallest size that includes every residual and MLP edge."""
        return int(max(ranks.max() for ranks in self.ranks_by_kind.values())) + 1

    @cached_property
    def ranks_by_kind(self) -> dict[str, EdgeColumn]:
        """Ranks of the edges of every kind except attention, ascending, by name of the kind."""
        kind = self.layout.kind
        return {KINDS[code]: np.sort(self.rank[kind == code]) for code in np.unique(kind) if code != ATTENTION}

    @cached_property
    def head_entries(self) -> Int[np.ndarray, "layer head"]:
        """Rank of the first edge of every head, at any position."""
        # each block: [head, target, source] -> [head]
        return np.stack([ranks.attention.min(axis=(1, 2)) for ranks in self._ranks_by_block()])

    @cached_property
    def mlp_entries(self) -> Int[np.ndarray, "layer"]:
        """Rank of the first edge of every block's MLP, at any position."""
        return np.array([ranks.mlp.min() for ranks in self._ranks_by_block()])

    def _ranks_by_block(self) -> Iterator[BlockEdges]:
        layout = self.layout
        return (layout.by_place(self.rank, layer, absent=layout.n_edges) for layer in range(layout.n_layers))
