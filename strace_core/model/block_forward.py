"""The decoder block, written once for all architectures: every state is observed, and any edge can be ablated.

Within :func:`run_blocks`, the ``forward`` of each block is replaced by a short function over its own submodules, and
attention runs through one function registered with transformers. All replacements are undone afterwards. Embeddings,
positions, causal masks, final norm and unembedding are the model's own. They run once per prompt, because the subgraphs
of a prompt differ only within the blocks. Prompts of equal length can run together, since they share positions and
masks.
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
    """Everything one block computed.

    Attributes:
        resid_pre: The residual stream before the block.
        pattern: Attention weights after the softmax, before any mask.
        values: Values by query head; grouped ones are repeated.
        attn_raw: Output of attention's output projection.
        attn_out: Attention's contribution to the stream, after any post-norm and residual multiplier.
        resid_mid: The state that the MLP reads: after attention in a sequential block, ``resid_pre`` in a parallel one.
        mlp_out: The MLP's contribution to the stream, after any post-norm and residual multiplier.
        resid_post: The residual stream after the block.
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
"""(layer, parts, resid_pre, other arguments of attention, as for one prompt) -> resid_post."""


def run_blocks(
    model: LoadedModel, token_ids: Int[Tensor, "prompt token"], run: RunBlock
) -> Float[Tensor, "batch d_vocab"]:
    """Run one forward pass with ``run`` in place of every block. Holds the model's lock.

    Args:
        model: The model.
        token_ids: Prompts of equal length.
        run: Called for each block. It may return more states than it receives: the first block receives one per prompt,
            and everything the last block returns goes through the final norm and the unembedding.

    Returns:
        Next-token logits at the last position, float32.
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
    """Run one block on every row.

    Args:
        parts: The block.
        resid_pre: Its input.
        mask: The edges to keep; None keeps all. Without its residual edge a node loses the residual connection, but the
            sublayer still reads the state.
        attention_arguments: Other arguments of the attention module, such as position embeddings.
        parallel: Whether attention and MLP read the same state.
    """
    site = AttentionSite(mask=mask)
    with attention.attached(parts, site):
        attn_raw = parts.attention(parts.pre_attention_norm(resid_pre), **attention_arguments)[0]
    if mask is not None:  # the output bias belongs to the node, which loses it if no attention edge into it is kept
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
        with attention.intercept_attention(model.module, model.blocks):
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
    """Reduce an argument with one entry per prompt, such as positions or a causal mask, to a single entry.

    Prompts of equal length share the same.
    """
    if isinstance(value, tuple):
        return tuple(_of_one_prompt(each, n_prompts) for each in value)
    is_by_prompt = isinstance(value, Tensor) and value.ndim > 1 and len(value) == n_prompts > 1
    return value[:1] if is_by_prompt else value
