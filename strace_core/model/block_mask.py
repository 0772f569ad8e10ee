"""BlockMask: which edges of one block each of several subgraphs keeps, made from ranks when it is asked for."""

from dataclasses import dataclass
from functools import cached_property

from jaxtyping import Bool, Int
from torch import Tensor

from strace_core.model.tensors import TokenMask


@dataclass(frozen=True, eq=False)
class BlockRanks:
    """Rank of every edge of one block in an order of inclusion, by target (attention: by head, target and source).

    A place without an edge has a rank that no size reaches. In a parallel block ``residual_attn`` is the one skip.
    """

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
    def residual_attn(self) -> TokenMask:
        """Kept skips of attention, by target."""
        return self._kept(self.ranks.residual_attn)

    @cached_property
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

    def attention(
        self,
        n_kv_heads: int,
        subgraphs: Int[Tensor, "some"] | None = None,
        targets: Int[Tensor, "needed"] | None = None,
    ) -> Bool[Tensor, "kv_head subgraph group target source"]:
        """Kept attention edges, heads by the key/value head they share; of all or some subgraphs and targets."""
        ranks = self.ranks.attention if targets is None else self.ranks.attention[:, targets]
        sizes = self.sizes if subgraphs is None else self.sizes[subgraphs]
        return ranks.view(n_kv_heads, 1, -1, *ranks.shape[1:]) < sizes[:, None, None, None]

    def _kept(self, ranks: Int[Tensor, "token"]) -> TokenMask:
        return ranks < self.sizes[:, None]
