"""Activations -> the vector that each edge contributes to its node, and a measure of it.

An attention edge contributes pattern[h, t, s] * W_O[h] values[h, s]: a scalar times a vector that is independent of the
target. So H x T projected vectors per block suffice, and no [T, T, H, d_model] tensor is ever made. A post-attention
norm is linearised at the actual activation: its gain and centring act on the projected vectors, its scale at the target
on the scalar. Vectors that enter the last depth pass through the linearised final norm.
Source: section 2 of docs/method.md.
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
from strace_core.progress import BeforeBlock, no_op
from strace_core.shapes import EdgeScores

Linear = Callable[[Float[Tensor, "*batch d_model"]], Float[Tensor, "*batch d_model"]]
OfVectors = Callable[[Float[Tensor, "target d_model"], Float[Tensor, "target d_model"]], Float[Tensor, "target"]]
"""(contribution of one edge per target, states of the nodes) -> one number per edge."""
OfHead = Callable[
    [Float[Tensor, "target source"], HeadVectors, Float[Tensor, "target d_model"]], Float[Tensor, "target source"]
]
"""(scalars, vectors by source, states of the nodes) -> one number for each edge of one head."""


@dataclass(frozen=True)
class Measure:
    """A non-negative number for every edge.

    Attributes:
        of_vectors: Measures residual and MLP edges, of which each target has one.
        of_head: Measures the attention edges of one head.
    """

    of_vectors: OfVectors
    of_head: OfHead


@dataclass(frozen=True, eq=False)
class BlockVectors:
    """The contributions of one block's edges, float32, by target. In the last block the only target is the last token.

    Attributes:
        residual_attn: Contributions of the residual edges around attention.
        scalars: Scalar factors of the attention edges.
        values: Values by head and source.
        weight: W_O by head.
        head_map: Linear map after W_O: the post-attention norm, and the final norm where it applies.
        attn_node: State of the node that attention writes to. It is the sum of its in-edges and the output bias.
        residual_mlp: Contributions of the residual edges around the MLP.
        mlp: Contributions of the MLP edges.
        mlp_node: State of the node that the MLP writes to; in a parallel block the same as ``attn_node``.
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
        """Yield the scalars and vectors of every head, one head at a time to bound memory.

        Yields:
            Scalars [target, source] and vectors [source, d_model]; their product is what each edge contributes.
        """
        for scalars, values, weight in zip(self.scalars, self.values, self.weight, strict=True):
            yield scalars, self.head_map(values.float() @ weight)  # [source, d_head] @ [d_head, d_model]


@torch.no_grad()
def measure_edges(
    model: LoadedModel,
    activations: Activations,
    layout: EdgeLayout,
    measure: Measure,
    before_block: BeforeBlock = no_op,
) -> EdgeScores:
    """Measure the contribution of every edge.

    Args:
        model: The model.
        activations: Its activations on the prompt, up to the traced position.
        layout: The edges.
        measure: What to measure.
        before_block: Called before each block. Raise an exception in it to cancel.

    Returns:
        The measure of every edge, indexed by edge id, float32.

    Raises:
        NumericalError: A contribution is not finite; the message names the block.
    """
    measured = np.empty(layout.n_edges, dtype=np.float32)
    for layer in range(layout.n_layers):
        before_block()
        vectors = block_vectors(model, activations, layer)
        block, targets = layout.block(layer), _targets(layout, layer)
        # [head, target, source]
        attention = torch.stack([measure.of_head(*head, vectors.attn_node) for head in vectors.heads()])
        for ids, values in (
            (block.residual_attn[targets], measure.of_vectors(vectors.residual_attn, vectors.attn_node)),
            (block.attention[:, targets], attention),
            (block.residual_mlp[targets], measure.of_vectors(vectors.residual_mlp, vectors.mlp_node)),
            (block.mlp[targets], measure.of_vectors(vectors.mlp, vectors.mlp_node)),
        ):
            if not torch.isfinite(values).all():
                raise NumericalError(
                    f"block {layer} of {model.spec.name!r} contributes a non-finite vector; "
                    "load the model in float32, or check its weights."
                )
            _scatter(measured, ids, values)
    return measured


def block_vectors(model: LoadedModel, activations: Activations, layer: int) -> BlockVectors:
    """Return the contributions of the edges of block ``layer``."""
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
        scalars=(states.pattern.float() * scale[:, None])[:, targets],  # [head, target, source]
        values=states.values,
        weight=attention_output_weight(parts.attention_output, model.spec.n_heads),
        head_map=lambda vectors: into_attn_node(after_attention(vectors)),
        attn_node=at_targets(attn_node, into_attn_node),
        residual_mlp=at_targets(states.resid_mid, final),
        mlp=at_targets(states.mlp_out, final),
        mlp_node=at_targets(states.resid_post, final),
    )


def post_norm(states: BlockActivations, parts: BlockParts) -> tuple[Linear, TargetScale]:
    """Linearise the post-attention norm, norm(x) = gain * center(x) / scale(x) + bias.

    Returns:
        The linear map gain * center (the identity if there is no such norm), and the factor at each target: 1 / scale
        times the residual multiplier.
    """
    norm = parts.post_attention_norm
    if isinstance(norm, nn.Identity):
        return _identity, torch.full_like(states.resid_pre[:, 0], parts.residual_multiplier, dtype=torch.float32)
    linear, factor = linearise_at(norm, states.attn_raw)
    return linear, factor * parts.residual_multiplier


def _identity(vectors: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
    return vectors


def _targets(layout: EdgeLayout, layer: int) -> slice:
    """The targets of a block's edges: in the last block the last position only."""
    return slice(-1, None) if layer == layout.n_layers - 1 else slice(None)


def _scatter(flat: EdgeScores, ids: Int[np.ndarray, "*place"], values: Float[Tensor, "*place"]) -> None:
    """Write values into the flat array at their edge ids."""
    is_edge = ids != NO_EDGE  # [head, target, source] or [target]
    flat[ids[is_edge]] = values.cpu().numpy()[is_edge]
