"""The block once more, for many subgraphs of prompts of one length: only the rows that a kept edge needs.

Norms, projections and MLPs work row by row. So the MLP runs on the rows whose MLP edge is kept, and an attention module
runs once over all the rows it needs as if they were one long sequence, with positions to match; only where queries meet
keys, in :mod:`strace_core.model.attention`, the rows part into their subgraphs. The result equals that of
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
    """resid_post of one block in every subgraph of ``mask``."""
    attn_out = mask.attends.kept, _attention_rows(parts, resid_pre, mask, attention_arguments)
    mlp = mask.mlp
    if parallel:
        return resid_pre.kept_and_added(mask.residual_attn, attn_out, (mlp.kept, _mlp_rows(parts, resid_pre, mlp)))
    resid_mid = resid_pre.kept_and_added(mask.residual_attn, attn_out)
    return resid_mid.kept_and_added(mask.residual_mlp, (mlp.kept, _mlp_rows(parts, resid_mid, mlp)))


def _mlp_rows(parts: BlockParts, resid_mid: StateRows, edges: TokenEdges) -> RowVectors:
    """What the MLP adds where its edge is kept."""
    rows = resid_mid.at(edges.kept)
    if not len(rows):
        return rows
    mlp_out = parts.post_mlp_norm(parts.mlp(parts.pre_mlp_norm(rows[None]))) * parts.residual_multiplier
    return edges.on_rows(mlp_out, edges.kept)[0]


def _attention_rows(parts: BlockParts, resid_pre: StateRows, mask: EdgeMask, arguments: dict[str, Any]) -> RowVectors:
    """What attention adds where at least one of its edges is kept."""
    if not mask.attends.kept.any():
        return resid_pre.vectors[:0]
    packing, rows = pack(resid_pre, mask.attends.kept)
    n_tokens = resid_pre.place.shape[1]
    at_rows = {name: _at_tokens(value, packing.token, n_tokens) for name, value in arguments.items()}
    site = AttentionSite(mask, packing)
    with attention.at(parts, site), _output_at(parts, packing.written):
        attn_raw = parts.attention(parts.pre_attention_norm(rows[None]), **at_rows)[0]
    attn_raw = mask.attends.on_rows(attn_raw, parts.attention_output)
    return (parts.post_attention_norm(attn_raw) * parts.residual_multiplier)[0]


def _at_tokens(value: Any, token: Int[Tensor, "row"], n_tokens: int) -> Any:
    """An argument of the attention that has one entry a token, [1, token, ...], at the tokens of the rows."""
    if isinstance(value, tuple):
        return tuple(_at_tokens(each, token, n_tokens) for each in value)
    is_by_token = isinstance(value, Tensor) and value.ndim in (2, 3) and value.shape[:2] == (1, n_tokens)
    return value[:, token] if is_by_token else value


@contextmanager
def _output_at(parts: BlockParts, written: Int[Tensor, "query"]) -> Iterator[None]:
    """Inside, attention's output projection runs on the rows ``written`` alone."""
    projection = parts.attention_output
    plain = projection.forward
    projection.forward = lambda mixed: plain(mixed[:, written])
    try:
        yield
    finally:
        del projection.__dict__["forward"]
