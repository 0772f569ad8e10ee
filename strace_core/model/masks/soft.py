"""Soft masks: a differentiable factor from 0 to 1 on every edge of one block, in each of several subgraphs."""

from dataclasses import dataclass
from functools import cached_property

from jaxtyping import Float, Int
from torch import Tensor

from strace_core.kinds import ByKind
from strace_core.model.masks.protocol import AttendingNodes, TokenEdges, TokenFactor


@dataclass(frozen=True, eq=False)
class SoftMask:
    """Factors of a block's edges, by target (attention: by head, target and source); 0 where there is no edge.

    An edge is kept if its factor is above 0. The factor multiplies the pattern after the softmax, the residual
    connection, or the MLP's contribution after any post-norm. Attention's output bias belongs to the node and gets the
    largest factor of the attention edges into it; if several tie, they share its gradient.
    """

    factors: ByKind[Float[Tensor, "batch ..."]]

    @property
    def residual_attn(self) -> TokenEdges:
        """Residual edges around attention."""
        return _edges(self.factors.residual_attn)

    @cached_property
    def attends(self) -> AttendingNodes:
        """Targets with at least one kept attention edge."""
        largest = self.factors.attention.amax(dim=(1, 3))  # [batch, target]
        return AttendingNodes(largest > 0, largest)

    @property
    def residual_mlp(self) -> TokenEdges:
        """Residual edges around the MLP."""
        return _edges(self.factors.residual_mlp)

    @property
    def mlp(self) -> TokenEdges:
        """MLP edges."""
        return _edges(self.factors.mlp)

    def attention(
        self,
        n_kv_heads: int,
        subgraphs: Int[Tensor, "some"] | None = None,
        targets: Int[Tensor, "needed"] | None = None,
    ) -> Float[Tensor, "kv_head subgraph group target source"]:
        """Factors on the pattern, with heads grouped by key/value head.

        Args:
            n_kv_heads: Number of key/value heads.
            subgraphs: Subgraphs to return; None for all.
            targets: Targets to return; None for all.
        """
        factor = self.factors.attention  # [batch, head, target, source]
        if subgraphs is not None and len(subgraphs) < len(factor):
            factor = factor.index_select(0, subgraphs)
        if targets is not None and len(targets) < factor.shape[2]:
            factor = factor.index_select(2, targets)
        # [batch, kv_head, group, target, source] -> [kv_head, batch, group, target, source]
        return factor.view(len(factor), n_kv_heads, -1, *factor.shape[2:]).transpose(0, 1)


def _edges(factor: TokenFactor) -> TokenEdges:
    return TokenEdges(factor > 0, factor)
