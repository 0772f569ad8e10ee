"""The graph's network, and the message to the graph component, by value."""

import json
from dataclasses import replace

from strace_explorer.charts.marks import Mark
from strace_explorer.graph.columns import edge_columns
from strace_explorer.graph.geometry import View
from strace_explorer.graph.payload import NODE_KINDS, STAGES, Readout, build_payload, geometry_of, picture_of
from tests.app.traces import made_up_trace, with_made_up_baselines

NASTY = ["<img src=x onerror=alert(1)>", "</script>", "a\nb", "\ud83d", "🙂", "مرحبا", "", "<0xE2>", "\u202eright"]
VIEWS: tuple[View, ...] = ("tokens", "components")


def readout(n_edges: int, token: str = " Paris") -> Readout:
    return Readout(n_edges, n_edges / 100, 3, 2, 1, False, 0.5, (token, 0.4), (token, 0.9), True)


def test_the_network_holds_every_node_at_its_place() -> None:
    result = made_up_trace(3, 4, [" The", " king"])
    picture = picture_of(result)
    network, placed = picture.network, list(picture.geometry.nodes())
    assert picture.geometry == geometry_of(result, "tokens")
    assert network.get_nodes() == list(range(len(placed)))
    for node, place in zip(network.nodes, placed, strict=True):
        assert (node["x"], node["y"]) == (round(place.at.x, 2), round(place.at.y, 2))
        stage = STAGES.index(place.stage) if place.stage else -1
        assert node["component"] == (NODE_KINDS.index(place.kind), place.layer, place.head, place.token, stage)
        assert network.get_node(node["id"]) is node
    assert {place.kind: network.nodes[i]["label"] for i, place in enumerate(placed)} == {
        "token": "·king",
        "block": "L2",
        "head": " ",
        "mlp": " ",
        "prediction": " ",
        "state": " ",
    }
    titles = [node["title"] for node in network.nodes]
    assert {"Token 1: ·king", "L2H3 at ·king", "L0 MLP at ·The"} <= set(titles)
    assert network.options["physics"] == {"enabled": False}
    assert network.edges == []


def test_a_graph_too_large_for_the_token_view_is_sent_in_the_other() -> None:
    huge = made_up_trace(40, 24, ["a"] * 31)
    assert build_payload(picture_of(huge, "tokens"), [readout(0)])["view"] == "components"


def test_edges_are_sent_in_the_order_of_inclusion() -> None:
    result = made_up_trace(3, 2, ["a", "b"])
    payload = build_payload(picture_of(result), [readout(0)])
    shuffled = result.edges.sample(frac=1, random_state=1)
    assert shuffled["rank"].tolist() != result.edges["rank"].tolist()
    assert edge_columns(shuffled.sort_values("rank")) == payload["edges"]


def test_each_view_is_sent_what_it_draws() -> None:
    result = made_up_trace(3, 2, ["a", "b", "c"])
    sent = {view: build_payload(picture_of(result, view), [readout(0)]) for view in VIEWS}
    assert "edges" in sent["tokens"] and "components" not in sent["tokens"]
    assert "components" in sent["components"] and "edges" not in sent["components"]
    assert sent["tokens"]["n_edges"] == sent["components"]["n_edges"] == len(result.edges)
    assert sent["tokens"]["views"] == VIEWS


def test_the_component_view_of_a_long_prompt_costs_no_more_than_its_tokens() -> None:
    short, long = (made_up_trace(3, 4, ["a"] * n_tokens) for n_tokens in (20, 120))
    sizes = [readout(n) for n in range(50)]
    lengths = [len(json.dumps(build_payload(picture_of(one, "components"), sizes))) for one in (short, long)]
    assert lengths[1] - lengths[0] < 20 * 100


def test_the_message_carries_readouts_and_marks() -> None:
    result = made_up_trace(2, 2, ["a", "b"])
    marks = [Mark(7, "first path from a token to the prediction", "connected")]
    payload = build_payload(picture_of(result), [readout(0), readout(9)], marks=marks)
    assert [sent["n_edges"] for sent in payload["readouts"]] == [0, 9]
    assert payload["readouts"][1]["sub_top"] == ("Paris", 0.4)
    assert payload["marks"] == [
        {"n_edges": 7, "label": "first path from a token to the prediction", "short": "connected"}
    ]
    assert payload["n_edges"] == len(result.edges)


def test_views_and_results_have_ids_of_their_own() -> None:
    results = [made_up_trace(2, 2, ["a", "b"], seed=seed) for seed in (0, 1)]
    sent = [build_payload(picture_of(result, view), [readout(0)]) for result in results for view in VIEWS]
    assert len({payload["id"] for payload in sent}) == 4
    assert [payload["trace"] for payload in sent] == [sent[0]["trace"]] * 2 + [sent[2]["trace"]] * 2
    assert sent[0]["trace"] != sent[2]["trace"]


def test_what_the_graph_does_not_show_leaves_its_id_alone() -> None:
    plain = made_up_trace(2, 2, ["a", "b"])
    asked = replace(plain, settings=replace(plain.settings, target=3))
    sent = [build_payload(picture_of(result), [readout(0)]) for result in (plain, with_made_up_baselines(plain), asked)]
    assert sent[0]["id"] == sent[1]["id"] == sent[2]["id"]


def test_texts_of_tokens_stay_text() -> None:
    result = made_up_trace(2, 2, NASTY)
    picture = picture_of(result)
    payload = build_payload(picture, [readout(0, token="</script>\n")])
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
    assert all(type(node["id"]) is int for node in picture.network.nodes)
