"""The method once more, slow and obvious: edges one at a time, in loops, over plain Python dictionaries.

Shares no code with the library but the names of submodules: patterns come from transformers' own eager attention, what
attention is called with from a plain forward pass, and every edge's vector is computed by itself.
"""

import sys
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask
from transformers.pytorch_utils import Conv1D

from strace_core.model.adapters import BlockParts
from strace_core.model.loaded import LoadedModel


@dataclass(frozen=True)
class Edge:
    """One additive contribution, and its node's (depth, token)."""

    kind: str
    layer: int
    head: int
    source: int
    target: int
    parallel: bool = False

    @property
    def enters(self) -> tuple[int, int]:
        if self.parallel:
            return self.layer + 1, self.target
        return 2 * self.layer + (1 if self.kind in ("residual_attn", "attention") else 2), self.target

    @property
    def leaves(self) -> tuple[int, int]:
        return self.enters[0] - 1, self.source


def edges_of(model: LoadedModel, n_tokens: int) -> list[Edge]:
    """Every edge that reaches the last position, in the order of edge ids."""
    return all_edges(model.spec.n_layers, model.spec.n_heads, n_tokens, parallel=model.spec.parallel)


def all_edges(n_layers: int, n_heads: int, n_tokens: int, *, parallel: bool = False) -> list[Edge]:
    """The same by dimensions."""
    edges = []
    for layer in range(n_layers):
        targets = range(n_tokens) if layer < n_layers - 1 else [n_tokens - 1]
        for target in targets:
            edges.append(Edge("residual" if parallel else "residual_attn", layer, -1, target, target, parallel))
            edges += [
                Edge("attention", layer, head, source, target, parallel)
                for head in range(n_heads)
                for source in range(target + 1)
            ]
            if parallel:
                edges.append(Edge("mlp", layer, -1, target, target, parallel))
        for target in [] if parallel else targets:
            edges.append(Edge("residual_mlp", layer, -1, target, target))
            edges.append(Edge("mlp", layer, -1, target, target))
    return edges


def grow(edges: list[Edge], scores: list[float], n_layers: int, n_tokens: int) -> list[int]:
    """Best-first growth by searching the whole frontier at every step."""
    output = (max(edge.enters[0] for edge in edges), n_tokens - 1)
    reached, order = [output], []
    while True:
        frontier = [
            (-scores[index], reached.index(edge.enters), index)
            for index, edge in enumerate(edges)
            if edge.enters in reached and index not in order
        ]
        if not frontier:
            return order
        _, _, best = min(frontier)
        order.append(best)
        if edges[best].leaves not in reached:
            reached.append(edges[best].leaves)


@dataclass(frozen=True)
class Run:
    """Every node's vector, every edge's vector, and the logits at the last position.

    The vector of an attention edge is what it adds to the node: through a norm after attention, at what that norm does
    to the sum of the kept edges.
    """

    nodes: dict[tuple[int, int], Tensor]
    vectors: dict[Edge, Tensor]
    logits: Tensor


@dataclass
class PlainPass:
    """What a forward pass of the untouched model gives: embeddings, and the further arguments of each attention."""

    embeddings: Tensor = field(default_factory=lambda: torch.empty(0))
    arguments: list[tuple[tuple[Any, ...], dict[str, Any]]] = field(default_factory=list)


@torch.no_grad()
def run(model: LoadedModel, token_ids: tuple[int, ...], kept: set[Edge] | Mapping[Edge, float]) -> Run:
    """Run the graph of the kept edges: a node is the sum of its kept in-edges and, if one is attention, the bias.

    Kept edges may have a factor on what they add; the largest of attention's into a node is that of the bias.
    """
    kept = kept if isinstance(kept, Mapping) else dict.fromkeys(kept, 1.0)
    edges, tokens = edges_of(model, len(token_ids)), range(len(token_ids))
    plain = _plain_pass(model, token_ids)
    nodes = {(0, t): state for t, state in enumerate(plain.embeddings)}
    vectors: dict[Edge, Tensor] = {}
    for layer, parts in enumerate(model.blocks):
        of_block = [edge for edge in edges if edge.layer == layer]
        depth = of_block[0].leaves[0]
        attention = [edge for edge in of_block if edge.kind == "attention"]
        resid_pre = torch.stack([nodes[depth, t] for t in tokens])
        added = _attention(model, parts, resid_pre, plain.arguments[layer], attention, kept, vectors)
        for edge in of_block:
            if edge.kind in ("residual", "residual_attn"):
                vectors[edge] = nodes[edge.leaves]
        if not model.spec.parallel:
            for t in tokens:
                nodes[depth + 1, t] = added[t] + _sum_of(vectors, kept, (depth + 1, t), {"residual_attn"})
        for edge in of_block:
            if edge.kind == "residual_mlp":
                vectors[edge] = nodes[edge.leaves]
            if edge.kind == "mlp":
                raw = parts.mlp(parts.pre_mlp_norm(nodes[edge.leaves][None, None]))
                vectors[edge] = parts.post_mlp_norm(raw)[0, 0] * parts.residual_multiplier * kept.get(edge, 1.0)
        last = depth + (1 if model.spec.parallel else 2)
        for t in tokens:
            nodes[last, t] = _sum_of(vectors, kept, (last, t), {"residual", "residual_mlp", "mlp"})
            if model.spec.parallel:
                nodes[last, t] = nodes[last, t] + added[t]
    return Run(nodes, vectors, _logits_of(model, token_ids, nodes[last, tokens[-1]]))


