"""The method once more, slow and obvious: edges one at a time, in loops, over plain Python dictionaries.

Shares no code with the library but the names of submodules: patterns come from transformers' own eager attention, and
every edge's vector is computed by itself.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from transformers.pytorch_utils import Conv1D

from strace_core.model.adapters import BlockParts
from strace_core.model.loading import LoadedModel


@dataclass(frozen=True)
class Edge:
    """One additive contribution, and its node's (depth, token)."""

    kind: str
    layer: int
    head: int
    source: int
    target: int

    @property
    def enters(self) -> tuple[int, int]:
        return 2 * self.layer + (1 if self.kind in ("residual_attn", "attention") else 2), self.target

    @property
    def leaves(self) -> tuple[int, int]:
        return self.enters[0] - 1, self.source


def all_edges(n_layers: int, n_heads: int, n_tokens: int) -> list[Edge]:
    """Every edge of a sequential model that reaches the last position, in the order of edge ids."""
    edges = []
    for layer in range(n_layers):
        targets = range(n_tokens) if layer < n_layers - 1 else [n_tokens - 1]
        for target in targets:
            edges.append(Edge("residual_attn", layer, -1, target, target))
            edges += [
                Edge("attention", layer, head, source, target)
                for head in range(n_heads)
                for source in range(target + 1)
            ]
        for target in targets:
            edges.append(Edge("residual_mlp", layer, -1, target, target))
            edges.append(Edge("mlp", layer, -1, target, target))
    return edges


def grow(edges: list[Edge], scores: list[float], n_layers: int, n_tokens: int) -> list[int]:
    """Best-first growth by searching the whole frontier at every step."""
    output = (2 * n_layers, n_tokens - 1)
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
    """Every node's vector, every edge's vector, and the logits at the last position."""

    nodes: dict[tuple[int, int], Tensor]
    vectors: dict[Edge, Tensor]
    logits: Tensor


@torch.no_grad()
def run(model: LoadedModel, token_ids: tuple[int, ...], kept: set[Edge]) -> Run:
    """Run the graph of the kept edges: a node is the sum of its kept in-edges and, if one is attention, the bias."""
    spec, n_tokens = model.spec, len(token_ids)
    edges = all_edges(spec.n_layers, spec.n_heads, n_tokens)
    nodes = {(0, t): state for t, state in enumerate(_embeddings(model, token_ids))}
    vectors: dict[Edge, Tensor] = {}
    for layer, parts in enumerate(model.blocks):
        resid_pre = torch.stack([nodes[2 * layer, t] for t in range(n_tokens)])
        pattern, values = _attention(model, parts, resid_pre)
        for edge in (e for e in edges if e.layer == layer and e.kind == "attention"):
            scalar = pattern[edge.head, edge.target, edge.source]
            vectors[edge] = scalar * (_output_weight(parts, edge.head, spec.d_head) @ values[edge.head, edge.source])
        for edge in (e for e in edges if e.layer == layer and e.kind == "residual_attn"):
            vectors[edge] = nodes[edge.leaves]
        for t in range(n_tokens):
            _sum_into(nodes, (2 * layer + 1, t), vectors, kept, parts.attention_output.bias)
        for edge in (e for e in edges if e.layer == layer and e.kind in ("mlp", "residual_mlp")):
            resid_mid = nodes[edge.leaves]
            vectors[edge] = parts.mlp(parts.pre_mlp_norm(resid_mid[None]))[0] if edge.kind == "mlp" else resid_mid
        for t in range(n_tokens):
            _sum_into(nodes, (2 * layer + 2, t), vectors, kept, None)
    output = nodes[2 * spec.n_layers, n_tokens - 1]
    return Run(nodes, vectors, model.module.get_output_embeddings()(model.final_norm(output[None]))[0])


def _sum_into(
    nodes: dict[tuple[int, int], Tensor],
    node: tuple[int, int],
    vectors: dict[Edge, Tensor],
    kept: set[Edge],
    bias: Tensor | None,
) -> None:
    entering = [edge for edge in vectors if edge in kept and edge.enters == node]
    total = torch.zeros_like(nodes[0, 0])
    for edge in entering:
        total = total + vectors[edge]
    if bias is not None and any(edge.kind == "attention" for edge in entering):
        total = total + bias
    nodes[node] = total


def _embeddings(model: LoadedModel, token_ids: tuple[int, ...]) -> Tensor:
    states = model.module.get_input_embeddings()(torch.tensor(token_ids))
    if model.spec.architecture == "gpt2":
        states = states + model.module.transformer.wpe(torch.arange(len(token_ids)))
    return states


def _attention(model: LoadedModel, parts: BlockParts, resid_pre: Tensor) -> tuple[Tensor, Tensor]:
    """Pattern [head, target, source] of the eager implementation, and values [head, source, d_head]."""
    spec, n_tokens = model.spec, resid_pre.shape[0]
    normed = parts.pre_attention_norm(resid_pre[None])
    causal = torch.full((n_tokens, n_tokens), torch.finfo(torch.float32).min).triu(1)[None, None]
    plain, config = model.module.config._attn_implementation, model.module.config
    config._attn_implementation = "eager"
    if spec.architecture == "gpt2":
        pattern = parts.attention(normed, attention_mask=causal)[1][0]
        values = parts.attention.c_attn(normed)[0, :, 2 * spec.d_model :]
    else:
        positions = model.module.model.rotary_emb(normed, torch.arange(n_tokens)[None])
        pattern = parts.attention(normed, position_embeddings=positions, attention_mask=causal)[1][0]
        values = parts.attention.v_proj(normed)[0]
    config._attn_implementation = plain
    by_kv_head = values.reshape(n_tokens, spec.n_kv_heads, spec.d_head).transpose(0, 1)
    group = spec.n_heads // spec.n_kv_heads
    return pattern, torch.stack([by_kv_head[head // group] for head in range(spec.n_heads)])


def _output_weight(parts: BlockParts, head: int, d_head: int) -> Tensor:
    """[d_model, d_head] of one head."""
    projection = parts.attention_output
    weight = projection.weight.T if isinstance(projection, Conv1D) else projection.weight
    return weight[:, head * d_head : (head + 1) * d_head]
