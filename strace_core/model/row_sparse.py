"""The block for many subgraphs at once, computed only on the rows that a kept edge needs.

Norms, projections and MLPs act on each row independently. So the MLP runs on the rows whose MLP edge is kept, and the
attention module runs once on all the rows it needs, packed into one long sequence with matching positions. Only where
queries meet keys, in :mod:`strace_core.model.attention`, are the rows split into subgraphs. The result equals that of
:func:`~strace_core.model.block_forward.run_block` up to rounding; tests compare the two on every architecture.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jaxtyping import Int
from torch import Tensor

from strace_core.model import attention
from strace_core.model.adapters import BlockParts
from strace_core.model.attention import AttentionSite
from strace_core.model.masks.protocol import EdgeMask, TokenEdges
from strace_core.model.packing import RowVectors, StateRows, pack


def run_block_rows(
    parts: BlockParts, resid_pre: StateRows, mask: EdgeMask, attention_arguments: dict[str, Any], *, parallel: bool
) -> StateRows:
    """Run one block in every subgraph of ``mask``.

    Args:
        parts: The block.
        resid_pre: Its input, for prompts of equal length.
        mask: The edges to keep.
        attention_arguments: Other arguments of the attention module, as for one prompt.
        parallel: Whether attention and MLP read the same state.

    Returns:
        The residual stream after the block.
    """
    attn_out = mask.attends.kept, _attention_rows(parts, resid_pre, mask, attention_arguments)
    mlp = mask.mlp
    if parallel:
        return resid_pre.kept_and_added(mask.residual_attn, attn_out, (mlp.kept, _mlp_rows(parts, resid_pre, mlp)))
    resid_mid = resid_pre.kept_and_added(mask.residual_attn, attn_out)
    return resid_mid.kept_and_added(mask.residual_mlp, (mlp.kept, _mlp_rows(parts, resid_mid, mlp)))


def _mlp_rows(parts: BlockParts, resid_mid: StateRows, edges: TokenEdges) -> RowVectors:
    """The MLP's contributions where its edge is kept."""
    rows = resid_mid.at(edges.kept)  # [row, d_model]
    if not len(rows):
        return rows
    # the sublayers see one long sequence: [batch=1, row, d_model]
    mlp_out = parts.post_mlp_norm(parts.mlp(parts.pre_mlp_norm(rows[None]))) * parts.residual_multiplier
    return edges.on_rows(mlp_out, edges.kept)[0]


def _attention_rows(parts: BlockParts, resid_pre: StateRows, mask: EdgeMask, arguments: dict[str, Any]) -> RowVectors:
    """Attention's contributions where at least one of its edges is kept."""
    if not mask.attends.kept.any():
        return resid_pre.vectors[:0]
    packing, rows = pack(resid_pre, mask.attends.kept)
    n_tokens = resid_pre.place.shape[1]
    at_rows = {name: _select_tokens(value, packing.token, n_tokens) for name, value in arguments.items()}
    site = AttentionSite(mask, packing)
    with attention.attached(parts, site), _output_rows(parts, packing.written):
        attn_raw = parts.attention(parts.pre_attention_norm(rows[None]), **at_rows)[0]
    attn_raw = mask.attends.on_rows(attn_raw, parts.attention_output)  # [batch=1, query, d_model]
    return (parts.post_attention_norm(attn_raw) * parts.residual_multiplier)[0]


def _select_tokens(value: Any, token: Int[Tensor, "row"], n_tokens: int) -> Any:
    """Expand an argument of attention with one entry per token, [1, token, ...], to the rows: [1, row, ...]."""
    if isinstance(value, tuple):
        return tuple(_select_tokens(each, token, n_tokens) for each in value)
    is_by_token = isinstance(value, Tensor) and value.ndim in (2, 3) and value.shape[:2] == (1, n_tokens)
    return value[:, token] if is_by_token else value


@contextmanager
def _output_rows(parts: BlockParts, written: Int[Tensor, "query"]) -> Iterator[None]:
    """Within this context, attention's output projection runs on the rows ``written`` only."""
    projection = parts.attention_output
    plain = projection.forward
    projection.forward = lambda mixed: plain(mixed[:, written])  # [1, row, ...] -> [1, query, d_model]
    try:
        yield
    finally:
        del projection.__dict__["forward"]
