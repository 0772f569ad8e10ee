"""The picture: what is pointed at and chosen in it, its views, its frame, and its looks."""

import re

import pytest
from playwright.sync_api import expect

from strace_explorer.charts import theme
from strace_explorer.graph.payload import geometry_of
from tests.e2e.contrast import contrast
from tests.e2e.trace_graph.graph_page import OpenGraph

SMALL_TEXTS = (".legend li", ".marks button", ".fine span", ".verdict", ".readout p span", ".joined button", ".quiet")
LAYOUTS = ["texts=sentence", "texts=long", "texts=long&view=components&layers=12&heads=12", "texts=nasty&large"]


def test_pointing_tells_and_clicking_selects(open_graph: OpenGraph) -> None:
    graph = open_graph()
    before = graph.picture()
    x, y = graph.find_colour(theme.MLP)
    graph.page.mouse.move(x, y)
    expect(graph.tip).to_be_visible()
    assert re.fullmatch(r"L3 MLP at ‘\u2068·of\u2069’: active, first at size \d+", graph.tip.inner_text())
    assert graph.picture() != before
    graph.page.mouse.click(x, y)
    graph.expect_selected("SelectedNode(kind='mlp', layer=3, head=None, token=7, stage=None)")
    assert graph.note.inner_text().startswith("L3 MLP at")
    graph.press("Escape")
    graph.expect_selected("None")


def test_a_pointer_that_leaves_leaves_nothing_behind(open_graph: OpenGraph) -> None:
    graph = open_graph()
    before = graph.picture()
    graph.page.mouse.move(*graph.find_colour(theme.MLP))
    expect(graph.tip).to_be_visible()
    graph.page.mouse.move(5, 5)
    expect(graph.tip).to_be_hidden()
    assert graph.picture() == before


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("view", ["tokens", "components"])
def test_states_are_pointed_at_and_chosen(open_graph: OpenGraph, view: str, parallel: bool) -> None:
    graph = open_graph(f"view={view}&size=100000&layers=3" + "&parallel" * parallel)
    geometry = geometry_of(graph.result(), view)
    at = graph.places(theme.RESIDUAL)
    spine = geometry.spine_x(geometry.n_columns - 1)
    said = {
        (3, "pre"): "Residual stream at ‘\u2068·of\u2069’ after the last block",
        (1, "pre"): "Residual stream at ‘\u2068·of\u2069’ before block 1",
        (0, "pre"): "Embedding of ‘\u2068·of\u2069’, before block 0",
    }
    if not parallel:
        said[1, "mid"] = "Residual stream at ‘\u2068·of\u2069’ after the attention of block 1"
    for (layer, stage), words in said.items():
        place = at(spine, geometry.foot_y(layer) if stage == "pre" else geometry.mid_y(layer))
        graph.page.mouse.move(*place)
        expect(graph.tip).to_contain_text(words)
        expect(graph.tip).to_contain_text("Click for its logit lens: what it predicts by itself")
        graph.page.mouse.click(*place)
        graph.expect_selected(f"SelectedNode(kind='state', layer={layer}, head=None, token=7, stage='{stage}')")
        graph.page.mouse.move(5, 5)
        expect(graph.note).to_contain_text(words)


def test_the_selected_state_is_marked(open_graph: OpenGraph) -> None:
    graph = open_graph("size=100000")
    geometry = geometry_of(graph.result(), "tokens")
    place = graph.places(theme.RESIDUAL)(geometry.spine_x(7), geometry.foot_y(2))
    graph.page.mouse.click(*place)
    graph.page.mouse.move(5, 5)
    graph.wait_for_paint()
    text = "#26232E"
    ring = [(x, y) for x, y in graph.patches(text, 0) if abs(x - place[0]) < 16 and abs(y - place[1]) < 16]
    assert min(x for x, _ in ring) < place[0] - 2 < place[0] + 2 < max(x for x, _ in ring)
    assert min(y for _, y in ring) < place[1] - 2 < place[1] + 2 < max(y for _, y in ring)


