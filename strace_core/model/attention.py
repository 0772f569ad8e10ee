"""Attention with its pattern in the open: recorded in every run, and zeroed edge by edge after the softmax.

One function registered with transformers serves every architecture that calls its attention interface; for those that
compute attention themselves, that method of theirs is wrapped. Both talk to the caller through an
:class:`AttentionSite`, set on the attention module for the length of one call.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.masking_utils import eager_mask

from strace_core.model.adapters import BlockParts
from strace_core.model.masks.protocol import EdgeMask
from strace_core.model.packing import Packing
from strace_core.model.tensors import BatchedPattern

_INTERFACE = "strace"
_SITE = "_strace_site"

BatchedValues = Float[Tensor, "batch head source d_head"]


@dataclass(eq=False)
class AttentionSite:
    """One call of one block's attention: what to keep goes in, pattern and values come out.

    ``mask`` None keeps every edge. With a ``packing`` queries, keys and values are packed rows of several subgraphs,
    and pattern and values are not recorded.
    """

    mask: EdgeMask | None = None
    packing: Packing | None = None
    pattern: BatchedPattern | None = None
    values: BatchedValues | None = None

    def recorded(self) -> tuple[BatchedPattern, BatchedValues]:
        """Pattern and values after the call."""
        assert self.pattern is not None and self.values is not None, "attention did not go through its interface"
        return self.pattern, self.values


@contextmanager
def at(parts: BlockParts, site: AttentionSite) -> Iterator[None]:
    """Inside, the block's attention reads and writes ``site``."""
    parts.attention.__dict__[_SITE] = site
    try:
        yield
    finally:
        del parts.attention.__dict__[_SITE]


@contextmanager
def through_interface(module: PreTrainedModel, blocks: Sequence[BlockParts]) -> Iterator[None]:
    """Inside, attention of every block goes through this module; the model's own choice is restored on the way out."""
    named = [module.config, *(getattr(parts.attention, "config", module.config) for parts in blocks)]
    configs = {id(config): config for config in named}
    chosen = {key: config._attn_implementation for key, config in configs.items()}
    own = {parts.own_attention for parts in blocks if parts.own_attention}
    try:
        for config in configs.values():
            config._attn_implementation = _INTERFACE
        for parts in blocks:
            if parts.own_attention:
                method = getattr(parts.attention, parts.own_attention)
                parts.attention.__dict__[parts.own_attention] = _wrapped(parts.attention, method)
        yield
    finally:
        for parts in blocks:
            for name in own:
                parts.attention.__dict__.pop(name, None)
        for key, config in configs.items():
            config._attn_implementation = chosen[key]


def _attention(
    module: nn.Module,
    query: Float[Tensor, "batch head row d_head"],
    key: Float[Tensor, "batch kv_head row d_head"],
    value: Float[Tensor, "batch kv_head row d_value"],
    attention_mask: Tensor | None,
    *,
    scaling: float | None = None,
    softcap: float | None = None,
    s_aux: Float[Tensor, "head"] | None = None,
    **_: Any,
) -> tuple[Float[Tensor, "batch row head d_value"], None]:
    """Softmax attention: scaled, soft-capped, causal or windowed through ``attention_mask``, with a sink a head."""

    def pattern_of(queries: Queries, keys: Keys, targets: Targets) -> GroupedPattern:
        scores = (queries.flatten(2, 3) @ keys.mT).view(*queries.shape[:-1], -1)
        if softcap is not None:
            scores = torch.tanh(scores / softcap) * softcap
        if attention_mask is not None:
            scores = scores + attention_mask[0, 0, targets]
        if s_aux is None:
            return torch.softmax(scores, dim=-1, dtype=torch.float32).to(queries.dtype)
        # a sink takes its share of the softmax and adds nothing
        sinks = s_aux.view(len(keys), 1, -1, 1, 1).to(scores).expand(*scores.shape[:-1], 1)
        with_sinks = torch.softmax(torch.cat([scores, sinks], dim=-1), dim=-1, dtype=torch.float32)
        return with_sinks[..., :-1].to(queries.dtype)

    query = query * (query.shape[-1] ** -0.5 if scaling is None else scaling)
    return _mixture(_site_of(module), query, key, value, pattern_of).transpose(1, 2), None


