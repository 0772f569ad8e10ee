"""The offline page: what is in it, and what must not be."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from strace_core import SizeError, TraceResult
from strace_explorer.charts import theme
from strace_explorer.graph import offline
from strace_explorer.graph.geometry import View
from strace_explorer.graph.offline import MAX_ATTENTION_EDGES
from strace_explorer.graph.payload import VIS_NETWORK, picture_of
from tests.app.traces import made_up_trace

NASTY = ["<img src=x onerror=alert(1)>", "</script>", '"><a href=x>', "a\nb", "\ud83d", "🙂", "", "\u202eright"]


def offline_html(result: TraceResult, n_edges: int, view: View | None = None) -> str:
    return offline.offline_html(picture_of(result, view), n_edges)


class Elements(HTMLParser):
    """Start tags with their attributes, and the text of the page outside scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        assert not self.rawdata

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None:
            self.text += data


def graph_in(page: str) -> dict[str, Any]:
    """Nodes, edges and options as the page has them."""
    found = re.search(r"^const graph = (.*);$", page, re.MULTILINE)
    assert found is not None
    return json.loads(found.group(1))


def size_near(result: TraceResult, fraction: float) -> int:
    return int(result.curve["n_edges"].iloc[(result.curve["fraction"] - fraction).abs().argmin()])


def edges_of(graph: dict[str, Any], colour: str) -> list[dict[str, Any]]:
    return [edge for edge in graph["edges"] if edge["color"]["color"] == colour]


@pytest.mark.parametrize("parallel", [False, True])
def test_every_edge_of_the_subgraph_is_a_line(parallel: bool) -> None:
    result = made_up_trace(4, 3, [" a", " b", " c"], parallel=parallel)
    n_edges = size_near(result, 0.4)
    kept = result.edges.iloc[:n_edges]
    graph = graph_in(offline_html(result, n_edges, "tokens"))
    attention = [edge for edge in edges_of(graph, theme.ATTENTION) if "title" in edge]
    joins = [edge for edge in edges_of(graph, theme.ATTENTION) if "title" not in edge]
    expected = {
        f"L{edge.layer}H{edge.head}: ·{'abc'[edge.source]} → ·{'abc'[edge.target]}\n"
        f"share {edge.score:.3f}, edge {edge.rank + 1} of the trace"
        for edge in kept[kept["kind"] == "attention"].itertuples()
    }
    assert {edge["title"] for edge in attention} == expected and len(attention) == len(expected)
    active = kept[kept["kind"] == "attention"].drop_duplicates(["layer", "head", "target"])
    assert len(joins) == len(active)
    assert len(edges_of(graph, theme.MLP)) == 2 * (kept["kind"] == "mlp").sum()
    assert len(edges_of(graph, theme.RESIDUAL)) == kept["kind"].str.startswith("residual").sum()
    ids = {node["id"] for node in graph["nodes"]}
    assert all({edge["from"], edge["to"]} <= ids and edge["from"] != edge["to"] for edge in graph["edges"])


@pytest.mark.parametrize("parallel", [False, True])
def test_lines_lead_upwards_from_state_to_state(parallel: bool) -> None:
    result = made_up_trace(3, 2, [" a", " b"], parallel=parallel)
    graph = graph_in(offline_html(result, result.n_edges, "tokens"))
    height = {node["id"]: node["y"] for node in graph["nodes"]}
    assert all(height[edge["to"]] < height[edge["from"]] for edge in graph["edges"])
    column = {node["id"]: node["x"] for node in graph["nodes"]}
    upright = [edge for edge in edges_of(graph, theme.RESIDUAL) if column[edge["from"]] == column[edge["to"]]]
    assert len(upright) == len(edges_of(graph, theme.RESIDUAL))


def test_a_line_of_the_component_view_counts_its_edges() -> None:
    result = made_up_trace(3, 2, [" a", " b", " c"])
    n_edges = size_near(result, 0.5)
    kept = result.edges.iloc[:n_edges]
    graph = graph_in(offline_html(result, n_edges, "components"))
    own = kept[(kept["kind"] == "attention") & (kept["layer"] == 1) & (kept["head"] == 0)]
    title = f"L1H0: {len(own)} edges at {own['target'].nunique()} of 3 positions"
    assert title in [edge["title"] for edge in graph["edges"]]
    assert len(graph["edges"]) == len(kept.groupby(["kind", "layer", "head"], observed=True).size())
    assert sum(int(re.findall(r": ([\d,]+) edges", edge["title"])[0]) for edge in graph["edges"]) == n_edges


