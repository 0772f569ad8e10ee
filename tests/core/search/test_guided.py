"""Guided search: what it is made of by value, and what holds of any trace that it finds."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strace_core import SettingError, TraceResult, capture_prompt, trace_prompt, trace_prompts, with_baselines
from strace_core.evaluate.memory import trace_memory
from strace_core.graph.layout import EdgeLayout
from strace_core.model.loaded import LoadedModel
from strace_core.pipeline import stages
from strace_core.progress import Progress
from strace_core.search import SEARCHES
from strace_core.search.descent import descend, joined
from strace_core.search.protocol import Candidate, ScoredGraph
from strace_core.search.relaxation import MIN_FACTOR, moved, positions_of, slope, soft_mask
from strace_core.search.schedule import N_SIZES, Step, n_steps, size_range
from strace_core.trace.baselines import random
from strace_core.trace.growth import grow_best_first
from strace_core.trace.trace import Stretch, Trace
from tests.core.tiny_models import tiny_model

TOKENS = (7, 3, 41, 3, 19)
EFFORT = 0.3
ARCHITECTURES = ("gpt2", "llama", "gpt_neox", "olmo2", "mixtral")

small_graphs = st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 4), st.booleans())
seeds = st.integers(0, 2**32 - 1)


def random_order(layout: EdgeLayout, seed: int) -> np.ndarray:
    return grow_best_first(layout, np.random.default_rng(seed).random(layout.n_edges, dtype=np.float32))


def assert_every_prefix_reaches_the_output(layout: EdgeLayout, order: np.ndarray) -> None:
    assert sorted(order) == list(range(layout.n_edges))
    reached = {layout.output_node}
    for edge in order:
        assert layout.target_node[edge] in reached
        reached.add(layout.source_node[edge])


# What a search is made of


def test_a_cold_mask_is_the_subgraph_and_a_warm_one_is_soft() -> None:
    positions = positions_of(np.array([2, 0, 3, 1]))
    np.testing.assert_allclose(positions, np.log10([2, 4, 1, 3]), rtol=1e-6)
    between = np.log10(2.5)
    assert soft_mask(positions, between, 1e-4).tolist() == [1, 0, 1, 0]
    np.testing.assert_allclose(soft_mask(positions, np.log10(2), 0.5)[0], 0.5)
    warm = soft_mask(positions, between, 1.0)
    assert warm[2] > warm[0] > warm[3] > warm[1] > MIN_FACTOR


def test_slope_is_how_a_factor_falls_with_the_position() -> None:
    positions, step = np.linspace(0.2, 1.8, 9, dtype=np.float32), 1e-3
    before, after = (soft_mask(positions + sign * np.float32(step), 1.0, 0.4) for sign in (-1, 1))
    np.testing.assert_allclose(slope(soft_mask(positions, 1.0, 0.4), 0.4), (before - after) / (2 * step), rtol=2e-3)


@given(small_graphs, seeds)
def test_moved_edges_still_reach_the_output(shape: tuple[int, int, int, bool], seed: int) -> None:
    layout = EdgeLayout(*shape)
    gradient = np.random.default_rng(seed).normal(size=layout.n_edges).astype(np.float32)
    order = moved(layout, random_order(layout, seed), gradient, 0.5, 2)
    assert_every_prefix_reaches_the_output(layout, order)


def test_an_edge_moves_against_its_gradient() -> None:
    """One block, one head, one token: all edges but the first two are on the frontier from the start."""
    layout = EdgeLayout(1, 1, 1)  # 0 residual_attn, 1 attention, 2 residual_mlp, 3 mlp
    order = np.array([2, 0, 1, 3])
    assert moved(layout, order, np.zeros(4, np.float32), 0.5, 1).tolist() == order.tolist()
    pulled = moved(layout, order, np.array([0, 0, 0, 2.0], np.float32), 2.0, 1)
    assert pulled.tolist() == [3, 2, 0, 1]
    pushed = moved(layout, order, np.array([-1.0, 0, 0, 0], np.float32), 2.0, 1)
    assert pushed.tolist() == [2, 1, 3, 0]


@given(small_graphs, seeds, st.floats(0, 1))
def test_joined_orders_still_reach_the_output(shape: tuple[int, int, int, bool], seed: int, share: float) -> None:
    layout = EdgeLayout(*shape)
    one, other = random_order(layout, seed), random_order(layout, seed + 1)
    n = int(share * layout.n_edges)
    order = joined(one[:n], other)
    assert order[:n].tolist() == one[:n].tolist()
    assert_every_prefix_reaches_the_output(layout, order)
    rest = order[n:].tolist()
    assert rest == [edge for edge in other.tolist() if edge in set(rest)]


def test_steps_get_colder_and_shorter_and_look_at_ever_more_sizes() -> None:
    steps = [Step(number, 7) for number in range(7)]
    for name in ("temperature", "stride"):
        values = [getattr(step, name) for step in steps]
        assert values == sorted(values, reverse=True) and values[0] > values[-1] > 0
    sizes = [np.array(step.log_sizes(24, 1500)) for step in steps]
    together = np.concatenate(sizes)
    assert together.min() >= np.log10(24) and together.max() <= np.log10(1500)
    assert all((np.diff(of_step) > 0).all() for of_step in sizes) and len(np.unique(together)) == len(together)
    counts = [len(of_step) for of_step in sizes]
    assert counts == sorted(counts) and (counts[0], counts[-1]) == N_SIZES
    assert np.isfinite([Step(0, 1).temperature, *Step(0, 1).log_sizes(12, 13)]).all()


def test_a_graph_of_few_paths_is_looked_at_as_a_whole() -> None:
    """Six blocks of four heads have paths of 12 edges: 5,256 edges after 20 tokens, 27 after one."""
    large, small = EdgeLayout(6, 4, 20), EdgeLayout(6, 4, 1)
    assert size_range(large) == (24, int(0.3 * large.n_edges)) and large.n_path_edges == 12
    assert size_range(small) == (12, small.n_edges)
    one = EdgeLayout(1, 1, 1, parallel=True)
    assert size_range(one) == (1, one.n_edges)


def test_effort_is_steps() -> None:
    assert n_steps(2) == 2 * n_steps(1) and n_steps(1e-6) == 1


# What holds of any guided trace


@pytest.fixture(scope="module", params=ARCHITECTURES)
def model(request: pytest.FixtureRequest) -> LoadedModel:
    return tiny_model(request.param)


@pytest.fixture(scope="module")
def result(model: LoadedModel) -> TraceResult:
    return trace_prompt(model, TOKENS, search="guided", effort=EFFORT)


def test_every_subgraph_reaches_the_output(result: TraceResult) -> None:
    assert_every_prefix_reaches_the_output(result.layout, result.trace.order)


def test_it_is_not_worse_than_best_first_which_stands_beside_it(model: LoadedModel, result: TraceResult) -> None:
    paper = trace_prompt(model, TOKENS)
    beside = result.baselines["best-first"]
    np.testing.assert_allclose(beside["tv"], paper.curve["tv"], atol=1e-6)
    assert beside["n_kept"].tolist() == result.curve["n_edges"].tolist()
    assert result.density.auc_tv_log <= paper.density.auc_tv_log + 1e-6
    assert np.array_equal(result.scores, paper.scores) and result.id != paper.id


def test_the_curve_is_that_of_its_own_subgraphs(model: LoadedModel, result: TraceResult) -> None:
    row = len(result.curve) // 2
    n_edges = int(result.curve["n_edges"].iloc[row])
    again = trace_prompt(model, TOKENS, search="guided", effort=EFFORT, sizes=[n_edges])
    assert np.array_equal(again.trace.order, result.trace.order)
    np.testing.assert_allclose(again.logits[0], result.logits[row], atol=1e-5)
    assert again.baselines["best-first"]["n_edges"].tolist() == [n_edges]


def test_same_request_same_trace(model: LoadedModel, result: TraceResult) -> None:
    again = trace_prompt(model, capture_prompt(model, TOKENS), search="guided", effort=EFFORT)
    assert again.id == result.id and again.stretches == result.stretches
    assert np.array_equal(again.trace.order, result.trace.order)
    assert np.array_equal(again.logits, result.logits)


def test_stretches_tell_where_the_order_is_the_papers(model: LoadedModel, result: TraceResult) -> None:
    paper = trace_prompt(model, TOKENS).trace.order
    assert result.stretches[-1] == Stretch(result.n_edges, "best-first")
    chosen = result.stretches[0].n_edges if len(result.stretches) == 2 else 0
    rest = result.trace.order[chosen:].tolist()
    assert rest == [edge for edge in paper.tolist() if edge in set(rest)]


def test_it_finds_something_on_most_models() -> None:
    better = [trace_prompt(tiny_model(name), TOKENS, search="guided", effort=EFFORT) for name in ARCHITECTURES]
    assert sum(len(result.stretches) == 2 for result in better) >= 3


def test_where_nothing_better_is_found_the_order_is_the_papers(
    model: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = trace_prompt(model, TOKENS)
    worst = max((random(paper.trace, paper.scores, seed) for seed in range(5)), key=lambda trace: trace.connected)
    poor = Trace(paper.layout, np.concatenate([worst.order[:1], joined(worst.order, paper.trace.order)[1:]]))
    found = Candidate(poor, (Stretch(paper.n_edges, "guided"),))
    monkeypatch.setattr("strace_core.search.descent.descend", lambda *_, **__: found)
    judged = []
    monkeypatch.setattr(stages, "density", lambda curve, n: judged.append(curve) or _Fixed(len(judged)))
    kept = trace_prompt(model, TOKENS, search="guided", effort=EFFORT)
    assert len(judged) == 2 and kept.stretches == (Stretch(paper.n_edges, "best-first"),)
    assert np.array_equal(kept.trace.order, paper.trace.order)
    np.testing.assert_allclose(kept.curve["tv"], kept.baselines["best-first"]["tv"], atol=0)


class _Fixed:
    """A density that says the first curve is the worse one."""

    def __init__(self, number: int) -> None:
        self.auc_tv_log = 3.0 - number


# Around it


def test_prompts_of_a_list_are_searched_as_alone() -> None:
    model = tiny_model("llama")
    prompts = [TOKENS, (1, 2, 3), TOKENS[::-1]]
    together = trace_prompts(model, prompts, search="guided", effort=0.1, baselines=("random",))
    for prompt, found in zip(prompts, together, strict=True):
        alone = trace_prompt(model, prompt, search="guided", effort=0.1, baselines=("random",))
        assert found.id == alone.id and np.array_equal(found.trace.order, alone.trace.order)
        assert [*found.baselines] == ["best-first", "random"]


def test_baselines_stand_beside_a_guided_trace() -> None:
    model = tiny_model("gpt2")
    result = with_baselines(model, trace_prompt(model, TOKENS, search="guided", effort=0.1), ["complement"])
    assert [*result.baselines] == ["best-first", "complement"] == [*result.settings.baselines]


def test_progress_counts_steps_and_may_stop_any_of_them() -> None:
    model, seen = tiny_model("llama"), []

    def until(progress: Progress) -> None:
        seen.append(progress)
        if progress.stage == "search" and progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trace_prompt(model, TOKENS, search="guided", effort=1, on_progress=until)
    steps = [progress for progress in seen if progress.stage == "search"]
    assert {progress.done for progress in steps} == {0, 1, 2} and steps[0].total == n_steps(1) > 2
    assert sum(progress.done == 0 for progress in steps) == model.spec.n_layers


@pytest.mark.parametrize("wrong", [{"search": "best"}, {"search": None}, {"effort": 0}, {"effort": float("nan")},
                                   {"effort": 101}, {"effort": "2"}, {"effort": True}])  # fmt: skip
def test_what_is_no_search_or_effort_is_refused(wrong: dict) -> None:
    with pytest.raises(SettingError, match=next(iter(wrong))):
        trace_prompt(tiny_model("llama"), TOKENS, **wrong)


def test_a_search_takes_more_memory() -> None:
    spec = tiny_model("llama").spec
    layout = EdgeLayout(spec.n_layers, spec.n_heads, 20, spec.parallel)
    best_first, guided = (search.working_bytes(spec, layout, "float32") for search in SEARCHES.values())
    assert guided > best_first == 0
    plain, searching = trace_memory(spec, 20), trace_memory(spec, 20, n_runs=2, searching=guided)
    assert searching.subgraphs > plain.subgraphs and searching.edges > plain.edges


def test_a_graph_of_one_path_length_can_be_searched() -> None:
    model = tiny_model("gpt2")
    result = trace_prompt(model, TOKENS[:1], search="guided", effort=EFFORT)
    assert_every_prefix_reaches_the_output(result.layout, result.trace.order)


def test_gradients_run_part_by_part_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model("llama")
    paper = trace_prompt(model, TOKENS)
    graph = ScoredGraph(paper.prompt, paper.layout, paper.scores, paper.full_logits)

    def orders() -> Iterator[np.ndarray]:
        for size in (6, 1):
            monkeypatch.setattr("strace_core.search.descent.batch_size", lambda *_, size=size: size)
            yield descend(model, graph, paper.trace, 2, before_block=lambda number: None).trace.order

    together, parted = orders()
    assert (together[:40] == parted[:40]).mean() > 0.9