def _wrapped(module: nn.Module, method: Callable[..., Any]) -> Callable[..., tuple[Tensor, None]]:
    """An architecture's own attention method, its pattern masked before the values are mixed.

    Such a method has no grouped queries, and takes queries at every token.
    """

    def attention(query: Tensor, key: Tensor, value: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, None]:
        def pattern_of(queries: Queries, keys: Keys, targets: Targets) -> GroupedPattern:
            by_batch = queries.squeeze(2).transpose(0, 1), keys.transpose(0, 1)
            pattern: Tensor = method(*by_batch, by_batch[1], *args, **kwargs)[1]
            return pattern.transpose(0, 1)[:, :, None, targets]

        return _mixture(_site_of(module), query, key, value, pattern_of, at_every_token=True), None

    return attention


Queries = Float[Tensor, "kv_head batch group query d_head"]
"""Queries by the key/value head they share, which ``group`` of them do."""
Keys = Float[Tensor, "kv_head batch token d_head"]
Targets = slice | Int[Tensor, "target"]
GroupedPattern = Float[Tensor, "kv_head batch group target token"]
PatternOf = Callable[[Queries, Keys, Targets], GroupedPattern]
"""Softmax over the keys, at the targets; ``queries`` are those of the targets or of every token."""


def _mixture(
    site: AttentionSite,
    query: Float[Tensor, "batch head row d_head"],
    key: Float[Tensor, "batch kv_head row d_head"],
    value: Float[Tensor, "batch kv_head row d_value"],
    pattern_of: PatternOf,
    *,
    at_every_token: bool = False,
) -> Float[Tensor, "batch head row d_value"]:
    """The values mixed by the kept part of the pattern, which is not renormalised."""
    if site.packing is not None:
        assert site.mask is not None, "rows are packed for subgraphs"
        return _packed_mixture(site.mask, site.packing, query[0], key[0], value[0], pattern_of, at_every_token)
    keys, values = key.transpose(0, 1), value.transpose(0, 1)
    queries = query.view(len(query), len(keys), -1, *query.shape[-2:]).transpose(0, 1)
    pattern = pattern_of(queries, keys, slice(None))
    site.pattern = pattern.transpose(0, 1).flatten(1, 2)
    site.values = value.repeat_interleave(queries.shape[2], dim=1)
    kept = pattern if site.mask is None else pattern * site.mask.attention(len(keys))
    mixed = (kept.flatten(2, 3) @ values).view(*queries.shape[:-1], -1)
    return mixed.transpose(0, 1).flatten(1, 2)


def _packed_mixture(
    mask: EdgeMask,
    packing: Packing,
    query: Float[Tensor, "head row d_head"],
    key: Float[Tensor, "kv_head row d_head"],
    value: Float[Tensor, "kv_head row d_value"],
    pattern_of: PatternOf,
    at_every_token: bool,
) -> Float[Tensor, "one head row d_value"]:
    """The same for packed rows: laid out as grids of subgraphs and tokens, mixed, and packed again."""
    n_heads, n_rows, _ = query.shape
    n_kv_heads, n_subgraphs, d_value = len(key), len(packing.row), value.shape[-1]
    query_row = packing.row if at_every_token else packing.row[:, packing.targets]
    queries = query[:, query_row].view(n_kv_heads, -1, *query_row.shape, query.shape[-1]).transpose(1, 2)
    keys, values = key[:, packing.row], value[:, packing.row]
    pattern = pattern_of(queries, keys, packing.targets)
    kept = pattern * mask.attention(n_kv_heads, packing.subgraphs, packing.targets)
    mixed = (kept.flatten(2, 3) @ values).view(n_kv_heads, n_subgraphs, -1, len(packing.targets), d_value)
    wanted = packing.attends[:, packing.targets]
    rows = mixed.permute(1, 3, 0, 2, 4)[wanted].flatten(1, 2)
    return query.new_zeros(n_rows, n_heads, d_value).index_copy_(0, packing.written, rows).transpose(0, 1)[None]


def _site_of(module: nn.Module) -> AttentionSite:
    site: AttentionSite = module.__dict__[_SITE]
    return site


AttentionInterface.register(_INTERFACE, _attention)
AttentionMaskInterface.register(_INTERFACE, eager_mask)