def test_of_many_attention_edges_the_strongest_are_drawn_and_the_page_says_so() -> None:
    result = made_up_trace(6, 8, [f" word{i}" for i in range(24)])
    page = offline_html(result, result.n_edges, "tokens")
    attention = result.edges[result.edges["kind"] == "attention"]
    drawn = [edge for edge in edges_of(graph_in(page), theme.ATTENTION) if "title" in edge]
    assert len(drawn) == MAX_ATTENTION_EDGES < len(attention)
    shares = [float(re.findall(r"share ([\d.]+)", edge["title"])[0]) for edge in drawn]
    assert min(shares) == pytest.approx(attention["score"].nlargest(MAX_ATTENTION_EDGES).min(), abs=5e-4)
    said = f"The {MAX_ATTENTION_EDGES:,} strongest of {len(attention):,} attention edges are drawn"
    assert said in Elements(page).text


@pytest.mark.parametrize("view", ["tokens", "components"])
def test_components_outside_the_subgraph_step_back(view: View) -> None:
    result = made_up_trace(3, 4, [" a", " b", " c"])
    graph = graph_in(offline_html(result, size_near(result, 0.1), view))
    touched = {end for edge in graph["edges"] for end in (edge["from"], edge["to"])}
    dots = [node for node in graph["nodes"] if node["shape"] in ("dot", "square")]
    assert {node["id"] for node in dots} - touched
    for node in dots:
        assert (node["color"] in (theme.ATTENTION, theme.MLP, theme.RESIDUAL)) == (node["id"] in touched)


def test_the_page_names_model_size_and_prediction() -> None:
    result = made_up_trace(3, 4, [" The", " capital", " of"])
    n_edges = size_near(result, 0.3)
    answer = result.top_tokens(n_edges, k=1).iloc[0]
    page = Elements(offline_html(result, n_edges))
    assert f"The capital of → {answer['text'].strip()}" in page.text
    assert f"made-up: the subgraph keeps {n_edges} of {result.n_edges} edges" in page.text
    labels = [node["label"] for node in graph_in(offline_html(result, n_edges))["nodes"] if node["shape"] == "box"]
    assert labels == [f"{answer['text'].replace(' ', '·')} {answer['probability']:.2f}"]


@pytest.mark.parametrize("view", ["tokens", "components"])
def test_nothing_is_loaded_and_no_text_becomes_markup(view: View) -> None:
    result = made_up_trace(2, 2, NASTY)
    page = offline_html(result, result.n_edges, view)
    elements = Elements(page)
    assert [tag for tag, _ in elements.tags if tag in ("link", "img", "iframe", "a", "base", "object")] == []
    assert not any({"src", "href", "onerror"} & attributes.keys() for _, attributes in elements.tags)
    assert [tag for tag, _ in elements.tags].count("script") == 2
    assert "<img src=x" in elements.text, "the prompt is text"
    assert "<img src=x" not in page
    policy = next(a["content"] for tag, a in elements.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None and policy.startswith("default-src 'none'")
    own = page.replace(VIS_NETWORK.read_text(encoding="utf-8"), "")
    assert "http:" not in own and "https:" not in own and "bootstrap" not in own
    page.encode("utf-8")
    if view == "tokens":
        titles = [node["title"] for node in graph_in(page)["nodes"]]
        assert "Token 1: </script>" in titles and 'Token 2: "><a href=x>' in titles


def test_a_size_that_was_not_run_is_refused() -> None:
    result = made_up_trace(3, 4, [" a", " b", " c"])
    missing = next(n for n in range(result.n_edges) if n not in set(result.curve["n_edges"]))
    with pytest.raises(SizeError):
        offline_html(result, missing)


def test_a_picture_can_be_drawn_again() -> None:
    result = made_up_trace(3, 4, [" a", " b", " c"])
    picture = picture_of(result)
    first = offline.offline_html(picture, result.n_edges)
    assert offline.offline_html(picture, size_near(result, 0.2)) != first
    assert offline.offline_html(picture, result.n_edges) == first