def test_the_prediction_stands_for_the_final_state(open_graph: OpenGraph) -> None:
    graph = open_graph()
    x, y = graph.find_colour(theme.RESIDUAL, 1)
    graph.page.mouse.move(x, y - 18)
    expect(graph.tip).to_contain_text("Most likely next token")
    graph.page.mouse.click(x, y - 18)
    graph.expect_selected("SelectedNode(kind='state', layer=4, head=None, token=7, stage='pre')")


def test_tokens_are_chosen_by_their_labels(open_graph: OpenGraph) -> None:
    graph = open_graph("size=100000")
    geometry = geometry_of(graph.result(), "tokens")
    x, y = graph.places(theme.RESIDUAL)(geometry.spine_x(3), geometry.foot_y(0))
    graph.page.mouse.click(x + 12, y + 14)
    graph.expect_selected("SelectedNode(kind='token', layer=None, head=None, token=3, stage=None)")
    expect(graph.note).to_contain_text("Token 3: ‘\u2068·France\u2069’")


def test_the_switch_sends_the_other_view_and_keeps_size_and_selection(open_graph: OpenGraph) -> None:
    graph = open_graph("size=0")
    graph.press("PageUp", 5)
    size = graph.size
    graph.expect_heard(size)
    before = graph.picture()
    graph.page.mouse.click(*graph.find_colour(theme.MLP))
    graph.expect_selected("SelectedNode(kind='mlp', layer=3, head=None, token=7, stage=None)")
    expect(graph.button("Tokens")).to_have_attribute("aria-pressed", "true")
    graph.choose_view("Components")
    expect(graph.button("Components")).to_have_attribute("aria-pressed", "true")
    expect(graph.button("Tokens")).to_have_attribute("aria-pressed", "false")
    assert graph.picture() != before
    assert graph.size == size
    graph.expect_heard(size)
    graph.expect_selected("SelectedNode(kind='mlp', layer=3, head=None, token=None, stage=None)")
    expect(graph.page.get_by_text("used at few positions")).to_be_visible()
    graph.press("ArrowRight")
    moved = graph.size
    graph.choose_view("Tokens")
    assert graph.size == moved > size
    graph.expect_heard(moved)
    graph.expect_selected("SelectedNode(kind='mlp', layer=3, head=None, token=7, stage=None)")
    graph.press("Escape")
    graph.expect_selected("None")


def test_the_component_view_answers_the_slider(open_graph: OpenGraph) -> None:
    graph = open_graph("view=components&size=10")
    before = graph.picture()
    graph.press("End")
    assert graph.picture() != before
    graph.page.mouse.move(*graph.find_colour(theme.ATTENTION))
    said = re.compile(r"L3H0: active at 1 of 1 position, 8 edges, first at size \d+")
    expect(graph.tip).to_have_text(said)


def test_a_huge_graph_has_the_component_view_alone(open_graph: OpenGraph) -> None:
    graph = open_graph("texts=long&layers=24&heads=32&size=400")
    expect(graph.button("Tokens")).to_be_disabled()
    expect(graph.button("Components")).to_have_attribute("aria-pressed", "true")
    graph.find_colour(theme.ATTENTION, 1)


def test_pan_and_zoom_are_kept_while_sizes_change(open_graph: OpenGraph) -> None:
    graph = open_graph()
    fit = graph.button("Fit the graph")
    graph.button("Zoom in").click()
    expect(fit).to_have_text("130 %")
    graph.press("ArrowRight")
    graph.expect_heard(graph.size)
    graph.button("Run again").click()
    graph.rest()
    expect(fit).to_have_text("130 %")
    fit.click()
    expect(fit).to_have_text("100 %")
    graph.press("+")
    expect(fit).to_have_text("130 %")
    graph.press("-")
    expect(fit).to_have_text("100 %")


def test_the_wheel_zooms_only_with_control(open_graph: OpenGraph) -> None:
    graph = open_graph()
    graph.canvas.hover()
    graph.page.mouse.wheel(0, -200)
    expect(graph.button("Fit the graph")).to_have_text("100 %")
    graph.page.keyboard.down("Control")
    graph.page.mouse.wheel(0, -200)
    graph.page.keyboard.up("Control")
    expect(graph.button("Fit the graph")).to_have_text("110 %")


