"""Conservative estimates of a trace's memory, on top of the model's weights, and of the longest prompt that fits."""

from dataclasses import dataclass

import psutil
import torch

from strace_core.errors import PromptError
from strace_core.evaluate.mask_gradients import batch_size as gradient_batch_size
from strace_core.evaluate.masked_forward import batch_size
from strace_core.evaluate.sizes import PAPER_FRACTIONS
from strace_core.graph.layout import EdgeLayout
from strace_core.model.devices import BYTES_PER_WEIGHT
from strace_core.model.loaded import LoadedModel
from strace_core.model.spec import ModelSpec

N_SIZES = len(PAPER_FRACTIONS) + 1
"""Sizes of the default grid: the paper's and the empty graph."""

BYTES_OF_AN_EDGE = 48
"""Per edge while a trace grows: order, sort keys, score, rank, columns of the layout, and temporaries."""
BYTES_OF_A_GROWN_EDGE = 12
"""Per edge of each further prompt or baseline: order, score, rank."""
BYTES_ALLOCATOR_KEEPS = 3 * 2**25
"""Freed memory that is not returned to the system: glibc keeps blocks of up to 32 MiB; about three were observed."""
BYTES_OF_MEASURING = 20
"""Per logit of one run while distributions are compared, on top of the logit itself and the model's output."""
KEPT_STATES = 8
"""States of width d_model that a capture keeps per block."""
STATES_IN_FLIGHT = 12
"""States of width d_model that a block holds at a time per subgraph; the MLP's hidden layer counts as four."""
PATTERNS_IN_FLIGHT = 4
"""Attention patterns that a block holds at a time per subgraph: scores, softmax, mask and product."""

STATES_OF_A_GRADIENT, PATTERNS_OF_A_GRADIENT = 40, 6
"""The same, but for every block at once, while gradients are computed."""
BYTES_OF_A_FACTOR = 24
"""Per edge of one softened subgraph: position, factor, slope, gradient, and temporaries."""


@dataclass(frozen=True)
class TraceMemory:
    """Bytes that a trace takes on top of the weights. Activations and subgraphs never coexist.

    Attributes:
        activations: States of the captured prompt.
        scoring: Intermediate results of scoring one block's edges.
        edges: Order, scores, ranks and other columns of the edges.
        subgraphs: States and patterns of a batch of subgraphs.
        logits: Logits of all subgraphs, and their comparison.
    """

    activations: int
    scoring: int
    edges: int
    subgraphs: int
    logits: int

    @property
    def total(self) -> int:
        """The peak, plus what the allocator may keep: as much again, up to ``BYTES_ALLOCATOR_KEEPS``."""
        needed = self.edges + self.logits + max(self.activations + self.scoring, self.subgraphs)
        return needed + min(needed, BYTES_ALLOCATOR_KEEPS)


def trace_memory(
    spec: ModelSpec,
    n_tokens: int,
    dtype: str = "float32",
    *,
    n_sizes: int = N_SIZES,
    n_captured: int | None = None,
    n_runs: int = 1,
    searching: int = 0,
) -> TraceMemory:
    """Estimate the memory of a trace.

    Args:
        spec: Dimensions of the model.
        n_tokens: Tokens up to and including the traced position.
        dtype: Dtype of the model.
        n_sizes: Number of sizes to run.
        n_captured: Tokens of the prompt that is captured; None means ``n_tokens``, 0 a capture that already exists.
        n_runs: Number of traces and baselines that run together.
        searching: Bytes that the search takes before any subgraph runs.
    """
    pattern, state = spec.n_heads * n_tokens**2, n_tokens * spec.d_model
    scoring = 4 * (3 * pattern + 2 * spec.n_heads * spec.d_head * spec.d_model)
    batch = min(n_runs * n_sizes, batch_size(spec.n_heads, n_tokens))
    running = batch * BYTES_PER_WEIGHT[dtype] * (STATES_IN_FLIGHT * state + PATTERNS_IN_FLIGHT * pattern)
    layout = EdgeLayout(spec.n_layers, spec.n_heads, n_tokens, spec.parallel)
    n_edges = layout.n_edges
    of_subgraphs = max(searching, running + (4 + 8 * min(n_runs, batch)) * pattern)
    return TraceMemory(
        activations=captured_bytes(spec, n_tokens if n_captured is None else n_captured, dtype),
        scoring=scoring,
        edges=(BYTES_OF_AN_EDGE + BYTES_OF_A_GROWN_EDGE * (n_runs - 1)) * n_edges,
        subgraphs=of_subgraphs,
        logits=n_sizes * spec.d_vocab * (8 * n_runs + BYTES_OF_MEASURING),
    )


