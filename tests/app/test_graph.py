"""The graph's positions, network and message, by value."""

import base64
import json
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
from pyvis.network import Network

from app.views.geometry import HEAD_RADIUS, MLP_RADIUS, Geometry, View, default_view, lay_out
from app.views.graph import (
    NODE_KINDS,
    Mark,
    Readout,
    build_network,
    build_payload,
    edge_columns,
    geometry_of,
    wakes,
)
from strace_core import KINDS, TraceResult
from tests.app.traces import made_up_trace

NASTY = ["<img src=x onerror=alert(1)>", "</script>", "a\nb", "\ud83d", "🙂", "مرحبا", "", "<0xE2>", "\u202eright"]
SHAPES = [(6, 8, 6), (6, 8, 16), (6, 8, 40), (12, 12, 10), (5, 7, 3), (3, 13, 5), (2, 1, 1), (24, 40, 2)]
VIEWS: tuple[View, ...] = ("tokens", "components")


def geometry(n_layers: int, n_heads: int, n_tokens: int, view: View = "tokens") -> Geometry:
    return lay_out(view, n_layers=n_layers, n_heads=n_heads, n_tokens=n_tokens, parallel=False)


def decode(column: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(column["data"]), dtype=column["dtype"])


def readout(n_edges: int, token: str = " Paris") -> Readout:
    return Readout(n_edges, n_edges / 100, 3, 2, 0.5, (token, 0.4), (token, 0.9), True)


# Geometry


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
    assert len({(node.kind, node.layer, node.head, node.token) for node in nodes}) == len(nodes)


def test_a_block_stands_in_the_order_of_its_computation() -> None:
    shape = geometry(3, 8, 4)
    for layer in range(3):
        heads = [shape.head_point(layer, head, 3).y for head in range(8)]
        mlp = shape.mlp_point(layer, 3).y
        levels = [shape.foot_y(layer), max(heads), min(heads), shape.mid_y(layer), mlp, shape.foot_y(layer + 1)]
        assert levels == sorted(levels, reverse=True)
    assert all(above < below for below, above in pairwise(shape.foot_y(layer) for layer in range(4)))


def test_only_the_traced_position_has_a_cell_in_the_last_block() -> None:
    last = [node for node in geometry(3, 2, 4).nodes() if node.layer == 2 and node.kind != "block"]
    assert {node.token for node in last} == {3}
    assert [node.kind for node in last] == ["head", "head", "mlp"]


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


# Network


def test_the_network_holds_every_node_at_its_place() -> None:
    result = made_up_trace(3, 4, [" The", " king"])
    network = build_network(result)
    placed = list(geometry_of(result, "tokens").nodes())
    assert network.get_nodes() == list(range(len(placed)))
    for node, place in zip(network.nodes, placed, strict=True):
        assert (node["x"], node["y"]) == (round(place.at.x, 2), round(place.at.y, 2))
        assert node["component"] == (NODE_KINDS.index(place.kind), place.layer, place.head, place.token)
        assert network.get_node(node["id"]) is node
    assert {place.kind: network.nodes[i]["label"] for i, place in enumerate(placed)} == {
        "token": "·king",
        "block": "L2",
        "head": " ",
        "mlp": " ",
        "prediction": " ",
    }
    titles = [node["title"] for node in network.nodes]
    assert {"Token 1: ·king", "Block 2, head 3 at ·king", "Block 0, MLP at ·The"} <= set(titles)
    assert network.options["physics"] == {"enabled": False}
    assert network.edges == []


def test_the_network_takes_edges_and_becomes_a_page() -> None:
    network = build_network(made_up_trace(2, 2, [" The", " king"]))
    network.add_edge(0, network.get_nodes()[-1])
    assert network.num_edges() == 1
    assert '"physics": {"enabled": false}' in network.generate_html()


# Message


@pytest.mark.parametrize("parallel", [False, True])
def test_edge_columns_round_trip(parallel: bool) -> None:
    result = made_up_trace(4, 3, ["a", "b", "c"], parallel=parallel)
    columns = {name: decode(column) for name, column in edge_columns(result.edges).items()}
    edges = result.edges
    assert [KINDS[code] for code in columns["kind"]] == edges["kind"].tolist()
    assert [-1 if head == 255 else head for head in columns["head"]] == edges["head"].tolist()
    for name in ("layer", "source", "target"):
        assert columns[name].tolist() == edges[name].tolist()
    shares = (columns["score"].astype(np.uint32) << 16).view(np.float32)
    np.testing.assert_allclose(shares, edges["score"], rtol=2**-7)
    assert (np.diff(columns["score"].astype(int)[edges["score"].argsort(kind="stable")]) >= 0).all()


