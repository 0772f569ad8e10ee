"""Subgraphs -> logits: run many sizes of one or several traces in one forward pass, with all other edges zero-ablated.

Source: section 4 of docs/method.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from strace_core.kinds import ByKind
from strace_core.model.adapters import BlockParts
from strace_core.model.block_forward import run_block, run_blocks
from strace_core.model.loaded import LoadedModel
from strace_core.model.masks.hard import BlockMask, BlockRanks
from strace_core.model.packing import StateRows
from strace_core.model.row_sparse import run_block_rows
from strace_core.model.tensors import BatchedResid, GivenResid
from strace_core.progress import BeforeBlock, no_op
from strace_core.shapes import SizeLogits, Sizes
from strace_core.trace.trace import Trace

MAX_BATCH_TOKENS = 2048
"""Largest subgraphs x tokens of one forward pass."""

MAX_BATCH_PATTERN = 2**25
"""Largest number of elements of one block's attention patterns in one forward pass (128 MiB in float32)."""


@dataclass(frozen=True, eq=False)
class MaskedRun:
    """Subgraphs of one prompt to run.

    Attributes:
        token_ids: The prompt.
        trace: The order of the edges.
        sizes: Sizes of the subgraphs; size n keeps the first n edges of the order.
    """

    token_ids: tuple[int, ...]
    trace: Trace
    sizes: Sizes


def subgraph_logits(
    model: LoadedModel,
    token_ids: tuple[int, ...],
    trace: Trace,
    sizes: Sizes,
    *,
    every_row: bool = False,
    before_block: BeforeBlock = no_op,
) -> Iterator[tuple[slice, SizeLogits]]:
    """Compute the next-token logits of subgraphs of one trace, batch by batch.

    Args:
        model: The model.
        token_ids: The prompt.
        trace: The order of the edges.
        sizes: Sizes of the subgraphs.
        every_row: As for :func:`logits_of_runs`.
        before_block: As for :func:`logits_of_runs`.

    Yields:
        A slice of ``sizes`` and its logits.
    """
    run = MaskedRun(token_ids, trace, sizes)
    for ((_, rows, logits),) in logits_of_runs(model, [run], every_row=every_row, before_block=before_block):
        yield rows, logits


def logits_of_runs(
    model: LoadedModel, runs: Sequence[MaskedRun], *, every_row: bool = False, before_block: BeforeBlock = no_op
) -> Iterator[list[tuple[int, slice, SizeLogits]]]:
    """Compute the next-token logits of the subgraphs of several runs, batch by batch.

    Args:
        model: The model.
        runs: Subgraphs to run, of prompts of equal length.
        every_row: Whether to compute all rows instead of those that a kept edge needs: slower, with the same result.
        before_block: Called before each block of each batch. Raise an exception in it to cancel.

    Yields:
        The parts of a finished batch, each with the index of its run, a slice of the run's sizes, and their logits.
    """
    layout = runs[0].trace.layout
    assert all(run.trace.layout == layout for run in runs), "prompts must have equal length"
    for parts in _batches([len(run.sizes) for run in runs], batch_size(layout.n_heads, layout.n_tokens)):
        batch = [replace(runs[place], sizes=runs[place].sizes[rows]) for place, rows in parts]
        logits = _run_batch(model, batch, every_row=every_row, before_block=before_block)
        of_parts = np.split(logits, np.cumsum([len(run.sizes) for run in batch])[:-1])
        yield [(place, rows, of_part) for (place, rows), of_part in zip(parts, of_parts, strict=True)]


def _batches(lengths: Sequence[int], step: int) -> Iterator[list[tuple[int, slice]]]:
    """Parts of runs, (place of the run, rows of its sizes), of at most ``step`` rows in all.

    A run is cut where it has more rows, and nowhere else: a batch's attention is computed at all targets that any of
    its subgraphs needs, so the small subgraphs of one run are better off without the large ones of another.
    """
    batch: list[tuple[int, slice]] = []
    n_free = step
    for place, length in enumerate(lengths):
        for start in range(0, length, step):
            rows = slice(start, min(start + step, length))
            if rows.stop - start > n_free:
                yield batch
                batch, n_free = [], step
            batch.append((place, rows))
            n_free -= rows.stop - start
    yield batch


def batch_size(n_heads: int, n_tokens: int) -> int:
    """Return how many subgraphs share one forward pass, at least 1."""
    return max(1, min(MAX_BATCH_TOKENS // n_tokens, MAX_BATCH_PATTERN // (n_heads * n_tokens**2)))


@torch.no_grad()
def _run_batch(
    model: LoadedModel, runs: Sequence[MaskedRun], *, every_row: bool, before_block: BeforeBlock
) -> SizeLogits:
    traces, n_sizes = [run.trace for run in runs], [len(run.sizes) for run in runs]
    prompts = list(dict.fromkeys(run.token_ids for run in runs))
    prompt = _by_subgraph([prompts.index(run.token_ids) for run in runs], n_sizes, model.device)
    order = _by_subgraph(range(len(runs)), n_sizes, model.device) if len(runs) > 1 else None
    kept_below = torch.from_numpy(np.concatenate([run.sizes for run in runs])).to(model.device)
    states: list[StateRows] = []

    def run_one(layer: int, parts: BlockParts, resid_pre: GivenResid, arguments: dict[str, Any]) -> BatchedResid:
        before_block()
        mask = BlockMask(block_ranks(traces, layer, model.device), kept_below, order)
        if every_row:
            by_subgraph = resid_pre if layer else resid_pre[prompt]  # [batch, token, d_model]
            return run_block(parts, by_subgraph, mask, arguments, parallel=model.spec.parallel).resid_post
        given = states.pop() if layer else StateRows.shared(resid_pre, prompt)
        states.append(run_block_rows(parts, given, mask, arguments, parallel=model.spec.parallel))
        return resid_pre if layer + 1 < model.spec.n_layers else states.pop().last

    return run_blocks(model, torch.tensor(prompts, device=model.device), run_one).cpu().numpy()  # [batch, d_vocab]


def _by_subgraph(of_runs: Sequence[int], n_sizes: Sequence[int], device: torch.device) -> Int[Tensor, "batch"]:
    """Repeat one number per run for each of its subgraphs: [run] -> [batch]."""
    return torch.from_numpy(np.repeat(np.array(of_runs, dtype=np.int64), n_sizes)).to(device)


def block_ranks(traces: Sequence[Trace], layer: int, device: torch.device) -> BlockRanks:
    """Return the ranks of one block's edges in the order of each trace; rank E where there is no edge."""
    blocks = [trace.layout.by_place(trace.rank, layer, absent=trace.layout.n_edges) for trace in traces]
    by_kind = zip(*(block.values() for block in blocks), strict=True)
    return ByKind(*(torch.from_numpy(np.stack(of_kind)).to(device) for of_kind in by_kind))
