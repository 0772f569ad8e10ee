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
from jaxtyping import Float
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.masking_utils import eager_mask

from strace_core.model.adapters import BlockParts
from strace_core.shapes import AttentionMask, BatchedPattern

_INTERFACE = "strace"
_SITE = "_strace_site"

BatchedValues = Float[Tensor, "batch head source d_head"]


@dataclass(eq=False)
class AttentionSite:
    """One call of one block's attention: carries the kept edges in (None keeps all), the pattern and values out."""

    kept: AttentionMask | None
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
    configs = {id(config): config for config in (module.config, *(_config_of(parts) for parts in blocks))}
    chosen = {key: config._attn_implementation for key, config in configs.items()}
    own = {parts.own_attention for parts in blocks if parts.own_attention}
    try:
        for config in configs.values():
            config._attn_implementation = _INTERFACE
        for parts in blocks:
            if parts.own_attention:
                method = getattr(parts.attention, parts.own_attention)
                parts.attention.__dict__[parts.own_attention] = _recording(parts.attention, method)
        yield
    finally:
        for parts in blocks:
            for name in own:
                parts.attention.__dict__.pop(name, None)
        for key, config in configs.items():
            config._attn_implementation = chosen[key]


def _config_of(parts: BlockParts) -> Any:
    return parts.attention.config


def _attention(
    module: nn.Module,
    query: Float[Tensor, "batch head target d_head"],
    key: Float[Tensor, "batch kv_head source d_head"],
    value: Float[Tensor, "batch kv_head source d_head"],
    attention_mask: Tensor | None,
    *,
    scaling: float | None = None,
    softcap: float | None = None,
    s_aux: Float[Tensor, "head"] | None = None,
    **_: Any,
) -> tuple[Float[Tensor, "batch target head d_head"], BatchedPattern]:
    """Softmax attention: scaled, soft-capped, causal or windowed through ``attention_mask``, with a sink a head."""
    groups = query.shape[1] // key.shape[1]
    key, value = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
    scores = query @ key.transpose(-1, -2) * (query.shape[-1] ** -0.5 if scaling is None else scaling)
    if softcap is not None:
        scores = torch.tanh(scores / softcap) * softcap
    if attention_mask is not None:
        scores = scores + attention_mask
    if s_aux is not None:  # a sink takes its share of the softmax and adds nothing
        sinks = s_aux.reshape(1, -1, 1, 1).to(scores).expand(*scores.shape[:-1], 1)
        scores = torch.cat([scores, sinks], dim=-1)
    pattern = torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)[..., : key.shape[-2]]
    mixture, kept = _mixed(_site_of(module), pattern, value)
    return mixture.transpose(1, 2).contiguous(), kept


def _recording(module: nn.Module, method: Callable[..., Any]) -> Callable[..., tuple[Tensor, Tensor]]:
    """An architecture's own attention method, its pattern recorded and masked before the values are mixed."""

    def attention(query: Tensor, key: Tensor, value: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        _, pattern, *_ = method(query, key, value, *args, **kwargs)
        return _mixed(_site_of(module), pattern, value)

    return attention


def _mixed(site: AttentionSite, pattern: BatchedPattern, values: BatchedValues) -> tuple[Tensor, BatchedPattern]:
    """The values mixed by the kept part of the pattern, which is not renormalised, and that part."""
    site.pattern, site.values = pattern, values
    kept = pattern if site.kept is None else pattern * site.kept
    return kept @ values, kept


def _site_of(module: nn.Module) -> AttentionSite:
    site: AttentionSite = module.__dict__[_SITE]
    return site


AttentionInterface.register(_INTERFACE, _attention)
AttentionMaskInterface.register(_INTERFACE, eager_mask)
