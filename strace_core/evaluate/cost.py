"""What a trace will take, from the model's dimensions alone: edges, memory, work."""

from dataclasses import dataclass

from strace_core.errors import PromptError, SettingError
from strace_core.evaluate.memory import BYTES_OF_WEIGHT, trace_memory
from strace_core.evaluate.sizes import SizeRequest, resolve_sizes
from strace_core.graph.layout import EdgeLayout
from strace_core.model.spec import ModelSpec

MLP_WIDTHS = 8
"""Multiply-adds of an MLP for one token, in squares of d_model: two layers, four times as wide as the stream."""


@dataclass(frozen=True)
class TraceCost:
    """What a trace takes.

    ``n_edges`` is E, the edges of its graph; ``n_bytes`` the memory beside the weights, on the safe side. ``work`` is
    the multiply-adds of running the whole model once for every size. Subgraphs run only the rows they need, so it says
    how traces compare: times the seconds that a unit of it took in earlier traces of the model, it is about the
    seconds of this one.
    """

    n_edges: int
    n_bytes: int
    work: float


def trace_cost(spec: ModelSpec, n_tokens: int, dtype: str = "float32", *, sizes: SizeRequest = None) -> TraceCost:
    """The cost of a trace of the prediction after ``n_tokens`` tokens, at ``sizes`` as in ``trace_prompt``.

    Raises PromptError for less than one token, SettingError for a dtype, SizeError for sizes that do not exist.
    """
    if n_tokens < 1:
        raise PromptError(f"a trace of {n_tokens} tokens costs nothing and shows nothing; count at least 1.")
    if dtype not in BYTES_OF_WEIGHT:
        raise SettingError(f"there is no dtype {dtype!r}; choose one of {', '.join(BYTES_OF_WEIGHT)}.")
    n_edges = EdgeLayout(spec.n_layers, spec.n_heads, n_tokens, spec.parallel).n_edges
    n_sizes = len(resolve_sizes(sizes, n_edges))
    memory = trace_memory(spec, n_tokens, dtype, n_sizes=n_sizes)
    return TraceCost(n_edges, memory.total, float(n_sizes * _pass(spec, n_tokens)))


def _pass(spec: ModelSpec, n_tokens: int) -> int:
    """Multiply-adds of one pass of the model, about: spec does not tell how wide its MLPs are."""
    projections = 2 * (spec.n_heads + spec.n_kv_heads) * spec.d_head * spec.d_model
    mixing = 2 * spec.n_heads * spec.d_head * n_tokens
    block = n_tokens * (projections + mixing + MLP_WIDTHS * spec.d_model**2)
    return spec.n_layers * block + spec.d_model * spec.d_vocab
