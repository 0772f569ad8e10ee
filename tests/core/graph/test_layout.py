import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strace_core.graph.layout import NO_EDGE, EdgeLayout
from strace_core.kinds import KINDS
from tests.core.reference import all_edges

SHAPES = [(1, 1, 1), (1, 3, 5), (2, 2, 1), (3, 2, 4), (4, 5, 7)]


@pytest.mark.parametrize(("n_layers", "n_heads", "n_tokens"), SHAPES)
def test_edges_are_those_of_the_loops_in_the_same_order(n_layers: int, n_heads: int, n_tokens: int) -> None:
    layout = EdgeLayout(n_layers, n_heads, n_tokens)
    found = [
        (KINDS[kind], layer, head, source, target)
        for kind, layer, head, source, target in zip(
            layout.kind, layout.layer, layout.head, layout.source, layout.target, strict=True
        )
    ]
    assert found == [(e.kind, e.layer, e.head, e.source, e.target) for e in all_edges(n_layers, n_heads, n_tokens)]


@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 6), st.booleans())
def test_counts_by_formula(n_layers: int, n_heads: int, n_tokens: int, parallel: bool) -> None:
    layout = EdgeLayout(n_layers, n_heads, n_tokens, parallel)
    L, H, T, residuals = n_layers, n_heads, n_tokens, 2 if parallel else 3
    assert layout.n_edges == (L - 1) * (H * T * (T + 1) // 2 + residuals * T) + H * T + residuals
    assert layout.n_nodes == (T * L + 1 if parallel else T * (2 * L - 1) + 2)


@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 6), st.booleans())
def test_every_edge_reaches_the_output_and_every_node_is_used(
    n_layers: int, n_heads: int, n_tokens: int, parallel: bool
) -> None:
    layout = EdgeLayout(n_layers, n_heads, n_tokens, parallel)
    graph = nx.MultiDiGraph(zip(layout.source_node.tolist(), layout.target_node.tolist(), strict=True))
    reaching = nx.ancestors(graph, layout.output_node) | {layout.output_node}
    assert reaching == set(range(layout.n_nodes))


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize(("n_layers", "n_heads", "n_tokens"), SHAPES)
def test_blocks_partition_the_ids(n_layers: int, n_heads: int, n_tokens: int, parallel: bool) -> None:
    layout = EdgeLayout(n_layers, n_heads, n_tokens, parallel)
    ids = [ids[ids != NO_EDGE].ravel() for layer in range(n_layers) for ids in layout.block(layer).values()]
    assert sorted(np.concatenate(ids)) == list(range(layout.n_edges))


@pytest.mark.parametrize("parallel", [False, True])
def test_block_ids_agree_with_the_columns(parallel: bool) -> None:
    layout = EdgeLayout(3, 2, 4, parallel)
    for layer in range(3):
        block = layout.block(layer)
        for head, target, source in zip(*np.nonzero(block.attention != NO_EDGE), strict=True):
            edge = block.attention[head, target, source]
            place = (layout.layer[edge], layout.head[edge], layout.source[edge], layout.target[edge])
            assert place == (layer, head, source, target)
            assert KINDS[layout.kind[edge]] == "attention"


@pytest.mark.parametrize("parallel", [False, True])
def test_in_edges_of_a_node_are_one_slice(parallel: bool) -> None:
    layout = EdgeLayout(3, 2, 4, parallel)
    for node in range(layout.n_nodes):
        start, stop = layout.in_edge_start[node : node + 2]
        assert set(np.flatnonzero(layout.target_node == node)) == set(range(start, stop))


def test_node_positions_invert_node_numbers() -> None:
    layout = EdgeLayout(3, 2, 4)
    places = [layout.node_position(node) for node in range(layout.n_nodes)]
    assert places[:5] == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0)]
    assert places[-2:] == [(5, 3), (6, 3)]
    for edge in range(layout.n_edges):
        assert places[layout.source_node[edge]] == (layout.source_depth[edge], layout.source[edge])
        assert places[layout.target_node[edge]] == (layout.source_depth[edge] + 1, layout.target[edge])


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize(("n_layers", "n_heads", "n_tokens"), SHAPES)
def test_starts_of_in_edges_and_of_what_leaves_the_input(
    n_layers: int, n_heads: int, n_tokens: int, parallel: bool
) -> None:
    layout = EdgeLayout(n_layers, n_heads, n_tokens, parallel)
    for node in range(layout.n_nodes):
        first, last = layout.in_edge_start[node : node + 2]
        assert (np.flatnonzero(layout.target_node == node) == np.arange(first, last)).all()
    assert layout.in_edge_start[-1] == layout.n_edges
    assert (np.flatnonzero(layout.source_depth == 0) == np.arange(layout.n_input_edges)).all()


def test_values_by_place_stand_where_their_ids_do() -> None:
    layout = EdgeLayout(3, 2, 4)
    values = np.arange(layout.n_edges, dtype=np.int32) * 10
    for layer in range(3):
        for ids, found in zip(
            layout.block(layer).values(), layout.by_place(values, layer, absent=-5).values(), strict=True
        ):
            assert found.dtype == np.int32
            assert (found == np.where(ids == NO_EDGE, -5, ids * 10)).all()
