"""The decoder block, written once: run the model with every block observed, and any edge of it switched off.

The Hugging Face model stays as it is; inside :func:`run_blocks` each block's ``forward`` is a short function over the
block's own submodules, and attention goes through one function registered with transformers. Embeddings, positions,
causal masks, final norm and head are the model's own and run once: the subgraphs of one prompt share them, so they
part only inside the blocks. Prompts of one length may go through together; they share positions and masks. All
replacements are undone on the way out.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from jaxtyping import Float, Int
from torch import Tensor

from strace_core.model import attention
from strace_core.model.adapters import BlockParts
from strace_core.model.attention import AttentionSite
from strace_core.model.loaded import LoadedModel
from strace_core.model.masks.protocol import EdgeMask
from strace_core.model.tensors import BatchedPattern, BatchedResid, GivenResid


@dataclass(frozen=True, eq=False)
class BlockStates:
    """What one block computed: states of the stream, what its sublayers added, and how attention came about.

    ``attn_raw`` is the output of attention's projection; ``attn_out`` and ``mlp_out`` are what is added to the stream,
    after a post-norm and a residual multiplier where there are any. ``resid_mid`` is the state the MLP reads: after
    attention in a sequential block, ``resid_pre`` in a parallel one.
    """

    resid_pre: BatchedResid
    pattern: BatchedPattern
    values: Float[Tensor, "batch head source d_head"]
    attn_raw: BatchedResid
    attn_out: BatchedResid
    resid_mid: BatchedResid
    mlp_out: BatchedResid
    resid_post: BatchedResid


RunBlock = Callable[[int, BlockParts, GivenResid, dict[str, Any]], BatchedResid]
"""(layer, parts, resid_pre, further arguments of the attention, as of one prompt) -> resid_post."""


def run_blocks(
    model: LoadedModel, token_ids: Int[Tensor, "prompt token"], run: RunBlock
) -> Float[Tensor, "batch d_vocab"]:
    """One forward pass with ``run`` in place of every block; next-token logits at the last position, float32.

    ``run`` may return more states than it is given: the first block is given one a prompt, and as many as the last
    block returns go through the final norm and the head. Holds the model's lock.
    """
    with model.lock, _replaced_blocks(model, run, len(token_ids)):
        output = model.module(input_ids=token_ids, use_cache=False, logits_to_keep=1)
    logits: Tensor = output.logits[:, -1].float()
    return logits


def run_block(
    parts: BlockParts,
    resid_pre: BatchedResid,
    mask: EdgeMask | None,
    attention_arguments: dict[str, Any],
    *,
    parallel: bool,
) -> BlockStates:
    """One block, every row of it. A dropped residual edge zeroes the skip; the sublayer still reads the state."""
    site = AttentionSite(mask=mask)
    with attention.at(parts, site):
        attn_raw = parts.attention(parts.pre_attention_norm(resid_pre), **attention_arguments)[0]
    if mask is not None:  # the output bias belongs to the node: it goes when no attention edge into the node is kept
        attn_raw = mask.attends.on_states(attn_raw, parts.attention_output)
    attn_out = parts.post_attention_norm(attn_raw) * parts.residual_multiplier
    skip = resid_pre if mask is None else mask.residual_attn.on_states(resid_pre)
    after_attention = skip + attn_out

    resid_mid = resid_pre if parallel else after_attention
    mlp_out = parts.post_mlp_norm(parts.mlp(parts.pre_mlp_norm(resid_mid))) * parts.residual_multiplier
    if mask is not None:
        mlp_out = mask.mlp.on_states(mlp_out)
    skip = after_attention if mask is None or parallel else mask.residual_mlp.on_states(resid_mid)
    pattern, values = site.recorded()
    return BlockStates(resid_pre, pattern, values, attn_raw, attn_out, resid_mid, mlp_out, skip + mlp_out)


@contextmanager
def _replaced_blocks(model: LoadedModel, run: RunBlock, n_prompts: int) -> Iterator[None]:
    try:
        with attention.through_interface(model.module, model.blocks):
            for layer, parts in enumerate(model.blocks):
                parts.block.forward = _block_forward(parts, layer, run, n_prompts, model.adapter.block_returns_tuple)
            yield
    finally:
        for parts in model.blocks:
            parts.block.__dict__.pop("forward", None)


def _block_forward(
    parts: BlockParts, layer: int, run: RunBlock, n_prompts: int, returns_tuple: bool
) -> Callable[..., Tensor | tuple[Tensor]]:
    signature = inspect.signature(parts.block.forward)

    def forward(*args: Any, **kwargs: Any) -> Tensor | tuple[Tensor]:
        arguments = signature.bind(*args, **kwargs).arguments
        arguments |= arguments.pop("kwargs", {})
        resid_pre = arguments.pop("hidden_states")
        of_attention = {name: _of_one_prompt(value, n_prompts) for name, value in arguments.items()}
        resid_post = run(layer, parts, resid_pre, of_attention)
        return (resid_post,) if returns_tuple else resid_post

    return forward


def _of_one_prompt(value: Any, n_prompts: int) -> Any:
    """An argument of the attention that has one entry a prompt, such as positions or a causal mask: one entry of it.

    Prompts of one length have the same.
    """
    if isinstance(value, tuple):
        return tuple(_of_one_prompt(each, n_prompts) for each in value)
    is_by_prompt = isinstance(value, Tensor) and value.ndim > 1 and len(value) == n_prompts > 1
    return value[:1] if is_by_prompt else value
