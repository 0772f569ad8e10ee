"""Attention whose pattern is recorded, and can be masked edge by edge after the softmax.

One function, registered with transformers, serves every architecture that uses its attention interface. In the others
the method that computes attention is wrapped. Both communicate with the caller through an :class:`AttentionSite`,
attached to the attention module for the duration of one call.
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
    """Input and output of one call of a block's attention.

    Attributes:
        mask: The edges to keep; None keeps all.
        packing: How rows of several subgraphs are packed into one sequence; None if they are not. Pattern and values
            of packed rows are not recorded.
        pattern: Filled in by the call.
        values: Filled in by the call.
    """

    mask: EdgeMask | None = None
    packing: Packing | None = None
    pattern: BatchedPattern | None = None
    values: BatchedValues | None = None

    def recorded(self) -> tuple[BatchedPattern, BatchedValues]:
        """Return pattern and values after the call."""
        assert self.pattern is not None and self.values is not None, "attention was not intercepted"
        return self.pattern, self.values


@contextmanager
def attached(parts: BlockParts, site: AttentionSite) -> Iterator[None]:
    """Within this context, the block's attention reads and writes ``site``."""
    parts.attention.__dict__[_SITE] = site
    try:
        yield
    finally:
        del parts.attention.__dict__[_SITE]


@contextmanager
def intercept_attention(module: PreTrainedModel, blocks: Sequence[BlockParts]) -> Iterator[None]:
    """Within this context, the attention of every block runs through this module; afterwards it is as before."""
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
    """Softmax attention with optional scaling, soft-cap, causal or windowed mask, and one sink per head."""

    def pattern_of(queries: Queries, keys: Keys, targets: Targets) -> GroupedPattern:
        flat = queries.flatten(2, 3)  # [kv_head, batch, group * query, d_head]
        scores = (flat @ keys.mT).view(*queries.shape[:-1], -1)  # [kv_head, batch, group, query, token]
        if softcap is not None:
            scores = torch.tanh(scores / softcap) * softcap
        if attention_mask is not None:
            scores = scores + attention_mask[0, 0, targets]
        if s_aux is None:
            return torch.softmax(scores, dim=-1, dtype=torch.float32).to(queries.dtype)
        # a sink takes its share of the softmax and adds nothing: [head] -> [kv_head, 1, group, 1, 1] -> [..., query, 1]
        sinks = s_aux.view(len(keys), 1, -1, 1, 1).to(scores).expand(*scores.shape[:-1], 1)
        with_sinks = torch.softmax(torch.cat([scores, sinks], dim=-1), dim=-1, dtype=torch.float32)
        return with_sinks[..., :-1].to(queries.dtype)  # [kv_head, batch, group, query, token]

    query = query * (query.shape[-1] ** -0.5 if scaling is None else scaling)
    mixed = _mixture(_site_of(module), query, key, value, pattern_of)
    return mixed.transpose(1, 2), None  # [batch, row, head, d_value]


def _wrapped(module: nn.Module, method: Callable[..., Any]) -> Callable[..., tuple[Tensor, None]]:
    """An architecture's own attention method, with its pattern masked before it mixes the values.

    Such methods have as many key/value heads as query heads, and need queries at every token.
    """

    def attention(query: Tensor, key: Tensor, value: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, None]:
        def pattern_of(queries: Queries, keys: Keys, targets: Targets) -> GroupedPattern:
            by_batch = queries.squeeze(2).transpose(0, 1), keys.transpose(0, 1)  # two of [batch, head, token, d_head]
            pattern: Tensor = method(*by_batch, by_batch[1], *args, **kwargs)[1]  # [batch, head, token, token]
            return pattern.transpose(0, 1)[:, :, None, targets]  # [head, batch, group=1, target, token]

        return _mixture(_site_of(module), query, key, value, pattern_of, at_every_token=True), None

    return attention


