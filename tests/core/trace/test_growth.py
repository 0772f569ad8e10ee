import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from strace_core.graph.layout import EdgeLayout
from strace_core.trace import growth
from strace_core.trace.growth import _keys_by_weight, grow_best_first
from strace_core.trace.trace import Trace
from tests.core.reference import all_edges, grow

small_graphs = st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 3))


@given(small_graphs, st.data())
def test_equals_the_slow_search_ties_included(shape: tuple[int, int, int], data: st.DataObject) -> None:
    n_layers, _, n_tokens = shape
    layout = EdgeLayout(*shape)
    coarse = st.sampled_from([0.0, 0.25, 0.5, 1.0])  # few values: many ties
    scores = data.draw(hnp.arrays(np.float32, layout.n_edges, elements=coarse))
    expected = grow(all_edges(*shape), scores.tolist(), n_layers, n_tokens)
    assert grow_best_first(layout, scores).tolist() == expected


@given(small_graphs, st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_growth_goes_on_where_a_stretch_ended(shape: tuple[int, int, int], stretch: int, seed: int) -> None:
    layout = EdgeLayout(*shape)
    scores = np.random.default_rng(seed).random(layout.n_edges, dtype=np.float32)
    at_once, calls = grow_best_first(layout, scores), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(growth, "STRETCH", stretch)
        assert np.array_equal(grow_best_first(layout, scores, before_stretch=lambda: calls.append(1)), at_once)
    assert len(calls) == 2 + -(-layout.n_edges // stretch)


def test_order_worked_by_hand() -> None:
    """One block, one head, two tokens: edges into (1, t=1) and (2, t=1) only."""
    layout = EdgeLayout(1, 1, 2)
    # ids: 0 residual_attn, 1 attention from token 0, 2 attention from token 1, 3 residual_mlp, 4 mlp
    scores = np.array([0.5, 0.2, 0.9, 0.4, 0.6], dtype=np.float32)
    assert grow_best_first(layout, scores).tolist() == [4, 2, 0, 3, 1]


@given(small_graphs, st.booleans(), st.integers(0, 2**32 - 1))
def test_every_prefix_is_connected_to_the_output(shape: tuple[int, int, int], parallel: bool, seed: int) -> None:
    layout = EdgeLayout(*shape, parallel)
    order = grow_best_first(layout, np.random.default_rng(seed).random(layout.n_edges, dtype=np.float32))
    assert sorted(order) == list(range(layout.n_edges))
    reached = {layout.output_node}
    for edge in order:
        assert layout.target_node[edge] in reached
        reached.add(int(layout.source_node[edge]))


def test_subgraphs_are_nested_and_of_exact_size() -> None:
    layout = EdgeLayout(3, 2, 4)
    trace = Trace(layout, grow_best_first(layout, np.random.default_rng(0).random(layout.n_edges, dtype=np.float32)))
    for n_edges in range(layout.n_edges):
        smaller, larger = trace.mask(n_edges), trace.mask(n_edges + 1)
        assert smaller.sum() == n_edges
        assert (smaller <= larger).all()


def test_marks() -> None:
    """Scores that take attention edges first, earlier blocks first: marks are where loops over the order find them."""
    layout = EdgeLayout(2, 2, 3)
    trace = Trace(layout, grow_best_first(layout, np.random.default_rng(5).random(layout.n_edges, dtype=np.float32)))
    edges = all_edges(2, 2, 3)
    in_order = [edges[edge] for edge in trace.order]
    assert trace.connected == 1 + next(i for i, edge in enumerate(in_order) if edge.leaves[0] == 0)
    assert trace.backbone == 1 + max(i for i, edge in enumerate(in_order) if edge.kind != "attention")
    assert trace.connected < trace.backbone


@given(hnp.arrays(np.float32, 30, elements=st.floats(-2, 2, width=32)))
def test_keys_order_edges_by_weight_then_id(scores: np.ndarray) -> None:
    """Minus zero, equal weights and negative ones included."""
    found = np.argsort(_keys_by_weight(scores), kind="stable")
    assert found.tolist() == sorted(range(30), key=lambda edge: (-scores[edge], edge))