def test_edges_are_sent_in_the_order_of_inclusion() -> None:
    result = made_up_trace(3, 2, ["a", "b"])
    payload = build_payload(result, build_network(result), [readout(0)])
    shuffled = result.edges.sample(frac=1, random_state=1)
    assert shuffled["rank"].tolist() != result.edges["rank"].tolist()
    assert edge_columns(shuffled.sort_values("rank")) == payload["edges"]


def test_the_component_view_is_sent_residual_edges_and_their_ranks_only() -> None:
    result = made_up_trace(3, 2, ["a", "b", "c"])
    payload = build_payload(result, build_network(result, "components"), [readout(0)], view="components")
    residual = result.edges[result.edges["kind"].isin(["residual_attn", "residual_mlp"])]
    assert decode(payload["edges"]["rank"]).tolist() == residual["rank"].tolist()
    assert decode(payload["edges"]["target"]).tolist() == residual["target"].tolist()
    assert payload["n_edges"] == len(result.edges) > len(residual)


@pytest.mark.parametrize("view", VIEWS)
def test_wakes_are_the_first_ranks(view: View) -> None:
    result = made_up_trace(4, 3, ["a", "b", "c", "d", "e"])
    network = build_network(result, view)
    expected = sorted(_first_ranks(result, network, view))
    woken = wakes(result.edges, network)
    assert list(woken.itertuples(index=False, name=None)) == expected
    n_positions = 1 + (4 - 1) * 5
    assert len(woken) == n_positions * (3 + 1)


def _first_ranks(result: TraceResult, network: Network, view: View) -> list[tuple[int, int]]:
    """(rank, node id) of the first edge into each head and MLP at each position, found by looking at each edge."""
    ids = {node["component"][1:]: node["id"] for node in network.nodes if node["component"][0] < 2}
    first: dict[tuple[int, int, int], int] = {}
    for edge in result.edges.itertuples():
        if edge.kind in ("attention", "mlp"):
            place = (edge.layer, edge.head, edge.target)
            first[place] = min(first.get(place, edge.rank), edge.rank)
    return [
        (rank, ids[layer, head, target if view == "tokens" else -1]) for (layer, head, target), rank in first.items()
    ]


def test_a_message_of_280_000_edges_is_a_few_megabytes() -> None:
    n_edges = 280_000
    random = np.random.default_rng(0)
    edges = pd.DataFrame(
        {
            "kind": "attention",
            "layer": random.integers(0, 12, n_edges),
            "head": random.integers(0, 12, n_edges),
            "source": random.integers(0, 64, n_edges),
            "target": random.integers(0, 64, n_edges),
            "score": random.random(n_edges),
        }
    )
    assert len(json.dumps(edge_columns(edges))) < 2.7e6


def test_positions_beyond_one_byte_survive() -> None:
    far = pd.DataFrame(
        {"kind": ["attention"], "layer": [0], "head": [0], "source": [299], "target": [300], "score": [0.5]}
    )
    columns = edge_columns(far)
    assert (decode(columns["source"]).tolist(), decode(columns["target"]).tolist()) == ([299], [300])


def test_the_message_carries_readouts_and_marks() -> None:
    result = made_up_trace(2, 2, ["a", "b"])
    marks = [Mark(7, "first path from a token to the prediction", "connected")]
    payload = build_payload(result, build_network(result), [readout(0), readout(9)], marks=marks)
    assert [sent["n_edges"] for sent in payload["readouts"]] == [0, 9]
    assert payload["readouts"][1]["sub_top"] == ("Paris", 0.4)
    assert payload["marks"] == [
        {"n_edges": 7, "label": "first path from a token to the prediction", "short": "connected"}
    ]
    assert payload["n_edges"] == len(result.edges)


def test_views_and_results_have_ids_of_their_own() -> None:
    results = [made_up_trace(2, 2, ["a", "b"], seed=seed) for seed in (0, 1)]
    ids = {
        build_payload(result, build_network(result, view), [readout(0)], view=view)["id"]
        for result in results
        for view in VIEWS
    }
    assert len(ids) == 4


def test_texts_of_tokens_stay_text() -> None:
    result = made_up_trace(2, 2, NASTY)
    network = build_network(result)
    payload = build_payload(result, network, [readout(0, token="</script>\n")])
    assert payload["tokens"] == [
        "<img src=x onerror=alert(1)>",
        "</script>",
        "a⏎b",
        "\N{REPLACEMENT CHARACTER}",
        "🙂",
        "مرحبا",
        "∅",
        "<0xE2>",
        "\N{REPLACEMENT CHARACTER}right",
    ]
    assert payload["readouts"][0]["sub_top"][0] == "</script>⏎"
    json.dumps(payload).encode("utf-8")
    assert all(type(node["id"]) is int for node in network.nodes)
    page = network.generate_html()
    assert "<img src=x" not in page
    assert page.count("</script>") == build_network(made_up_trace(2, 2, ["a"] * 9)).generate_html().count("</script>")