def test_it_fills_the_screen_and_comes_back(open_graph: OpenGraph) -> None:
    graph = open_graph("layers=6")
    small = graph.canvas.bounding_box()
    graph.button("Full screen").click()
    leave = graph.button("Leave full screen")
    expect(leave).to_have_attribute("aria-pressed", "true")
    expect(graph.canvas).not_to_have_js_property("clientHeight", small["height"])
    large = graph.canvas.bounding_box()
    assert large["height"] > small["height"] + 60 and large["width"] > small["width"]
    assert graph.page.evaluate(
        "(root) => root.scrollHeight <= root.clientHeight && root.clientHeight === innerHeight",
        graph.page.locator(".trace-graph").element_handle(),
    )
    graph.press("ArrowRight")
    graph.page.mouse.move(*graph.find_colour(theme.MLP))
    expect(graph.tip).to_be_visible()
    leave.click()
    expect(graph.button("Full screen")).to_be_visible()
    expect(graph.canvas).to_have_js_property("clientHeight", small["height"])


def test_a_theme_switch_repaints_and_keeps_the_readers_size(open_graph: OpenGraph) -> None:
    graph = open_graph()
    graph.press("End")
    size, light = graph.size, graph.picture()
    graph.expect_heard(size)
    graph.page.emulate_media(color_scheme="dark")
    graph.rest()
    assert graph.size == size
    assert graph.picture() != light
    graph.page.emulate_media(color_scheme="light")
    graph.rest()
    assert graph.picture() == light


def test_presentation_size_enlarges_type_controls_and_picture(open_graph: OpenGraph) -> None:
    graph = open_graph("layers=6&size=300")
    parts = [graph.page.locator(".readout").first, graph.button("Zoom in"), graph.canvas]
    look = "(part) => [parseFloat(getComputedStyle(part).fontSize), part.clientHeight]"
    before, size = [part.evaluate(look) for part in parts], graph.size
    graph.page.get_by_text("Large").click()
    graph.rest()
    after = [part.evaluate(look) for part in parts]
    assert [after[i][0] / before[i][0] for i in range(2)] == [pytest.approx(18 / 13)] * 2
    assert all(after[i][1] / before[i][1] > 1.3 for i in (1, 2))
    assert graph.size == size


def test_texts_of_tokens_are_never_markup(open_graph: OpenGraph) -> None:
    graph = open_graph("texts=nasty")
    graph.page.mouse.move(*graph.find_colour(theme.MLP))
    expect(graph.tip).to_contain_text("\N{REPLACEMENT CHARACTER}right")
    assert graph.page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("query", LAYOUTS)
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_phone(open_graph: OpenGraph, query: str, dark: bool) -> None:
    graph = open_graph(query, width=390, height=844, dark=dark)
    assert graph.overflow() <= 0
    for part in graph.page.locator(".trace-graph :is(button, select, input, canvas, .note, .readout span)").all():
        box = part.bounding_box()
        if box is not None and box["width"] > 0:
            assert box["x"] >= 0 and box["x"] + box["width"] <= 390, part.inner_text()
    graph.press("End")
    graph.find_colour(theme.MLP, reach=0)
    assert graph.slider.is_visible()


def test_it_leaves_room_on_one_screen(open_graph: OpenGraph) -> None:
    for width in (580, 1280):
        graph = open_graph("layers=6&heads=8", width=width)
        box = graph.page.locator(".trace-graph").bounding_box()
        assert box is not None and box["height"] <= 560


@pytest.mark.parametrize("dark", [False, True])
def test_small_texts_stand_out(open_graph: OpenGraph, dark: bool) -> None:
    graph = open_graph("view=components", dark=dark)
    graph.button("Filter").click()
    for selector in (*SMALL_TEXTS, ".hint", ".panel legend", ".panel [role=status]"):
        for part in graph.page.locator(f".trace-graph {selector}").all():
            if part.is_visible():
                assert contrast(part) >= 4.5, f"{selector}: {part.inner_text()}"
