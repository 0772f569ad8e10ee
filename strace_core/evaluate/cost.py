"""The cost of a trace, estimated from the model's dimensions alone: edges, memory and work."""

from dataclasses import dataclass

from strace_core.errors import PromptError, SettingError
from strace_core.evaluate.memory import trace_memory
from strace_core.evaluate.sizes import SizeRequest, resolve_sizes
from strace_core.graph.layout import EdgeLayout
from strace_core.model.devices import DTYPES
from strace_core.model.spec import ModelSpec

MLP_WIDTHS = 8
"""Multiply-adds of an MLP per token, in units of d_model squared: two layers, four times as wide as the stream."""


@dataclass(frozen=True)
class TraceCost:
    """The estimated cost of a trace.

    Attributes:
        n_edges: Number of edges of its graph, E.
        n_bytes: Memory on top of the weights, a conservative estimate.
        work: Multiply-adds of running the full model once per size. Subgraphs compute fewer rows, so use it to compare
            traces: multiplied by the seconds per unit of earlier traces, it predicts the duration of this one.
    """

    n_edges: int
    n_bytes: int
    work: float


def trace_cost(spec: ModelSpec, n_tokens: int, dtype: str = "float32", *, sizes: SizeRequest = None) -> TraceCost:
    """Estimate the cost of a trace.

    Args:
        spec: Dimensions of the model.
        n_tokens: Tokens up to and including the traced position.
        dtype: Dtype of the weights.
        sizes: Subgraph sizes, as in ``trace_prompt``.

    Raises:
        PromptError: There are no tokens.
        SettingError: There is no such dtype.
        SizeError: A size is out of range.
    """
    if n_tokens < 1:
        raise PromptError(f"a trace needs at least 1 token, not {n_tokens}.")
    if dtype not in DTYPES:
        raise SettingError(f"there is no dtype {dtype!r}; choose one of {', '.join(DTYPES)}.")
    n_edges = EdgeLayout(spec.n_layers, spec.n_heads, n_tokens, spec.parallel).n_edges
    n_sizes = len(resolve_sizes(sizes, n_edges))
    memory = trace_memory(spec, n_tokens, dtype, n_sizes=n_sizes)
    return TraceCost(n_edges, memory.total, float(n_sizes * _pass(spec, n_tokens)))


def _pass(spec: ModelSpec, n_tokens: int) -> int:
    """Approximate multiply-adds of one forward pass; the spec does not include the width of the MLPs."""
    projections = 2 * (spec.n_heads + spec.n_kv_heads) * spec.d_head * spec.d_model
    mixing = 2 * spec.n_heads * spec.d_head * n_tokens
    block = n_tokens * (projections + mixing + MLP_WIDTHS * spec.d_model**2)
    return spec.n_layers * block + spec.d_model * spec.d_vocab