def gradient_bytes(spec: ModelSpec, layout: EdgeLayout, dtype: str, *, n_subgraphs: int) -> int:
    """Memory of the gradients of ``n_subgraphs`` softened subgraphs: all that autograd keeps, in bytes."""
    batch = min(n_subgraphs, gradient_batch_size(layout, spec.d_model))
    pattern, state = spec.n_heads * layout.n_tokens**2, layout.n_tokens * spec.d_model
    of_a_block = BYTES_PER_WEIGHT[dtype] * STATES_OF_A_GRADIENT * state + 4 * PATTERNS_OF_A_GRADIENT * pattern
    return batch * (spec.n_layers * of_a_block + BYTES_OF_A_FACTOR * layout.n_edges)


def captured_bytes(spec: ModelSpec, n_tokens: int, dtype: str = "float32") -> int:
    """Return the largest memory that the captured states of a prompt can take."""
    pattern, state = spec.n_heads * n_tokens**2, n_tokens * spec.d_model
    values = n_tokens * spec.n_heads * spec.d_head
    return spec.n_layers * BYTES_PER_WEIGHT[dtype] * (KEPT_STATES * state + pattern + values)


def available_bytes(device: torch.device) -> int:
    """Return the free memory of a device; on CUDA this includes memory that torch has cached for reuse."""
    if device.type == "cuda":
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + kept
    return int(psutil.virtual_memory().available)


def longest_prompt(spec: ModelSpec, n_bytes: int, dtype: str = "float32", *, n_sizes: int = N_SIZES) -> int:
    """Return the most tokens whose trace fits into ``n_bytes``.

    Args:
        spec: Dimensions of the model; its context is the upper limit.
        n_bytes: Available memory.
        dtype: Dtype of the model.
        n_sizes: Number of sizes to run.

    Returns:
        A number of tokens; 0 if not even one fits.
    """
    shortest, longest = 0, spec.max_context
    while shortest < longest:
        middle = (shortest + longest + 1) // 2
        fits = trace_memory(spec, middle, dtype, n_sizes=n_sizes).total <= n_bytes
        shortest, longest = (middle, longest) if fits else (shortest, middle - 1)
    return shortest


def check_fits(
    model: LoadedModel,
    n_tokens: int,
    *,
    n_sizes: int = N_SIZES,
    n_captured: int | None = None,
    n_runs: int = 1,
    searching: int = 0,
) -> None:
    """Check that a trace fits into the free memory of the model's device.

    Args:
        model: The model.
        n_tokens: As for :func:`trace_memory`.
        n_sizes: As for :func:`trace_memory`.
        n_captured: As for :func:`trace_memory`.
        n_runs: As for :func:`trace_memory`.
        searching: As for :func:`trace_memory`.

    Raises:
        PromptError: It does not fit.
    """
    needed = trace_memory(
        model.spec,
        n_tokens,
        model.dtype_name,
        n_sizes=n_sizes,
        n_captured=n_captured,
        n_runs=n_runs,
        searching=searching,
    ).total
    _check_free(model, needed, f"a trace of {n_tokens:,} tokens", n_sizes)


def check_capture_fits(model: LoadedModel, n_tokens: int) -> None:
    """Check that the captured states of a prompt fit into the free memory of the model's device.

    Raises:
        PromptError: They do not fit.
    """
    _check_free(
        model, captured_bytes(model.spec, n_tokens, model.dtype_name), f"the state of all {n_tokens:,} tokens", N_SIZES
    )


def _check_free(model: LoadedModel, needed: int, what: str, n_sizes: int) -> None:
    free = available_bytes(model.device)
    if needed > free:
        fitting = longest_prompt(model.spec, free, model.dtype_name, n_sizes=n_sizes)
        raise PromptError(
            f"{what} needs about {in_gib(needed)}, but only {in_gib(free)} are free; "
            f"at most {fitting:,} tokens fit. Shorten the prompt."
        )


def in_gib(n_bytes: int) -> str:
    """Format a number of bytes in GiB or MiB."""
    return f"{n_bytes / 2**30:.1f} GiB" if n_bytes >= 2**30 else f"{n_bytes / 2**20:.0f} MiB"
