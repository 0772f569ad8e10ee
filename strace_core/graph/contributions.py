"""Activations -> how large the vector is that each edge adds to its node.

An attention edge adds pattern[h, t, s] * W_O[h] values[h, s]: a scalar times a vector that does not depend on the
target. So its norm is the pattern times a table of H x T norms, and no [T, T, H, d_model] tensor is ever made.
Every vector entering the output's depth passes through the linearised final norm first.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from strace_core.errors import NumericalError
from strace_core.graph.layout import NO_EDGE, EdgeLayout
from strace_core.model.adapters import attention_output_weight
from strace_core.model.capture import Activations, BlockActivations
from strace_core.model.loading import LoadedModel
from strace_core.model.norms import LinearNorm, linearise
from strace_core.shapes import EdgeScores, HeadNorms, OutputWeight, TokenNorms, Values


@dataclass(frozen=True, eq=False)
class BlockNorms:
    """Norms of what the edges of one block add: attention edges by (head, target, source), the others by target."""

    residual_attn: TokenNorms
    attention: Float[Tensor, "head target source"]
    residual_mlp: TokenNorms
    mlp: TokenNorms


@torch.no_grad()
def edge_norms(model: LoadedModel, activations: Activations, layout: EdgeLayout, order: int) -> EdgeScores:
    """The ``order``-norm (1 or 2) of every edge's vector, indexed by edge id, float32.

    Raises NumericalError naming the first block with a norm that is not finite.
    """
    norms = np.empty(layout.n_edges, dtype=np.float32)
    last = layout.n_layers - 1
    for layer, (states, parts) in enumerate(zip(activations.blocks, model.blocks, strict=True)):
        final_norm = linearise(model.final_norm, like=states.resid_post) if layer == last else None
        weight = attention_output_weight(parts.attention_output, model.spec.n_heads)
        _scatter(norms, layout, layer, _block_norms(states, weight, order, final_norm))
    if not np.isfinite(norms).all():
        layer = layout.layer[np.flatnonzero(~np.isfinite(norms))[0]]
        raise NumericalError(f"block {layer} of {model.spec.name!r} adds a vector whose norm is not finite")
    return norms


def _block_norms(
    states: BlockActivations, weight: OutputWeight, order: int, final_norm: LinearNorm | None
) -> BlockNorms:
    """``final_norm`` is given for the block whose MLP stage enters the output's depth."""
    into_output = (lambda vectors: vectors) if final_norm is None else final_norm
    return BlockNorms(
        residual_attn=_norm(states.resid_pre.float(), order),
        attention=states.pattern.float() * _head_norms(states.values.float(), weight, order)[:, None, :],
        residual_mlp=_norm(into_output(states.resid_mid.float()), order),
        mlp=_norm(into_output(states.mlp_out.float()), order),
    )


def _head_norms(values: Values, weight: OutputWeight, order: int) -> HeadNorms:
    """|W_O[h] values[h, s]| for every head and source, one head at a time to bound memory."""
    return torch.stack([_norm(value @ projection, order) for value, projection in zip(values, weight, strict=True)])


def _norm(vectors: Float[Tensor, "*batch d_model"], order: int) -> Float[Tensor, "*batch"]:
    return torch.linalg.vector_norm(vectors, ord=order, dim=-1)


def _scatter(flat: EdgeScores, layout: EdgeLayout, layer: int, norms: BlockNorms) -> None:
    """Write one block's norms to their edge ids."""
    block = layout.block(layer)
    for ids, values in (
        (block.residual, norms.residual_attn),
        (block.attention, norms.attention),
        (block.residual_mlp, norms.residual_mlp),
        (block.mlp, norms.mlp),
    ):
        is_edge = ids != NO_EDGE
        flat[ids[is_edge]] = values.cpu().numpy()[is_edge]
