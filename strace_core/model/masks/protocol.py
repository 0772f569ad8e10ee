"""EdgeMask: the interface of masks, and how a mask acts on each kind of contribution.

A hard mask (:class:`~strace_core.model.masks.hard.BlockMask`) keeps an edge or drops it; a soft mask
(:class:`~strace_core.model.masks.soft.SoftMask`) multiplies its contribution by a factor. Both know which edges are
kept, so both compute only the rows that a kept edge needs. A hard mask leaves kept contributions untouched.
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
    """Edges of a kind that each node has at most one of: residual or MLP edges, by token.

    Attributes:
        kept: Which edges are kept.
        factor: Factor on each contribution, 0 where the edge is dropped; None means 1 for every kept edge.
    """

    kept: TokenMask
    factor: TokenFactor | None = None

    def on_rows(self, rows: SomeRows, where: TokenMask) -> SomeRows:
        """Multiply packed rows by the factors of the edges at ``where``, ordered by subgraph.

        Extra rows at the front, such as the zero row, stay as they are.
        """
        if self.factor is None:
            return rows
        factor = self.factor[where]
        # the factors, padded in front to [row], times [..., row, d_model]
        return rows * functional.pad(factor, (rows.shape[-2] - len(factor), 0), value=1.0)[:, None]

    def on_states(self, states: BatchedResid) -> BatchedResid:
        """Multiply the contributions at every token by their factors; those of dropped edges become zero."""
        return states * (self.kept if self.factor is None else self.factor)[..., None]  # [batch, token, d_model]


@dataclass(frozen=True, eq=False)
class AttendingNodes:
    """The nodes with at least one kept attention edge. The bias of attention's output belongs to the node.

    Attributes:
        kept: Whether a node has a kept attention edge.
        factor: Factor on the node's bias, 0 where no edge is kept; None means 1 at every kept node.
    """

    kept: TokenMask
    factor: TokenFactor | None = None

    def on_rows(self, attn_raw: SomeRows, projection: nn.Module) -> SomeRows:
        """Return attention's output at the kept nodes, as packed rows, with its bias weighted."""
        bias = _bias(projection)
        if self.factor is None or bias is None:
            return attn_raw
        return attn_raw + (self.factor[self.kept] - 1)[:, None] * bias  # [..., row, d_model]

    def on_states(self, attn_raw: BatchedResid, projection: nn.Module) -> BatchedResid:
        """Return attention's output at every node with its bias weighted; zero where no edge is kept."""
        bias = _bias(projection)
        kept = attn_raw * self.kept[..., None]  # [batch, token, d_model]
        if self.factor is None or bias is None:
            return kept
        return kept + (self.factor - self.kept.to(self.factor))[..., None] * bias  # [batch, token, d_model]


class EdgeMask(Protocol):
    """The edges of one block in several subgraphs. In a parallel block ``residual_attn`` is the only residual edge."""

    @property
    def residual_attn(self) -> TokenEdges:
        """Residual edges around attention."""

    @property
    def attends(self) -> AttendingNodes:
        """Nodes that attention edges enter."""

    @property
    def residual_mlp(self) -> TokenEdges:
        """Residual edges around the MLP."""

    @property
    def mlp(self) -> TokenEdges:
        """MLP edges."""

    def attention(
        self,
        n_kv_heads: int,
        subgraphs: Int[Tensor, "some"] | None = None,
        targets: Int[Tensor, "needed"] | None = None,
    ) -> PatternMask:
        """Return what to multiply the pattern by, with heads grouped by key/value head.

        Args:
            n_kv_heads: Number of key/value heads.
            subgraphs: Subgraphs to return; None for all.
            targets: Targets to return; None for all.
        """


def _bias(projection: nn.Module) -> Float[Tensor, "d_model"] | None:
    bias: Tensor | None = getattr(projection, "bias", None)
    return bias