Queries = Float[Tensor, "kv_head batch group query d_head"]
"""Queries grouped by the key/value head that they share."""
Keys = Float[Tensor, "kv_head batch token d_head"]
Targets = slice | Int[Tensor, "target"]
GroupedPattern = Float[Tensor, "kv_head batch group target token"]
PatternOf = Callable[[Queries, Keys, Targets], GroupedPattern]
"""Computes the softmax over the keys, at the targets. The queries are those of the targets, or of every token."""


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
        assert site.mask is not None, "packed rows belong to subgraphs, which have a mask"
        return _packed_mixture(site.mask, site.packing, query[0], key[0], value[0], pattern_of, at_every_token)
    keys, values = key.transpose(0, 1), value.transpose(0, 1)  # [kv_head, batch, token, d_head or d_value]
    by_kv_head = query.view(len(query), len(keys), -1, *query.shape[-2:])  # [batch, kv_head, group, query, d_head]
    queries = by_kv_head.transpose(0, 1)  # [kv_head, batch, group, query, d_head]
    pattern = pattern_of(queries, keys, slice(None))  # [kv_head, batch, group, target, source]
    site.pattern = pattern.transpose(0, 1).flatten(1, 2)  # [batch, head, target, source]
    site.values = value.repeat_interleave(queries.shape[2], dim=1)  # [batch, head, source, d_value]
    kept = pattern if site.mask is None else pattern * site.mask.attention(len(keys))
    mixed = kept.flatten(2, 3) @ values  # [kv_head, batch, group * target, d_value]
    mixed = mixed.view(*queries.shape[:-1], -1)  # [kv_head, batch, group, target, d_value]
    return mixed.transpose(0, 1).flatten(1, 2)  # [batch, head, target, d_value]


def _packed_mixture(
    mask: EdgeMask,
    packing: Packing,
    query: Float[Tensor, "head row d_head"],
    key: Float[Tensor, "kv_head row d_head"],
    value: Float[Tensor, "kv_head row d_value"],
    pattern_of: PatternOf,
    at_every_token: bool,
) -> Float[Tensor, "one head row d_value"]:
    """The same for packed rows: unpack them to [subgraph, token], mix, and pack the result again."""
    n_heads, n_rows, _ = query.shape
    n_kv_heads, n_subgraphs, d_value = len(key), len(packing.row), value.shape[-1]
    query_row = packing.row if at_every_token else packing.row[:, packing.targets]  # [subgraph, query]
    queries = query[:, query_row]  # [head, subgraph, query, d_head]
    # [kv_head, group, subgraph, query, d_head] -> [kv_head, subgraph, group, query, d_head]
    queries = queries.view(n_kv_heads, -1, *query_row.shape, query.shape[-1]).transpose(1, 2)
    keys, values = key[:, packing.row], value[:, packing.row]  # [kv_head, subgraph, token, d_head or d_value]
    pattern = pattern_of(queries, keys, packing.targets)  # [kv_head, subgraph, group, target, token]
    kept = pattern * mask.attention(n_kv_heads, packing.subgraphs, packing.targets)
    mixed = kept.flatten(2, 3) @ values  # [kv_head, subgraph, group * target, d_value]
    mixed = mixed.view(n_kv_heads, n_subgraphs, -1, len(packing.targets), d_value)
    mixed = mixed.permute(1, 3, 0, 2, 4)  # [subgraph, target, kv_head, group, d_value]
    rows = mixed[packing.attends[:, packing.targets]].flatten(1, 2)  # [query_row, head, d_value]
    packed = query.new_zeros(n_rows, n_heads, d_value).index_copy_(0, packing.written, rows)  # [row, head, d_value]
    return packed.transpose(0, 1)[None]  # [one, head, row, d_value]


def _site_of(module: nn.Module) -> AttentionSite:
    site: AttentionSite = module.__dict__[_SITE]
    return site


AttentionInterface.register(_INTERFACE, _attention)
AttentionMaskInterface.register(_INTERFACE, eager_mask)
