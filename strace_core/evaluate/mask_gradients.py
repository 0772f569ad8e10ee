"""Soft masks -> losses and their gradients: how the output of a subgraph changes with the factor on each of its edges.

A mask has a factor from 0 to 1 for every edge; with 0 and 1 it is a subgraph. Blocks run on the rows that an edge above
0 needs, as in :mod:`strace_core.evaluate.masked_forward`, so a mask of few edges is cheap forward and backward.
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
from strace_core.progress import BeforeBlock, go_on

MAX_STATE_ELEMENTS = 2**24
"""Subgraphs x tokens x blocks x d_model of one backward pass: what one state a block takes.

Every block's intermediate results are kept until the gradient has come back through it. A block keeps some 25 vectors
as wide as a state for each row (norms, queries, keys, values, the wider ones inside the MLP), and a mask may keep every
row: about 1.6 GiB in float32.
"""

MAX_PATTERN_ELEMENTS = 2**26
"""Elements of the attention patterns of all blocks and subgraphs of one backward pass.

Of each there are the factor, its gradient, the pattern before and after the factor and, on the way back, the gradient
of one block's: about 1 GiB in float32.
"""

Loss = Callable[[Float32[Tensor, "batch d_vocab"]], Float[Tensor, "batch"]]
"""Next-token logits of subgraphs -> one number each, which depends on the logits of that subgraph alone.

It is called once a batch of subgraphs, with gradients enabled and the model's lock held.
"""

BlockPlaces = ByKind[Int[Tensor, "..."]]
"""Edge ids of one block, with the number of edges where there is no edge."""

BlockFactors = ByKind[Float32[Tensor, "batch ..."]]
"""Factors of one block's edges in several subgraphs."""


@dataclass(frozen=True, eq=False)
class MaskGradients:
    """Of each subgraph the loss, the next-token logits, and d loss / d factor by edge id, 0 where the factor is 0."""

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
    before_block: BeforeBlock = go_on,
) -> MaskGradients:
    """The loss of every mask of one prompt, and its gradient with respect to the factors, which are from 0 to 1.

    A factor multiplies the pattern after the softmax, which is not renormalised; a skip; or what the MLP adds, after a
    norm after it. Attention's output bias has the largest factor of the attention edges into its node (they share its
    derivative where several have it). So a mask of zeros and ones gives the logits of that subgraph. An edge of factor
    0 is absent and takes no time; its gradient is reported as 0, whatever it would be.

    Masks run in batches that fit into memory. ``before_block`` is called before each block of each batch on its way
    forward; an exception it raises stops the run there. The weights' ``requires_grad`` is off meanwhile.
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
    """How many subgraphs share one backward pass, at least 1."""
    states = layout.n_layers * layout.n_tokens * d_model
    patterns = layout.n_layers * layout.n_heads * layout.n_tokens**2
    return max(1, min(MAX_STATE_ELEMENTS // states, MAX_PATTERN_ELEMENTS // patterns))


def soft_masks(factors: Sequence[BlockFactors], dtype: torch.dtype) -> list[SoftMask]:
    """The mask of every block, in the dtype of the states it multiplies."""
    return [SoftMask(of_block.map(lambda of_kind: of_kind.to(dtype))) for of_block in factors]


def factors_by_place(masks: Float32[np.ndarray, "batch edge"], places: Sequence[BlockPlaces]) -> list[BlockFactors]:
    """The factors of every block as its mask holds them: leaves of autograd, which ends here and not at the edges."""
    of_edges = torch.from_numpy(np.pad(masks, ((0, 0), (0, 1)))).to(places[0].mlp.device)
    return [of_block.map(lambda ids: of_edges[:, ids].requires_grad_()) for of_block in places]


def edge_places(layout: EdgeLayout, device: torch.device) -> list[BlockPlaces]:
    """The edge ids of every block by place; the number of edges where there is no edge."""

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
        # no subgraph's loss depends on the factors of another: the derivative of the sum is that of each
        of_places = torch.autograd.grad(losses.sum(), leaves, allow_unused=True, materialize_grads=True)
    of_edges = torch.zeros(len(masks), masks.shape[1] + 1, device=model.device)
    for ids, of_kind in zip((ids for of_block in places for ids in of_block.values()), of_places, strict=True):
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
    """Inside, no parameter requires a gradient; which ones did is restored on the way out."""
    required = [parameter for parameter in module.parameters() if parameter.requires_grad]
    try:
        for parameter in required:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in required:
            parameter.requires_grad_(True)
