"""The filter: what it hides of the picture, and what it says about that."""

import pandas as pd
import pytest
from playwright.sync_api import Locator, expect

from strace_explorer.charts import theme
from tests.e2e.trace_graph.graph_page import GraphPage, OpenGraph


def panel(graph: GraphPage) -> Locator:
    form = graph.page.locator(".trace-graph .panel.filter")
    if not form.is_visible():
        graph.button("Filter").click()
    return form


def status(graph: GraphPage) -> str:
    graph.wait_for_paint()
    return panel(graph).get_by_role("status").inner_text()


def sentence(graph: GraphPage, hidden: pd.Series, trace: int = 0) -> str:
    """What the panel has to say: counted edge by edge."""
    kept = graph.result(trace).edges.iloc[: graph.size]
    gone = hidden.loc[kept.index]
    parts = [f"{gone.sum():,} of {len(kept):,} edges"]
    for kind, word in (("attention", "heads"), ("mlp", "MLPs")):
        own = kept[kept["kind"] == kind]
        places = own[["layer", "head"]].drop_duplicates()
        places_gone = own[gone.loc[own.index]][["layer", "head"]].drop_duplicates()
        if len(places_gone):
            parts.append(f"{len(places_gone)} of {len(places)} {word}")
    return f"hides {', '.join(parts)}"


@pytest.mark.parametrize("view", ["tokens", "components"])
def test_it_hides_kinds_blocks_and_heads_and_counts_them(open_graph: OpenGraph, view: str) -> None:
    graph = open_graph(f"view={view}&size=200")
    edges = graph.result().edges
    assert status(graph) == "hides nothing"
    form = panel(graph)
    form.get_by_label("MLP").uncheck()
    mlp = edges["kind"] == "mlp"
    assert status(graph) == sentence(graph, mlp)
    assert graph.patches(theme.MLP) == []
    form.get_by_label("from").fill("1")
    form.get_by_label("to").fill("2")
    outside = mlp | ~edges["layer"].between(1, 2)
    assert status(graph) == sentence(graph, outside)
    form.get_by_label("Heads").fill("0, 2-3")
    other = outside | ((edges["kind"] == "attention") & (edges["head"] == 1))
    assert status(graph) == sentence(graph, other)
    expect(graph.note).to_contain_text(f"The filter {sentence(graph, other)}")
    graph.press("ArrowRight", 4)
    assert status(graph) == sentence(graph, other), "it counts at the present size"
    form.get_by_label("residual").uncheck()
    assert status(graph) == sentence(graph, other | edges["kind"].str.startswith("residual"))
    assert graph.patches(theme.RESIDUAL, 1) == []
    form.get_by_label("attention").uncheck()
    assert status(graph) == sentence(graph, edges["kind"] != ""), "nothing is left"
    assert graph.patches(theme.ATTENTION, 1) == []
    form.get_by_role("button", name="Clear").click()
    assert status(graph) == "hides nothing"
    assert form.get_by_label("Heads").input_value() == ""
    for colour in (theme.ATTENTION, theme.MLP, theme.RESIDUAL):
        graph.find_colour(colour, 1)


def test_what_is_hidden_is_not_pointed_at_nor_selected(open_graph: OpenGraph) -> None:
    graph = open_graph()
    place = graph.find_colour(theme.MLP)
    graph.page.mouse.click(*place)
    graph.expect_selected("SelectedNode(kind='mlp', layer=3, head=None, token=7, stage=None)")
    graph.page.mouse.move(5, 5)
    panel(graph).get_by_label("MLP").uncheck()
    graph.expect_selected("None")
    graph.button("Filter").click()
    graph.page.mouse.move(*place)
    graph.page.mouse.click(*place)
    graph.page.wait_for_timeout(300)
    expect(graph.tip).not_to_be_visible()
    graph.expect_selected("None")


def test_a_text_that_names_no_heads_changes_nothing(open_graph: OpenGraph) -> None:
    graph = open_graph("size=200")
    field = panel(graph).get_by_label("Heads")
    field.fill("1")
    hidden = status(graph)
    assert hidden != "hides nothing"
    field.fill("1, x")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert status(graph) == hidden
    field.fill("all")
    expect(field).to_have_attribute("aria-invalid", "false")
    assert status(graph) == "hides nothing"


def test_it_survives_another_prompt_and_view_but_not_another_model(open_graph: OpenGraph) -> None:
    graph = open_graph("size=200")
    panel(graph).get_by_label("attention").uncheck()
    graph.choose_trace(1)
    attention = graph.result(1).edges["kind"] == "attention"
    assert status(graph) == sentence(graph, attention, trace=1)
    graph.choose_view("Components")
    assert status(graph) == sentence(graph, attention, trace=1)
    assert graph.patches(theme.ATTENTION, 1) == []
    graph.choose_trace(2)
    assert status(graph) == "hides nothing"
    assert panel(graph).get_by_label("to").input_value() == "4"
    graph.find_colour(theme.ATTENTION, 1)


def test_the_panel_closes_as_panels_do(open_graph: OpenGraph) -> None:
    graph = open_graph()
    form = panel(graph)
    graph.page.keyboard.press("Escape")
    expect(form).not_to_be_visible()
    expect(graph.button("Filter")).to_be_focused()
    expect(graph.button("Filter")).to_have_attribute("aria-expanded", "false")
    panel(graph)
    graph.page.mouse.click(5, 5)
    expect(form).not_to_be_visible()
    panel(graph)
    graph.button("Zoom in").click()
    expect(form).not_to_be_visible()


def test_letters_typed_into_the_panel_are_no_shortcuts(open_graph: OpenGraph) -> None:
    graph = open_graph()
    panel(graph).get_by_label("Heads").press_sequentially("rf+")
    assert panel(graph).get_by_label("Heads").input_value() == "rf+"
    expect(graph.button("Fit the graph")).to_have_text("100 %")
    expect(graph.button("Full screen")).to_be_visible()


def test_of_many_edges_the_note_says_how_many_are_drawn(open_graph: OpenGraph) -> None:
    graph = open_graph("texts=long&size=100000")
    edges = graph.result().edges
    attention = edges[edges["kind"] == "attention"]
    expect(graph.note).to_have_text(f"the strongest 400 of {len(attention):,} attention edges drawn")
    panel(graph).get_by_label("Heads").fill("2")
    own = attention[attention["head"] == 2]
    expect(graph.note).to_contain_text(f"the strongest 400 of {len(own):,} attention edges drawn")
