"""Soft masks -> losses and their gradients with respect to the factor on each edge.

A mask has a factor from 0 to 1 for every edge; if all are 0 or 1, it is a subgraph. Only the rows that an edge with a
positive factor needs are computed, as in :mod:`strace_core.evaluate.masked_forward`, so sparse masks are cheap forward
and backward. Source: section 4 of docs/method.md.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int
from torch import Tensor, nn

from strace_core.graph.layout import NO_EDGE, EdgeLayout
from strace_core.kinds import ByKind
from strace_core.model.adapters import BlockParts
from strace_core.model.block_forward import run_blocks
from strace_core.model.loaded import LoadedModel
from strace_core.model.masks.soft import SoftMask
from strace_core.model.packing import StateRows
from strace_core.model.row_sparse import run_block_rows
from strace_core.model.tensors import BatchedResid, GivenResid
from strace_core.progress import BeforeBlock, no_op

MAX_STATE_ELEMENTS = 2**24
"""Largest subgraphs x tokens x blocks x d_model of one backward pass.

Autograd keeps the intermediate results of every block: about 25 vectors of width d_model per row (norms, queries, keys,
values, the MLP's hidden layer). A mask may keep every row, so this is about 1.6 GiB in float32.
"""

MAX_PATTERN_ELEMENTS = 2**26
"""Largest number of elements of all attention patterns of one backward pass, over blocks and subgraphs.

Each element needs its factor, the gradient of that, and the pattern before and after the factor; the gradient of the
pattern exists for one block at a time. This is about 1 GiB in float32.
"""

Loss = Callable[[Float32[Tensor, "batch d_vocab"]], Float[Tensor, "batch"]]
"""Next-token logits of subgraphs -> one loss each, which must depend on the logits of that subgraph alone.

It is called once per batch, with gradients enabled and the model's lock held.
"""

BlockPlaces = ByKind[Int[Tensor, "..."]]
"""Edge ids of one block, with the number of edges where there is no edge."""

BlockFactors = ByKind[Float32[Tensor, "batch ..."]]
"""Factors of one block's edges in several subgraphs."""


@dataclass(frozen=True, eq=False)
class MaskGradients:
    """Losses of several subgraphs and their gradients.

    Attributes:
        losses: Loss of each subgraph.
        logits: Next-token logits of each subgraph.
        gradients: d loss / d factor, by edge id; 0 where the factor is 0.
    """

    losses: Float64[np.ndarray, "batch"]
    logits: Float32[np.ndarray, "batch d_vocab"]
    gradients: Float32[np.ndarray, "batch edge"]


def mask_gradients(
    model: LoadedModel,
    token_ids: tuple[int, ...],
    layout: EdgeLayout,
    masks: Float32[np.ndarray, "batch edge"],
    loss: Loss,
    *,
    before_block: BeforeBlock = no_op,
) -> MaskGradients:
    """Compute the loss of several masks of one prompt, and its gradient with respect to their factors.

    A factor multiplies the pattern after the softmax, without renormalising it; the residual connection; or the MLP's
    contribution after any post-norm. Attention's output bias gets the largest factor of the attention edges into its
    node; if several tie, they share its gradient. So a mask of zeros and ones gives the logits of that subgraph. An
    edge with factor 0 is absent: it costs no time, and its gradient is reported as 0.

    Masks run in batches that fit into memory. No weight requires a gradient meanwhile.

    Args:
        model: The model.
        token_ids: The prompt.
        layout: The edges.
        masks: Factors from 0 to 1, by mask and edge id.
        loss: Maps the logits of subgraphs to their losses.
        before_block: Called before each block of each forward pass. Raise an exception in it to cancel.
    """
    assert masks.shape[1] == layout.n_edges and len(token_ids) == layout.n_tokens, "masks of this prompt's edges"
    assert len(masks) and masks.min() >= 0 and masks.max() <= 1, "factors are from 0 to 1"
    step = batch_size(layout, model.spec.d_model)
    places = edge_places(layout, model.device)
    batches = (masks[start : start + step] for start in range(0, len(masks), step))
    found = [_gradients_of_batch(model, token_ids, batch, places, loss, before_block) for batch in batches]
    return MaskGradients(
        np.concatenate([part.losses for part in found]),
        np.concatenate([part.logits for part in found]),
        np.concatenate([part.gradients for part in found]),
    )


def batch_size(layout: EdgeLayout, d_model: int) -> int:
    """Return how many subgraphs share one backward pass, at least 1."""
    states = layout.n_layers * layout.n_tokens * d_model
    patterns = layout.n_layers * layout.n_heads * layout.n_tokens**2
    return max(1, min(MAX_STATE_ELEMENTS // states, MAX_PATTERN_ELEMENTS // patterns))


def soft_masks(factors: Sequence[BlockFactors], dtype: torch.dtype) -> list[SoftMask]:
    """Make the mask of every block, in the dtype of the states it multiplies."""
    return [SoftMask(of_block.map(lambda of_kind: of_kind.to(dtype))) for of_block in factors]


def factors_by_place(masks: Float32[np.ndarray, "batch edge"], places: Sequence[BlockPlaces]) -> list[BlockFactors]:
    """Arrange the factors of every block as its mask needs them. They are the leaves of the autograd graph.

    Gradients end here rather than at the flat masks.
    """
    # one more edge, of factor 0, stands for absent edges: [batch, edge + 1] -> [batch, head, target, source] ...
    of_edges = torch.from_numpy(np.pad(masks, ((0, 0), (0, 1)))).to(places[0].mlp.device)
    return [of_block.map(lambda ids: of_edges[:, ids].requires_grad_()) for of_block in places]


def edge_places(layout: EdgeLayout, device: torch.device) -> list[BlockPlaces]:
    """Return the edge ids of every block, with the number of edges where there is no edge."""

    def placed(ids: Int[np.ndarray, "..."]) -> Int[Tensor, "..."]:
        return torch.from_numpy(np.where(ids == NO_EDGE, layout.n_edges, ids)).to(device)

    return [layout.block(layer).map(placed) for layer in range(layout.n_layers)]


def _gradients_of_batch(
    model: LoadedModel,
    token_ids: tuple[int, ...],
    masks: Float32[np.ndarray, "batch edge"],
    places: Sequence[BlockPlaces],
    loss: Loss,
    before_block: BeforeBlock,
) -> MaskGradients:
    factors = factors_by_place(masks, places)
    with model.lock, _without_weight_gradients(model.module), torch.enable_grad():
        logits = _logits(model, token_ids, soft_masks(factors, model.module.dtype), before_block)
        losses = loss(logits)
        leaves = [of_kind for of_block in factors for of_kind in of_block.values()]
        # no loss depends on another subgraph's factors, so the gradient of the sum is the gradient of each
        of_places = torch.autograd.grad(losses.sum(), leaves, allow_unused=True, materialize_grads=True)
    of_edges = torch.zeros(len(masks), masks.shape[1] + 1, device=model.device)
    for ids, of_kind in zip((ids for of_block in places for ids in of_block.values()), of_places, strict=True):
        # [head, target, source] -> [place]; [batch, head, target, source] -> [batch, place]
        of_edges.index_copy_(1, ids.flatten(), of_kind.flatten(1))
    gradients = np.where(masks > 0, of_edges[:, :-1].cpu().numpy(), np.float32(0))
    return MaskGradients(losses.detach().double().cpu().numpy(), logits.detach().cpu().numpy(), gradients)


def _logits(
    model: LoadedModel, token_ids: tuple[int, ...], masks: Sequence[SoftMask], before_block: BeforeBlock
) -> Float32[Tensor, "batch d_vocab"]:
    prompt = torch.zeros(len(masks[0].factors.mlp), dtype=torch.long, device=model.device)
    states: list[StateRows] = []

    def run_one(layer: int, parts: BlockParts, resid_pre: GivenResid, arguments: dict[str, Any]) -> BatchedResid:
        before_block()
        given = states.pop() if layer else StateRows.shared(resid_pre, prompt)
        states.append(run_block_rows(parts, given, masks[layer], arguments, parallel=model.spec.parallel))
        return resid_pre if layer + 1 < model.spec.n_layers else states.pop().last

    return run_blocks(model, torch.tensor([token_ids], device=model.device), run_one)


@contextmanager
def _without_weight_gradients(module: nn.Module) -> Iterator[None]:
    """Within this context, no parameter requires a gradient; those that did do so again afterwards."""
    required = [parameter for parameter in module.parameters() if parameter.requires_grad]
    try:
        for parameter in required:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in required:
            parameter.requires_grad_(True)
