"""Measure how far the searches are from optimal, on graphs small enough to try every subgraph.

    python -m benchmarks.exhaustive [--seeds 10]

Toy models have two or three blocks and random weights that are large enough to make outputs far from uniform. A prompt
of one to three tokens gives a graph of 12 to 17 edges. Every subgraph in which each edge has a kept path to the output
is run. They give the best subgraph of each size, nested or not, and the best order, whose subgraphs are nested. Both
searches are compared with these by the area under total variation (TV) over log10 of the size, from one path to the
full graph, with every size evaluated.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
)

from strace_core import LoadedModel, trace_prompt, wrap_model
from strace_core.evaluate import metrics
from strace_core.evaluate.mask_gradients import mask_gradients
from strace_core.graph.layout import EdgeLayout

D_VOCAB = 11
SPREAD = 0.7
"""Standard deviation of the toy models' weights."""

Subsets = np.ndarray
"""Sets of edges as integers: bit e is edge e."""


@dataclass(frozen=True, eq=False)
class Best:
    """Lowest TV by size, from 1: over all subgraphs of that size, and along the best nested order."""

    of_size: np.ndarray
    nested: np.ndarray


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10, help="models per toy architecture (%(default)s)")
    parser.add_argument("--efforts", nargs="+", type=float, default=[1.0, 4.0], help="guided-search efforts")
    arguments = parser.parse_args()
    table = pd.DataFrame(list(compared(arguments.seeds, arguments.efforts)))
    table = table.groupby(["toy", "edges", "search"], sort=False).mean().drop(columns="seed").reset_index()
    print(table.to_string(index=False, float_format="%.3f"))


def compared(n_seeds: int, efforts: list[float]) -> Iterator[dict[str, object]]:
    """Yield one row per toy model and search."""
    for name, n_tokens in (("gpt2", 2), ("llama", 2), ("gpt2, 3 blocks", 1), ("gpt_neox (parallel)", 3)):
        for seed in range(n_seeds):
            model = toy(name, seed)
            token_ids = tuple(np.random.default_rng(seed).permutation(D_VOCAB)[:n_tokens].tolist())
            yield from _rows(name, seed, model, token_ids, efforts)


def _rows(
    name: str, seed: int, model: LoadedModel, token_ids: tuple[int, ...], efforts: list[float]
) -> Iterator[dict[str, object]]:
    layout = EdgeLayout(model.spec.n_layers, model.spec.n_heads, len(token_ids), model.spec.parallel)
    every = range(layout.n_edges + 1)
    found = {"best-first": trace_prompt(model, token_ids, sizes=every)}
    for effort in efforts:
        found[f"guided, effort {effort:g}"] = trace_prompt(
            model, token_ids, sizes=every, search="guided", effort=effort
        )
    n_path = layout.n_path_edges
    best = best_subgraphs(layout, tv_of_all(model, token_ids, layout, found["best-first"].full_logits), n_path)
    curves = {search: result.curve["tv"].to_numpy()[1:] for search, result in found.items()}
    for search, tv in {**curves, "best order": best.nested, "best of each size": best.of_size}.items():
        excess = (tv - best.of_size)[n_path - 1 :]
        yield {
            "toy": name,
            "edges": layout.n_edges,
            "search": search,
            "seed": seed,
            "area": float(tv @ log_weights(layout.n_edges, n_path)),
            "sizes at the optimum": float((excess < 1e-3).mean()),
            "mean excess TV": float(excess.mean()),
            "worst excess TV": float(excess.max()),
        }


def toy(name: str, seed: int) -> LoadedModel:
    """A small model with random weights."""
    torch.manual_seed(seed)
    common = {"vocab_size": D_VOCAB, "bos_token_id": 0, "eos_token_id": 0, "initializer_range": SPREAD}
    stream = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 1}
    module: PreTrainedModel
    if name == "llama":
        module = LlamaForCausalLM(LlamaConfig(**common, **stream, max_position_embeddings=8))
    elif name.startswith("gpt_neox"):
        module = GPTNeoXForCausalLM(GPTNeoXConfig(**common, **stream, max_position_embeddings=8))
    else:
        n_layer = 3 if "3 blocks" in name else 2
        module = GPT2LMHeadModel(GPT2Config(**common, n_positions=8, n_embd=16, n_layer=n_layer, n_head=1))
    return wrap_model(module.eval(), name=name)


def kept_edges(subsets: Subsets, n_edges: int) -> np.ndarray:
    """The sets as boolean masks, [subset, edge]."""
    return (subsets[:, None] >> np.arange(n_edges)) & 1 == 1


def leads_to_output(layout: EdgeLayout) -> np.ndarray:
    """For every set of edges, by its number: does each of its edges have a path to the output within the set?

    Edges point forward, so it suffices that each enters the output node or a node that another edge of the set leaves.
    """
    subsets = np.arange(2**layout.n_edges)
    fine = np.ones(len(subsets), dtype=bool)
    for edge, node in enumerate(layout.target_node.tolist()):
        if node != layout.output_node:
            leaving = sum(1 << int(other) for other in np.flatnonzero(layout.source_node == node))
            fine &= (subsets >> edge & 1 == 0) | (subsets & leaving != 0)
    return fine


def tv_of_all(
    model: LoadedModel, token_ids: tuple[int, ...], layout: EdgeLayout, full_logits: np.ndarray
) -> np.ndarray:
    """TV of every set of edges that leads to the output, by its number; infinite for the others."""
    fine = np.flatnonzero(leads_to_output(layout))
    tv = np.full(2**layout.n_edges, np.inf)
    for part in np.array_split(fine, max(1, len(fine) // 2**14)):
        masks = kept_edges(part, layout.n_edges).astype(np.float32)
        logits = mask_gradients(model, token_ids, layout, masks, lambda logits: logits[:, 0]).logits
        tv[part] = metrics.total_variation(metrics.softmax(full_logits), metrics.softmax(logits))
    return tv


def log_weights(n_edges: int, n_path: int) -> np.ndarray:
    """Weights of TV at sizes 1, 2, ... that sum to the area over log10 of the size, from ``n_path``."""
    gaps = np.diff(np.log10(np.arange(n_path, n_edges + 1)))
    weights = np.zeros(n_edges)
    weights[n_path - 1 : -1] += gaps / 2
    weights[n_path:] += gaps / 2
    return weights


def best_subgraphs(layout: EdgeLayout, tv: np.ndarray, n_path: int) -> Best:
    """The lowest TV of each size, and the curve of the order with the smallest area, by dynamic programming.

    The smallest area up to a set is its own contribution plus the smallest up to any set that lacks one of its edges.
    """
    n_edges = layout.n_edges
    size = np.array([int(subset).bit_count() for subset in range(len(tv))])
    weights = np.concatenate([[0.0], log_weights(n_edges, n_path)])
    least = np.where(np.isfinite(tv), 0.0, np.inf)
    last = np.full(len(tv), -1)
    for n in range(1, n_edges + 1):
        of_size = np.flatnonzero((size == n) & np.isfinite(tv))
        without = of_size[:, None] ^ (1 << np.arange(n_edges))
        before = np.where(kept_edges(of_size, n_edges), least[without], np.inf)
        last[of_size] = before.argmin(axis=1)
        least[of_size] = before.min(axis=1) + weights[n] * tv[of_size]
    chain, subset = [], len(tv) - 1
    while subset:
        chain.append(tv[subset])
        subset ^= 1 << int(last[subset])
    return Best(np.array([tv[size == n].min() for n in range(1, n_edges + 1)]), np.array(chain[::-1]))


if __name__ == "__main__":
    main()
