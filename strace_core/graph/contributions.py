"""Activations -> the vectors that edges add to their nodes, and a number for each of them.

An attention edge adds pattern[h, t, s] * W_O[h] values[h, s]: a scalar times a vector that does not depend on the
target. So H x T projected vectors a block are enough, and no [T, T, H, d_model] tensor is ever made. A norm after
attention is linearised at the actual activation: gains and centring go to the projected vectors, its scale at the
target to the scalar. Every vector entering the output's depth passes through the linearised final norm.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from strace_core.errors import NumericalError
from strace_core.graph.layout import NO_EDGE, EdgeLayout
from strace_core.model.adapters import BlockParts, attention_output_weight
from strace_core.model.capture import Activations, BlockActivations
from strace_core.model.loaded import LoadedModel
from strace_core.model.norms import linearise, linearise_at
from strace_core.model.tensors import HeadVectors, OutputWeight, Resid, TargetScale, Values
from strace_core.progress import BeforeBlock, go_on
from strace_core.shapes import EdgeScores

Linear = Callable[[Float[Tensor, "*batch d_model"]], Float[Tensor, "*batch d_model"]]
OfVectors = Callable[[Float[Tensor, "target d_model"], Float[Tensor, "target d_model"]], Float[Tensor, "target"]]
"""(what one edge a target adds, the node's own vectors) -> a number an edge."""
OfHead = Callable[
    [Float[Tensor, "target source"], HeadVectors, Float[Tensor, "target d_model"]], Float[Tensor, "target source"]
]
"""(scalars, vectors by source, the node's own vectors) -> a number for each edge of one head."""


@dataclass(frozen=True)
class Measure:
    """A number for every edge, at least 0: of the edges that are alone of their kind at a target, and of a head's."""

    of_vectors: OfVectors
    of_head: OfHead


@dataclass(frozen=True, eq=False)
class BlockVectors:
    """What the edges of one block add, in float32, by target; the last block has the last target only.

    ``scalars`` times the vectors of ``heads`` are what attention adds. ``attn_node`` and ``mlp_node`` are the states
    that the edges sum to, together with the output projection's bias; in a parallel block they are the same.
    """

    residual_attn: Float[Tensor, "target d_model"]
    scalars: Float[Tensor, "head target source"]
    values: Values
    weight: OutputWeight
    head_map: Linear
    attn_node: Float[Tensor, "target d_model"]
    residual_mlp: Float[Tensor, "target d_model"]
    mlp: Float[Tensor, "target d_model"]
    mlp_node: Float[Tensor, "target d_model"]

    def heads(self) -> Iterator[tuple[Float[Tensor, "target source"], HeadVectors]]:
        """Scalars and vectors of every head, one at a time to bound memory."""
        for scalars, values, weight in zip(self.scalars, self.values, self.weight, strict=True):
            yield scalars, self.head_map(values.float() @ weight)


@torch.no_grad()
def measure_edges(
    model: LoadedModel,
    activations: Activations,
    layout: EdgeLayout,
    measure: Measure,
    before_block: BeforeBlock = go_on,
) -> EdgeScores:
    """The measure of every edge, indexed by edge id, float32. An exception of ``before_block`` stops the work.

    Raises NumericalError naming the first block with a value that is not finite.
    """
    measured = np.empty(layout.n_edges, dtype=np.float32)
    for layer in range(layout.n_layers):
        before_block()
        vectors = block_vectors(model, activations, layer)
        block, targets = layout.block(layer), _targets(layout, layer)
        attention = torch.stack([measure.of_head(*head, vectors.attn_node) for head in vectors.heads()])
        for ids, values in (
            (block.residual_attn[targets], measure.of_vectors(vectors.residual_attn, vectors.attn_node)),
            (block.attention[:, targets], attention),
            (block.residual_mlp[targets], measure.of_vectors(vectors.residual_mlp, vectors.mlp_node)),
            (block.mlp[targets], measure.of_vectors(vectors.mlp, vectors.mlp_node)),
        ):
            if not torch.isfinite(values).all():
                raise NumericalError(f"block {layer} of {model.spec.name!r} adds a vector that is not finite")
            _scatter(measured, ids, values)
    return measured


def block_vectors(model: LoadedModel, activations: Activations, layer: int) -> BlockVectors:
    """What the edges of block ``layer`` add."""
    states, parts = activations.blocks[layer], model.blocks[layer]
    is_last, parallel = layer == model.spec.n_layers - 1, model.spec.parallel
    targets = slice(-1, None) if is_last else slice(None)
    final = linearise(model.final_norm, like=states.resid_post) if is_last else _identity
    into_attn_node: Linear = final if parallel else _identity
    after_attention, scale = post_norm(states, parts)

    def at_targets(state: Resid, through: Linear) -> Float[Tensor, "target d_model"]:
        return through(state[targets].float())

    attn_node = states.resid_post if parallel else states.resid_mid
    return BlockVectors(
        residual_attn=at_targets(states.resid_pre, into_attn_node),
        scalars=(states.pattern.float() * scale[:, None])[:, targets],
        values=states.values,
        weight=attention_output_weight(parts.attention_output, model.spec.n_heads),
        head_map=lambda vectors: into_attn_node(after_attention(vectors)),
        attn_node=at_targets(attn_node, into_attn_node),
        residual_mlp=at_targets(states.resid_mid, final),
        mlp=at_targets(states.mlp_out, final),
        mlp_node=at_targets(states.resid_post, final),
    )


def post_norm(states: BlockActivations, parts: BlockParts) -> tuple[Linear, TargetScale]:
    """The norm after attention as a linear map, and the factor at each target that turns it into what is added.

    norm(x) = gain * center(x) / scale(x) + bias. The map is gain * center; the factor is 1 / scale times the residual
    multiplier.
    """
    norm = parts.post_attention_norm
    if isinstance(norm, nn.Identity):
        return _identity, torch.full_like(states.resid_pre[:, 0], parts.residual_multiplier, dtype=torch.float32)
    linear, factor = linearise_at(norm, states.attn_raw)
    return linear, factor * parts.residual_multiplier


def _identity(vectors: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
    return vectors


def _targets(layout: EdgeLayout, layer: int) -> slice:
    """The targets that edges of a block enter: in the last block the last position."""
    return slice(-1, None) if layer == layout.n_layers - 1 else slice(None)


def _scatter(flat: EdgeScores, ids: Int[np.ndarray, "*place"], values: Float[Tensor, "*place"]) -> None:
    """Write values to their edge ids."""
    is_edge = ids != NO_EDGE
    flat[ids[is_edge]] = values.cpu().numpy()[is_edge]
