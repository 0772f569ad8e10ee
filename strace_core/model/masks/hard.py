"""Hard masks: the edges of one block that each of several subgraphs keeps, computed on demand from the edges' ranks.

A subgraph is a prefix of an order of the edges. Subgraphs may share one order or have different ones.
"""

from dataclasses import dataclass
from functools import cached_property

from jaxtyping import Bool, Int
from torch import Tensor

from strace_core.kinds import ByKind
from strace_core.model.masks.protocol import AttendingNodes, TokenEdges
from strace_core.model.tensors import TokenMask

BlockRanks = ByKind[Int[Tensor, "order ..."]]
"""Rank of every edge of one block in each of several orders.

Attention edges by [order, head, target, source], other kinds by [order, target].

A place without an edge has a rank that no size reaches.
"""


@dataclass(frozen=True, eq=False)
class BlockMask:
    """Keeps, in subgraph b, the edges whose rank in order ``order[b]`` is below ``sizes[b]``.

    Attributes:
        ranks: Ranks of the block's edges in every order.
        sizes: Number of edges of each subgraph.
        order: The order of each subgraph; None if there is only one.
    """

    ranks: BlockRanks
    sizes: Int[Tensor, "batch"]
    order: Int[Tensor, "batch"] | None = None

    @property
    def residual_attn(self) -> TokenEdges:
        """Kept residual edges around attention, by target."""
        return TokenEdges(self._kept(self.ranks.residual_attn))

    @cached_property
    def attends(self) -> AttendingNodes:
        """Targets with at least one kept attention edge."""
        return AttendingNodes(self._kept(self.ranks.attention.amin(dim=(1, 3))))

    @property
    def residual_mlp(self) -> TokenEdges:
        """Kept residual edges around the MLP, by target."""
        return TokenEdges(self._kept(self.ranks.residual_mlp))

    @property
    def mlp(self) -> TokenEdges:
        """Kept MLP edges, by target."""
        return TokenEdges(self._kept(self.ranks.mlp))

    def attention(
        self,
        n_kv_heads: int,
        subgraphs: Int[Tensor, "some"] | None = None,
        targets: Int[Tensor, "needed"] | None = None,
    ) -> Bool[Tensor, "kv_head subgraph group target source"]:
        """Kept attention edges, with heads grouped by key/value head.

        Args:
            n_kv_heads: Number of key/value heads.
            subgraphs: Subgraphs to return; None for all.
            targets: Targets to return; None for all.
        """
        # [order, head, target, source]
        ranks = self.ranks.attention if targets is None else self.ranks.attention[:, :, targets]
        # [order, kv_head, group, target, source] -> [kv_head, order, group, target, source]
        by_kv_head = ranks.view(len(ranks), n_kv_heads, -1, *ranks.shape[2:]).transpose(0, 1)
        sizes, order = self.sizes, self.order
        if subgraphs is not None:
            sizes, order = sizes[subgraphs], None if order is None else order[subgraphs]
        # one order broadcasts over subgraphs; otherwise [kv_head, subgraph, group, target, source]
        of_subgraphs = by_kv_head if order is None else by_kv_head[:, order]
        return of_subgraphs < sizes[:, None, None, None]

    def _kept(self, ranks: Int[Tensor, "order token"]) -> TokenMask:
        return (ranks if self.order is None else ranks[self.order]) < self.sizes[:, None]  # [batch, token]
