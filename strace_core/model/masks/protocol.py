"""EdgeMask: what a block asks of a mask, and what a mask does to what is added to a node, one place a kind of edge.

A hard mask (:class:`~strace_core.model.masks.hard.BlockMask`) keeps an edge or not, a soft one
(:class:`~strace_core.model.masks.soft.SoftMask`) has a factor for each. Both say which edges are kept, so both run on
the same few rows; where a hard mask keeps an edge, nothing is multiplied.
"""

from dataclasses import dataclass
from typing import Protocol

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from strace_core.model.tensors import BatchedResid, TokenMask

TokenFactor = Float[Tensor, "batch token"]
SomeRows = Float[Tensor, "*one row d_model"]
PatternMask = (
    Bool[Tensor, "kv_head subgraph group target source"] | Float[Tensor, "kv_head subgraph group target source"]
)


@dataclass(frozen=True, eq=False)
class TokenEdges:
    """Edges of which a node has one, by token: those that are ``kept``, and the ``factor`` on what each adds.

    The factor is 0 at the edges that are not kept; None stands for 1 at those that are.
    """

    kept: TokenMask
    factor: TokenFactor | None = None

    def on_rows(self, rows: SomeRows, where: TokenMask) -> SomeRows:
        """What the edges ``where`` add, subgraph by subgraph, times their factor; a row before them stays."""
        if self.factor is None:
            return rows
        factor = self.factor[where]
        return rows * functional.pad(factor, (rows.shape[-2] - len(factor), 0), value=1.0)[:, None]

    def on_states(self, states: BatchedResid) -> BatchedResid:
        """What the edges of every token add, times their factor, and zero where they are not kept."""
        return states * (self.kept if self.factor is None else self.factor)[..., None]


@dataclass(frozen=True, eq=False)
class AttendingNodes:
    """The nodes into which at least one attention edge is ``kept``, and the ``factor`` on the output bias of each.

    The bias is of the node and not of any edge. The factor is 0 elsewhere; None stands for 1 at those nodes.
    """

    kept: TokenMask
    factor: TokenFactor | None = None

    def on_rows(self, attn_raw: SomeRows, projection: nn.Module) -> SomeRows:
        """Attention's output at the kept nodes, its bias weighted."""
        bias = _bias(projection)
        if self.factor is None or bias is None:
            return attn_raw
        return attn_raw + (self.factor[self.kept] - 1)[:, None] * bias

    def on_states(self, attn_raw: BatchedResid, projection: nn.Module) -> BatchedResid:
        """Attention's output at every node, its bias weighted, and zero where no edge is kept."""
        bias = _bias(projection)
        kept = attn_raw * self.kept[..., None]
        if self.factor is None or bias is None:
            return kept
        return kept + (self.factor - self.kept.to(self.factor))[..., None] * bias


class EdgeMask(Protocol):
    """The edges of one block in each of several subgraphs. In a parallel block ``residual_attn`` is the one skip."""

    @property
    def residual_attn(self) -> TokenEdges:
        """Skips of attention."""

    @property
    def attends(self) -> AttendingNodes:
        """Targets of attention edges."""

    @property
    def residual_mlp(self) -> TokenEdges:
        """Skips of the MLP."""

    @property
    def mlp(self) -> TokenEdges:
        """MLP edges, on what the MLP adds."""

    def attention(
        self,
        n_kv_heads: int,
        subgraphs: Int[Tensor, "some"] | None = None,
        targets: Int[Tensor, "needed"] | None = None,
    ) -> PatternMask:
        """What the pattern is multiplied by, heads by the key/value head they share; of some subgraphs and targets."""


def _bias(projection: nn.Module) -> Float[Tensor, "d_model"] | None:
    bias: Tensor | None = getattr(projection, "bias", None)
    return bias
