"""How much memory a trace takes beside the model's weights, and how long a prompt may be; both on the safe side."""

from dataclasses import dataclass

import psutil
import torch

from strace_core.errors import PromptError
from strace_core.evaluate.mask_gradients import batch_size as gradient_batch_size
from strace_core.evaluate.masked_forward import batch_size
from strace_core.evaluate.sizes import PAPER_FRACTIONS
from strace_core.graph.layout import EdgeLayout
from strace_core.model.loaded import LoadedModel
from strace_core.model.spec import ModelSpec

N_SIZES = len(PAPER_FRACTIONS) + 1
"""The paper's sizes and the empty graph."""

# Held for an edge while the trace grows: order, sorted keys, score, rank, columns of the layout, and their temporaries.
BYTES_OF_AN_EDGE = 48
BYTES_OF_A_GROWN_EDGE = 12
"""Held for an edge of every other prompt, and of every baseline: order, score, rank."""
BYTES_ALLOCATOR_KEEPS = 3 * 2**25
"""Memory that is free again and not given back: glibc keeps blocks of up to 32 MiB, and some three were seen."""
BYTES_OF_WEIGHT = {"float32": 4, "bfloat16": 2, "float16": 2}
BYTES_OF_MEASURING = 20
"""Held for a logit of one run while its distributions are compared, beside the logit itself and the model's output."""
KEPT_STATES = 8
"""States of one block that a capture keeps, as wide as the stream."""
STATES_IN_FLIGHT = 12
"""States of one subgraph that a block holds at a time, as wide as the stream; an MLP's inner ones count as four."""
PATTERNS_IN_FLIGHT = 4
"""Attention patterns of one subgraph that a block holds at a time: scores, softmax, mask and product."""

STATES_OF_A_GRADIENT, PATTERNS_OF_A_GRADIENT = 40, 6
"""The same of every block until the gradient has come back through it."""
BYTES_OF_A_FACTOR = 24
"""Held for the factor of an edge in one softened subgraph: position, factor, slope, gradient, and their temporaries."""


@dataclass(frozen=True)
class TraceMemory:
    """Bytes that a trace takes beside the weights, by what for.

    ``activations`` are those of the captured prompt, ``scoring`` what is made of one block's to score its edges;
    activations and subgraphs are never there at the same time.
    """

    activations: int
    scoring: int
    edges: int
    subgraphs: int
    logits: int

    @property
    def total(self) -> int:
        """The most at any one time, and as much again for what the allocator keeps, as far as it does."""
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
    """The memory of a trace of ``n_tokens`` at so many sizes, by default the paper's.

    ``n_captured`` is the length of the prompt that is captured for it: ``n_tokens`` unless another is given, 0 where
    its states are in memory already. ``n_runs`` is how many traces and baselines are run together. ``searching`` is
    what the search takes before any subgraph is run.
    """
    pattern, state = spec.n_heads * n_tokens**2, n_tokens * spec.d_model
    scoring = 4 * (3 * pattern + 2 * spec.n_heads * spec.d_head * spec.d_model)
    batch = min(n_runs * n_sizes, batch_size(spec.n_heads, n_tokens))
    running = batch * BYTES_OF_WEIGHT[dtype] * (STATES_IN_FLIGHT * state + PATTERNS_IN_FLIGHT * pattern)
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
    """What the gradients of ``n_subgraphs`` softened subgraphs take: all that each gradient passes back through."""
    batch = min(n_subgraphs, gradient_batch_size(layout, spec.d_model))
    pattern, state = spec.n_heads * layout.n_tokens**2, layout.n_tokens * spec.d_model
    of_a_block = BYTES_OF_WEIGHT[dtype] * STATES_OF_A_GRADIENT * state + 4 * PATTERNS_OF_A_GRADIENT * pattern
    return batch * (spec.n_layers * of_a_block + BYTES_OF_A_FACTOR * layout.n_edges)


def captured_bytes(spec: ModelSpec, n_tokens: int, dtype: str = "float32") -> int:
    """The memory that the states of a prompt of ``n_tokens`` take, at most."""
    pattern, state = spec.n_heads * n_tokens**2, n_tokens * spec.d_model
    values = n_tokens * spec.n_heads * spec.d_head
    return spec.n_layers * BYTES_OF_WEIGHT[dtype] * (KEPT_STATES * state + pattern + values)


def available_bytes(device: torch.device) -> int:
    """Memory that is free on a device; on CUDA with what torch keeps there from earlier traces to use again."""
    if device.type == "cuda":
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + kept
    return int(psutil.virtual_memory().available)


def longest_prompt(spec: ModelSpec, n_bytes: int, dtype: str = "float32", *, n_sizes: int = N_SIZES) -> int:
    """The most tokens whose trace fits in ``n_bytes``, at most the model's context; 0 if not even one does."""
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
    """Raise PromptError for a prompt whose trace, run with others or alone, would not fit in the memory that is free.

    The arguments are those of :func:`trace_memory`.
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
    """Raise PromptError for a prompt whose states would not fit in the memory that is free."""
    _check_free(
        model, captured_bytes(model.spec, n_tokens, model.dtype_name), f"the state of all {n_tokens:,} tokens", N_SIZES
    )


def _check_free(model: LoadedModel, needed: int, what: str, n_sizes: int) -> None:
    free = available_bytes(model.device)
    if needed > free:
        fitting = longest_prompt(model.spec, free, model.dtype_name, n_sizes=n_sizes)
        raise PromptError(
            f"{what} needs about {in_gib(needed)} and {in_gib(free)} are free; "
            f"at most {fitting:,} tokens fit. Shorten the prompt."
        )


def in_gib(n_bytes: int) -> str:
    """A number of bytes for people."""
    return f"{n_bytes / 2**30:.1f} GiB" if n_bytes >= 2**30 else f"{n_bytes / 2**20:.0f} MiB"
