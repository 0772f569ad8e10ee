"""The graph's positions, by value."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from strace_explorer.graph.geometry import (
    HEAD_RADIUS,
    MLP_RADIUS,
    STATE_RADIUS,
    Geometry,
    View,
    default_view,
    lay_out,
    possible_views,
)
from strace_explorer.graph.payload import geometry_of, views_of
from tests.app.traces import made_up_trace

SHAPES = [(6, 8, 6), (6, 8, 16), (6, 8, 40), (12, 12, 10), (5, 7, 3), (3, 13, 5), (2, 1, 1), (24, 40, 2)]
VIEWS: tuple[View, ...] = ("tokens", "components")


def geometry(n_layers: int, n_heads: int, n_tokens: int, view: View = "tokens") -> Geometry:
    return lay_out(view, n_layers=n_layers, n_heads=n_heads, n_tokens=n_tokens, parallel=False)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("n_layers", "n_heads", "n_tokens"), SHAPES)
def test_dots_lie_apart_within_their_cells(n_layers: int, n_heads: int, n_tokens: int, view: View) -> None:
    shape = geometry(n_layers, n_heads, n_tokens, view)
    dots = [node for node in shape.nodes() if node.kind in ("head", "mlp")]
    n_cells = 1 + (n_layers - 1) * (n_tokens if view == "tokens" else 1)
    assert len(dots) == n_cells * (n_heads + 1)
    for dot in dots:
        column, left = (dot.token, shape.spine_x(dot.token)) if view == "tokens" else (0, shape.left)
        assert left < dot.at.x - HEAD_RADIUS < dot.at.x + HEAD_RADIUS < shape.spine_x(column + 1)
        assert shape.foot_y(dot.layer + 1) < dot.at.y - HEAD_RADIUS
        assert dot.at.y + HEAD_RADIUS < shape.foot_y(dot.layer)
    cell = [dot.at for dot in dots if (dot.layer, dot.token) == (dots[0].layer, dots[0].token)]
    for one, other in combinations(cell, 2):
        assert np.hypot(one.x - other.x, one.y - other.y) > HEAD_RADIUS + MLP_RADIUS * 2**0.5 - 1


@pytest.mark.parametrize("view", VIEWS)
def test_no_two_nodes_share_a_place(view: View) -> None:
    nodes = list(geometry(4, 6, 5, view).nodes())
    assert len({(node.at.x, node.at.y) for node in nodes}) == len(nodes)
    assert len({(node.kind, node.layer, node.head, node.token, node.stage) for node in nodes}) == len(nodes)


def test_a_block_stands_in_the_order_of_its_computation() -> None:
    shape = geometry(3, 8, 4)
    for layer in range(3):
        heads = [shape.head_point(layer, head, 3).y for head in range(8)]
        mlp = shape.mlp_point(layer, 3).y
        levels = [shape.foot_y(layer), max(heads), min(heads), shape.mid_y(layer), mlp, shape.foot_y(layer + 1)]
        assert levels == sorted(levels, reverse=True)
    assert all(above < below for below, above in pairwise(shape.foot_y(layer) for layer in range(4)))


def test_only_the_traced_position_has_a_cell_in_the_last_block() -> None:
    last = [node for node in geometry(3, 2, 4).nodes() if node.layer == 2 and node.kind in ("head", "mlp")]
    assert {node.token for node in last} == {3}
    assert [node.kind for node in last] == ["head", "head", "mlp"]


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("view", VIEWS)
def test_states_are_the_nodes_of_the_computation_graph(view: View, parallel: bool) -> None:
    n_layers, n_tokens = 4, 5 if view == "tokens" else 1
    result = made_up_trace(n_layers, 3, ["a"] * 5, parallel=parallel)
    shape = geometry_of(result, view)
    states = [node for node in shape.nodes() if node.kind == "state"]
    depths = 1 if parallel else 2
    assert len(states) == n_tokens * (depths * (n_layers - 1) + 1) + depths
    if view == "tokens":
        assert len(states) == result.layout.n_nodes
    else:
        assert {node.token for node in states} == {4}, "the column of all tokens shows the traced one's states"
    final = states[-1]
    assert (final.layer, final.stage, final.token) == (n_layers, "pre", 4)
    assert {node.stage for node in states} == ({"pre"} if parallel else {"pre", "mid"})
    heights = {(node.layer, node.stage): node.at.y for node in states if node.token == 4}
    order = sorted(heights, key=lambda place: (place[0], place[1] == "mid"))
    assert [heights[place] for place in order] == sorted(heights.values(), reverse=True)
    assert len(set(heights.values())) == len(heights)


@pytest.mark.parametrize("view", VIEWS)
def test_a_state_keeps_clear_of_the_dots(view: View) -> None:
    nodes = list(geometry(3, 6, 4, view).nodes())
    states = [node.at for node in nodes if node.kind == "state"]
    dots = [node.at for node in nodes if node.kind in ("head", "mlp")]
    apart = min(max(abs(state.x - dot.x), abs(state.y - dot.y)) for state in states for dot in dots)
    assert apart > STATE_RADIUS * 2 + MLP_RADIUS


@pytest.mark.parametrize(
    ("n_heads", "n_layers", "n_tokens", "columns"),
    [(8, 6, 6, 4), (8, 6, 40, 2), (12, 12, 10, 6), (32, 16, 8, 8), (7, 4, 9, 4), (1, 2, 3, 1)],
)
def test_head_grids_are_near_squares_that_suit_the_panel(
    n_heads: int, n_layers: int, n_tokens: int, columns: int
) -> None:
    assert geometry(n_layers, n_heads, n_tokens).grid_columns == columns


def test_many_dots_start_in_the_component_view() -> None:
    assert default_view(12, 12, 41) == "tokens"
    assert default_view(12, 12, 42) == "components"
    many = made_up_trace(12, 12, ["a"] * 42)
    assert geometry_of(many).n_columns == 1
    assert geometry_of(many, "tokens").n_columns == 42


def test_a_graph_too_large_for_the_token_view_has_only_the_other() -> None:
    assert possible_views(12, 12, 64, 300_000) == VIEWS
    assert possible_views(12, 12, 64, 600_001) == ("components",)
    assert possible_views(12, 12, 200, 100) == ("components",)
    huge = made_up_trace(40, 24, ["a"] * 31)
    assert views_of(huge) == ("components",)
    assert geometry_of(huge, "tokens").view == "components"
