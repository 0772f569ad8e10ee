"""Subgraphs -> logits: many sizes of one trace in one batched forward pass, every contribution outside them zero."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from strace_core.graph.layout import NO_EDGE
from strace_core.model.block_forward import BlockMask, run_blocks
from strace_core.model.loading import LoadedModel
from strace_core.shapes import SizeLogits, Sizes
from strace_core.trace.trace import Trace

MAX_BATCH_TOKENS = 4096
"""Subgraphs x tokens of one forward pass."""

MAX_BATCH_PATTERN = 2**25
"""Elements of one block's attention pattern, over all subgraphs of one forward pass (128 MiB in float32)."""


def subgraph_logits(
    model: LoadedModel, token_ids: tuple[int, ...], trace: Trace, sizes: Sizes
) -> Iterator[tuple[slice, SizeLogits]]:
    """Next-token logits of the subgraphs of the given sizes, batch by batch: (rows of ``sizes``, their logits)."""
    step = batch_size(trace.layout.n_heads, trace.layout.n_tokens)
    for start in range(0, len(sizes), step):
        rows = slice(start, min(start + step, len(sizes)))
        yield rows, _run_batch(model, token_ids, trace, sizes[rows])


def batch_size(n_heads: int, n_tokens: int) -> int:
    """How many subgraphs share one forward pass, at least 1."""
    return max(1, min(MAX_BATCH_TOKENS // n_tokens, MAX_BATCH_PATTERN // (n_heads * n_tokens**2)))


@torch.no_grad()
def _run_batch(model: LoadedModel, token_ids: tuple[int, ...], trace: Trace, sizes: Sizes) -> SizeLogits:
    batch = torch.tensor([token_ids] * len(sizes), device=model.device)
    kept_below = torch.tensor(sizes.tolist(), device=model.device)
    logits = run_blocks(
        model,
        batch,
        mask_of=lambda layer: block_mask(trace, layer, kept_below),
        observe=lambda layer, states: None,
    )
    return logits.cpu().numpy()


def block_mask(trace: Trace, layer: int, sizes: Int[Tensor, "batch"]) -> BlockMask:
    """Masks of one block's edges in the subgraphs of ``sizes``; positions that no edge enters keep nothing."""
    edges = trace.layout.block(layer)

    def kept(ids: Int[np.ndarray, "*place"]) -> Bool[Tensor, "batch *place"]:
        rank = np.where(ids == NO_EDGE, trace.layout.n_edges, trace.rank[ids])
        return torch.from_numpy(rank).to(sizes.device) < sizes.reshape(-1, *[1] * rank.ndim)

    return BlockMask(kept(edges.residual), kept(edges.attention), kept(edges.residual_mlp), kept(edges.mlp))