def _sum_of(vectors: dict[Edge, Tensor], kept: Mapping[Edge, float], node: tuple[int, int], kinds: set[str]) -> Tensor:
    total = torch.zeros_like(next(iter(vectors.values())))
    for edge, vector in vectors.items():
        if edge in kept and edge.enters == node and edge.kind in kinds:
            total = total + vector * (1.0 if edge.kind == "mlp" else kept[edge])
    return total


def _attention(
    model: LoadedModel,
    parts: BlockParts,
    resid_pre: Tensor,
    arguments: tuple[tuple[Any, ...], dict[str, Any]],
    edges: list[Edge],
    kept: Mapping[Edge, float],
    vectors: dict[Edge, Tensor],
) -> list[Tensor]:
    """What the kept attention edges add at every token, bias and norm included; fills in the edges' vectors."""
    pattern, values = _pattern_and_values(model, parts, parts.pre_attention_norm(resid_pre[None]), arguments)
    added = []
    for t in range(len(resid_pre)):
        into_t = [edge for edge in edges if edge.target == t]
        raw = {
            edge: pattern[edge.head, t, edge.source]
            * (_output_weight(parts, edge.head, values.shape[-1]) @ values[edge.head, edge.source])
            for edge in into_t
        }
        total = torch.zeros_like(resid_pre[0])
        for edge in into_t:
            if edge in kept:
                total = total + raw[edge] * kept[edge]
        if any(edge in kept for edge in into_t):
            bias = getattr(parts.attention_output, "bias", None)
            total = total if bias is None else total + bias * max(kept.get(edge, 0.0) for edge in into_t)
        after_norm = parts.post_attention_norm(total[None, None])[0, 0]
        added.append(after_norm * parts.residual_multiplier)
        for edge in into_t:  # an RMS norm multiplies each channel by one number
            vectors[edge] = raw[edge] * torch.nan_to_num(after_norm / total, nan=1.0) * parts.residual_multiplier
    return added


def _pattern_and_values(
    model: LoadedModel, parts: BlockParts, normed: Tensor, arguments: tuple[tuple[Any, ...], dict[str, Any]]
) -> tuple[Tensor, Tensor]:
    """Pattern [head, target, source] of the eager implementation, and values [head, source, d_head]."""
    values: list[Tensor] = []
    positional, named = arguments
    with _recorded_values(model, parts, values):
        result = parts.attention(normed, *positional, **named)
    pattern = next(part for part in result[1:] if isinstance(part, Tensor) and part.ndim == 4)[0]
    group = pattern.shape[0] // values[0].shape[1]
    return pattern, torch.stack([values[0][0, head // group] for head in range(pattern.shape[0])])


@contextmanager
def _recorded_values(model: LoadedModel, parts: BlockParts, values: list[Tensor]):
    """Inside, the architecture's own eager attention appends the values it is given."""
    attention, config = parts.attention, model.module.config
    own = getattr(type(attention), "_attn", None)
    plain = config._attn_implementation

    def recording(module, query, key, value, *args, **kwargs):
        values.append(value)
        eager = own or sys.modules[type(module).__module__].eager_attention_forward
        return eager(module, query, key, value, *args, **kwargs)

    try:
        if own:
            attention._attn = lambda *args, **kwargs: recording(attention, *args, **kwargs)
        AttentionInterface.register("recorded_eager", recording)
        config._attn_implementation = "recorded_eager"
        yield
    finally:
        config._attn_implementation = plain
        attention.__dict__.pop("_attn", None)


def _plain_pass(model: LoadedModel, token_ids: tuple[int, ...]) -> PlainPass:
    """One forward pass with eager masks, listened to."""
    found, config = PlainPass(), model.module.config
    plain = config._attn_implementation

    def at_attention(module, args, kwargs):
        kwargs = {name: value for name, value in kwargs.items() if name != "hidden_states"}
        found.arguments.append((args[1:], kwargs))

    def at_first_block(module, args, kwargs):
        found.embeddings = (args[0] if args else kwargs["hidden_states"])[0]

    hooks = [parts.attention.register_forward_pre_hook(at_attention, with_kwargs=True) for parts in model.blocks]
    hooks.append(model.blocks[0].block.register_forward_pre_hook(at_first_block, with_kwargs=True))
    try:
        config._attn_implementation = "eager"
        model.module(torch.tensor([token_ids]), use_cache=False)
    finally:
        config._attn_implementation = plain
        for hook in hooks:
            hook.remove()
    return found


def _logits_of(model: LoadedModel, token_ids: tuple[int, ...], state: Tensor) -> Tensor:
    """The model's own logits if ``state`` entered its final norm."""
    hook = model.final_norm.register_forward_pre_hook(lambda module, args: (state.expand_as(args[0]),))
    try:
        return model.module(torch.tensor([token_ids]), use_cache=False).logits[0, -1]
    finally:
        hook.remove()


def _output_weight(parts: BlockParts, head: int, d_head: int) -> Tensor:
    """[d_model, d_head] of one head."""
    projection = parts.attention_output
    weight = projection.weight.T if isinstance(projection, Conv1D) else projection.weight
    return weight[:, head * d_head : (head + 1) * d_head]


AttentionMaskInterface.register("recorded_eager", eager_mask)
