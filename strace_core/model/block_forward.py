"""The decoder block, written once: run the model with every block observed, and any edge of it switched off.

The Hugging Face model stays as it is; inside :func:`run_blocks` each block's ``forward`` is a short function over the
block's own submodules, and attention goes through one function registered with transformers. Embeddings, positions,
causal masks, final norm and head are the model's own. Both replacements are undone on the way out.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

from strace_core.model.adapters import BlockParts
from strace_core.model.loading import LoadedModel
from strace_core.shapes import AttentionMask, BatchedPattern, BatchedResid, TokenMask

_ATTENTION_NAME = "strace"


@dataclass(frozen=True, eq=False)
class BlockMask:
    """Which edges of one block are kept, in each of ``batch`` subgraphs. Token masks are indexed by target."""

    residual_attn: TokenMask
    attention: AttentionMask
    residual_mlp: TokenMask
    mlp: TokenMask


@dataclass(frozen=True, eq=False)
class BlockStates:
    """What one block computed: states of the stream, what its sublayers added, and how attention came about."""

    resid_pre: BatchedResid
    pattern: BatchedPattern
    values: Float[Tensor, "batch head source d_head"]
    attn_out: BatchedResid
    resid_mid: BatchedResid
    mlp_out: BatchedResid
    resid_post: BatchedResid


@dataclass(eq=False)
class _AttentionSite:
    """One call of one block's attention: carries the mask in and the pattern and values out."""

    mask: AttentionMask | None
    pattern: BatchedPattern | None = None
    values: Float[Tensor, "batch head source d_head"] | None = None


MaskOf = Callable[[int], BlockMask | None]
"""Layer -> mask of its edges, or None to keep them all."""

Observer = Callable[[int, BlockStates], None]
"""Called with (layer, states) as soon as a block has run."""


def run_blocks(
    model: LoadedModel, token_ids: Int[Tensor, "batch token"], *, mask_of: MaskOf, observe: Observer
) -> Float[Tensor, "batch d_vocab"]:
    """One forward pass; next-token logits at the last position, float32. Holds the model's lock."""
    with model.lock, _replaced_blocks(model, mask_of, observe):
        output = model.module(input_ids=token_ids, use_cache=False, logits_to_keep=1)
    logits: Tensor = output.logits[:, -1].float()
    return logits


def run_block(
    parts: BlockParts, resid_pre: BatchedResid, mask: BlockMask | None, attention_arguments: dict[str, Any]
) -> BlockStates:
    """One sequential pre-norm block. A dropped residual edge zeroes the skip; the sublayer still reads the state."""
    site = _AttentionSite(mask=None if mask is None else mask.attention)
    attn_out = parts.attention(parts.pre_attention_norm(resid_pre), site=site, **attention_arguments)[0]
    if mask is not None:  # the output bias belongs to the node: it goes when no attention edge into the node is kept
        attn_out = attn_out * mask.attention.any(-1).any(1)[..., None]
    skip = resid_pre if mask is None else resid_pre * mask.residual_attn[..., None]
    resid_mid = skip + attn_out

    mlp_out = parts.mlp(parts.pre_mlp_norm(resid_mid))
    if mask is not None:
        mlp_out = mlp_out * mask.mlp[..., None]
    skip = resid_mid if mask is None else resid_mid * mask.residual_mlp[..., None]
    assert site.pattern is not None and site.values is not None, "attention did not go through its interface"
    return BlockStates(resid_pre, site.pattern, site.values, attn_out, resid_mid, mlp_out, skip + mlp_out)


@contextmanager
def _replaced_blocks(model: LoadedModel, mask_of: MaskOf, observe: Observer) -> Iterator[None]:
    config = model.module.config
    plain_attention = config._attn_implementation
    try:
        config._attn_implementation = _ATTENTION_NAME
        for layer, parts in enumerate(model.blocks):
            parts.block.forward = _block_forward(parts, layer, mask_of, observe)
        yield
    finally:
        for parts in model.blocks:
            parts.block.__dict__.pop("forward", None)
        config._attn_implementation = plain_attention


def _block_forward(parts: BlockParts, layer: int, mask_of: MaskOf, observe: Observer) -> Callable[..., Tensor]:
    signature = inspect.signature(parts.block.forward)

    def forward(*args: Any, **kwargs: Any) -> Tensor:
        arguments = signature.bind(*args, **kwargs).arguments
        arguments |= arguments.pop("kwargs", {})
        resid_pre = arguments.pop("hidden_states")
        states = run_block(parts, resid_pre, mask_of(layer), arguments)
        observe(layer, states)
        return states.resid_post

    return forward


def _attention(
    module: nn.Module,
    query: Float[Tensor, "batch head target d_head"],
    key: Float[Tensor, "batch kv_head source d_head"],
    value: Float[Tensor, "batch kv_head source d_head"],
    attention_mask: Tensor | None,
    *,
    scaling: float,
    site: _AttentionSite,
    **_: Any,
) -> tuple[Float[Tensor, "batch target head d_head"], BatchedPattern]:
    """Softmax attention that records its pattern and zeroes dropped edges after the softmax, without renormalising."""
    groups = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
    scores = query @ key.transpose(-1, -2) * scaling
    if attention_mask is not None:
        scores = scores + attention_mask
    pattern = torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)
    site.pattern, site.values = pattern, value
    kept = pattern if site.mask is None else pattern * site.mask
    return (kept @ value).transpose(1, 2).contiguous(), kept


AttentionInterface.register(_ATTENTION_NAME, _attention)
AttentionMaskInterface.register(_ATTENTION_NAME, eager_mask)
