"""BlockMask: which edges of one block each of several subgraphs keeps, made from ranks when it is asked for."""

from dataclasses import dataclass

from jaxtyping import Int
from torch import Tensor

from strace_core.shapes import AttentionMask, TokenMask


@dataclass(frozen=True, eq=False)
class BlockRanks:
    """Rank of every edge of one block in an order of inclusion, by target (attention: by head, target and source).

    A place without an edge has a rank that no size reaches. ``resid_pre`` is the rank of the first edge into the state
    that the block reads, -1 at the embedding. In a parallel block ``residual_attn`` is the one skip.
    """

    resid_pre: Int[Tensor, "token"]
    residual_attn: Int[Tensor, "token"]
    attention: Int[Tensor, "head target source"]
    residual_mlp: Int[Tensor, "token"]
    mlp: Int[Tensor, "token"]


@dataclass(frozen=True, eq=False)
class BlockMask:
    """The edges of one block with a rank below ``sizes[b]``, for subgraph b."""

    ranks: BlockRanks
    sizes: Int[Tensor, "batch"]

    @property
    def resid_pre(self) -> TokenMask:
        """Where the state that the block reads has a kept in-edge or is an embedding; it is zero elsewhere."""
        return self._kept(self.ranks.resid_pre)

    @property
    def residual_attn(self) -> TokenMask:
        """Kept skips of attention, by target."""
        return self._kept(self.ranks.residual_attn)

    @property
    def attends(self) -> TokenMask:
        """Targets with at least one kept attention edge."""
        return self._kept(self.ranks.attention.amin(dim=(0, 2)))

    @property
    def residual_mlp(self) -> TokenMask:
        """Kept skips of the MLP, by target."""
        return self._kept(self.ranks.residual_mlp)

    @property
    def mlp(self) -> TokenMask:
        """Kept MLP edges, by target."""
        return self._kept(self.ranks.mlp)

    def attention(self) -> AttentionMask:
        """Kept attention edges."""
        return self.ranks.attention < self.sizes[:, None, None, None]

    def _kept(self, ranks: Int[Tensor, "token"]) -> TokenMask:
        return ranks < self.sizes[:, None]
