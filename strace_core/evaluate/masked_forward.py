"""Subgraphs -> logits: many sizes of one trace in one batched forward pass, every contribution outside them zero."""

from collections.abc import Iterator
from typing import Any

import torch

from strace_core.model.adapters import BlockParts
from strace_core.model.block_forward import run_block, run_blocks
from strace_core.model.block_mask import BlockMask, BlockRanks
from strace_core.model.loaded import LoadedModel
from strace_core.model.packing import StateRows
from strace_core.model.row_sparse import run_block_rows
from strace_core.model.tensors import BatchedResid, GivenResid
from strace_core.progress import BeforeBlock, go_on
from strace_core.shapes import SizeLogits, Sizes
from strace_core.trace.trace import Trace

MAX_BATCH_TOKENS = 2048
"""Subgraphs x tokens of one forward pass."""

MAX_BATCH_PATTERN = 2**25
"""Elements of one block's attention pattern, over all subgraphs of one forward pass (128 MiB in float32)."""


def subgraph_logits(
    model: LoadedModel,
    token_ids: tuple[int, ...],
    trace: Trace,
    sizes: Sizes,
    *,
    every_row: bool = False,
    before_block: BeforeBlock = go_on,
) -> Iterator[tuple[slice, SizeLogits]]:
    """Next-token logits of the subgraphs of the given sizes, batch by batch: (rows of ``sizes``, their logits).

    ``every_row`` runs each block on all rows instead of those that a kept edge needs: slow, and the same logits.
    ``before_block`` is called before each block of each batch; an exception it raises stops the run there.
    """
    step = batch_size(trace.layout.n_heads, trace.layout.n_tokens)
    for start in range(0, len(sizes), step):
        rows = slice(start, min(start + step, len(sizes)))
        yield rows, _run_batch(model, token_ids, trace, sizes[rows], every_row=every_row, before_block=before_block)


def batch_size(n_heads: int, n_tokens: int) -> int:
    """How many subgraphs share one forward pass, at least 1."""
    return max(1, min(MAX_BATCH_TOKENS // n_tokens, MAX_BATCH_PATTERN // (n_heads * n_tokens**2)))


@torch.no_grad()
def _run_batch(
    model: LoadedModel,
    token_ids: tuple[int, ...],
    trace: Trace,
    sizes: Sizes,
    *,
    every_row: bool,
    before_block: BeforeBlock,
) -> SizeLogits:
    kept_below = torch.tensor(sizes.tolist(), device=model.device)
    states: list[StateRows] = []

    def run(layer: int, parts: BlockParts, resid_pre: GivenResid, arguments: dict[str, Any]) -> BatchedResid:
        before_block()
        mask = BlockMask(block_ranks(trace, layer, model.device), kept_below)
        if every_row:
            by_subgraph = resid_pre.expand(len(sizes), -1, -1)
            return run_block(parts, by_subgraph, mask, arguments, parallel=model.spec.parallel).resid_post
        given = states.pop() if layer else StateRows.shared(resid_pre, len(sizes))
        states.append(run_block_rows(parts, given, mask, arguments, parallel=model.spec.parallel))
        return resid_pre if layer + 1 < model.spec.n_layers else states.pop().last

    return run_blocks(model, torch.tensor(token_ids, device=model.device), run).cpu().numpy()


def block_ranks(trace: Trace, layer: int, device: torch.device) -> BlockRanks:
    """Ranks of one block's edges; a place without an edge has rank E."""
    ranks = trace.layout.by_place(trace.rank, layer, absent=trace.layout.n_edges)
    return BlockRanks(*(torch.from_numpy(rank).to(device) for _, rank in ranks.by_kind))
