"""SoftMask: a factor from 0 to 1 on every edge of one block in each of several subgraphs, through which one derives."""

from dataclasses import dataclass
from functools import cached_property

from jaxtyping import Float, Int
from torch import Tensor

from strace_core.kinds import ByKind
from strace_core.model.masks.protocol import AttendingNodes, TokenEdges, TokenFactor


@dataclass(frozen=True, eq=False)
class SoftMask:
    """The factors of the edges by target (attention: by head, target and source), 0 where there is no edge.

    An edge is kept where its factor is above 0. The factor is on the pattern after the softmax, on the skip, or on what
    the MLP adds, after a norm after it. Attention's output bias, which is of the node, has the largest factor of the
    attention edges into the node; where several have it, they share its derivative.
    """

    factors: ByKind[Float[Tensor, "batch ..."]]

    @property
    def residual_attn(self) -> TokenEdges:
        """Skips of attention."""
        return _edges(self.factors.residual_attn)

    @cached_property
    def attends(self) -> AttendingNodes:
        """Targets with at least one kept attention edge."""
        largest = self.factors.attention.amax(dim=(1, 3))
        return AttendingNodes(largest > 0, largest)

    @property
    def residual_mlp(self) -> TokenEdges:
        """Skips of the MLP."""
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
        """Factors on the pattern, heads by the key/value head they share; of all or some subgraphs and targets."""
        factor = self.factors.attention
        if subgraphs is not None and len(subgraphs) < len(factor):
            factor = factor.index_select(0, subgraphs)
        if targets is not None and len(targets) < factor.shape[2]:
            factor = factor.index_select(2, targets)
        return factor.view(len(factor), n_kv_heads, -1, *factor.shape[2:]).transpose(0, 1)


def _edges(factor: TokenFactor) -> TokenEdges:
    return TokenEdges(factor > 0, factor)
