import pytest

from strace_core import PromptError, SettingError, TraceCost, edge_layout, trace_cost, trace_prompt
from strace_core.evaluate.memory import trace_memory
from strace_core.evaluate.sizes import resolve_sizes
from strace_core.model.spec import ModelSpec
from tests.core.tiny_models import tiny_model

SPEC = ModelSpec(
    name="by hand", revision=None, architecture="llama", n_layers=2, n_heads=3, n_kv_heads=1, d_model=10, d_head=4,
    d_vocab=100, max_context=50, parallel=False,
)  # fmt: skip


def test_work_by_hand() -> None:
    """A token and block: queries and output 2 * 3 * 4 * 10, keys and values 2 * 4 * 10, an MLP of 10 into 40 and back;
    scores and mixture 2 * 3 * 4 for each of 5 tokens. Then the head, once."""
    block = 5 * (240 + 80 + 2 * 400 + 24 * 5)
    assert trace_cost(SPEC, 5, sizes=[0, 1, 2]).work == 3 * (2 * block + 10 * 100)


@pytest.mark.parametrize("name", ["llama", "gpt_neox"])
def test_edges_and_sizes_are_those_of_the_trace(name: str) -> None:
    model = tiny_model(name)
    for sizes in (None, "dense", [0, 5, 0.5]):
        cost, result = trace_cost(model.spec, 4, sizes=sizes), trace_prompt(model, (1, 2, 3, 4), sizes=sizes)
        assert cost.n_edges == result.n_edges
        assert cost.work == len(result.curve) * trace_cost(model.spec, 4, sizes=[1]).work


def test_it_grows_with_the_prompt_and_with_the_sizes() -> None:
    costs = [trace_cost(SPEC, n_tokens, sizes=[0, 1.0]) for n_tokens in range(1, 40)]
    for field in vars(costs[0]):
        values = [getattr(cost, field) for cost in costs]
        assert values == sorted({*values})
    paper, dense = trace_cost(SPEC, 20), trace_cost(SPEC, 20, sizes="dense")
    assert paper.work < dense.work and paper.n_bytes < dense.n_bytes


def test_memory_is_that_of_the_sizes_and_the_dtype() -> None:
    n_edges = edge_layout(tiny_model("llama"), 9).n_edges
    spec, n_sizes = tiny_model("llama").spec, len(resolve_sizes("dense", n_edges))
    found = trace_cost(spec, 9, "bfloat16", sizes="dense")
    assert found == TraceCost(n_edges, trace_memory(spec, 9, "bfloat16", n_sizes=n_sizes).total, found.work)


def test_what_cannot_be_traced_costs_nothing() -> None:
    with pytest.raises(PromptError, match="at least 1 token, not 0"):
        trace_cost(SPEC, 0)
    with pytest.raises(SettingError, match="no dtype 'int4'; choose one of float32"):
        trace_cost(SPEC, 4, "int4")
