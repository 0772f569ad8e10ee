"""The size: its slider, its steps, its marks, its player, and what Python hears of them."""

import math
import re

import pytest
from playwright.sync_api import Browser, expect

from strace_explorer.charts import theme
from tests.e2e.guard import wait_until_at_rest
from tests.e2e.server import Server
from tests.e2e.trace_graph.graph_page import GraphPage, OpenGraph

STEP_LIMIT_BYTES = 8_000
MARKS = ["connected", "same top token", "TV ≤ 0.5", "TV ≤ 0.1", "backbone"]

# Notes frame by frame the places of the slider's thumb, and the sizes that Python shows while it plays.
WATCH = """(input) => {
    const view = input.closest(".trace-graph");
    const told = () => Number(/Python: size (\\d+)/.exec(document.body.innerText)?.[1] ?? 0);
    window.seen = [Number(input.value)];
    window.heard = new Set();
    const look = () => {
        if (window.seen.at(-1) !== Number(input.value)) window.seen.push(Number(input.value));
        if (view.querySelector(".play.playing")) window.heard.add(told());
        requestAnimationFrame(look);
    };
    look();
}"""


def sizes(graph: GraphPage) -> list[int]:
    return graph.result().curve["n_edges"].tolist()


def test_keys_move_the_slider_by_evaluated_sizes_and_python_hears(open_graph: OpenGraph) -> None:
    graph = open_graph()
    evaluated = sizes(graph)
    before, start, kept = graph.picture(), evaluated.index(graph.size), graph.canvas.element_handle()
    graph.press("ArrowRight", 4)
    assert graph.size == evaluated[start + 4]
    assert graph.picture() != before
    graph.press("ArrowLeft")
    graph.expect_heard(evaluated[start + 3])
    assert re.fullmatch(r"[\d,]+ edges, [\d.]+ percent, predicts \w+", graph.slider.get_attribute("aria-valuetext"))
    graph.press("End")
    assert (graph.said("share"), graph.said("tv"), graph.said("phase")) == ("100 %", "0.00", "Full model")
    graph.press("PageDown")
    assert graph.size == evaluated[len(evaluated) - 1 - round(len(evaluated) / 10)]
    graph.press("Home")
    assert graph.size == 0
    graph.expect_heard(0)
    assert kept.evaluate("(canvas) => canvas.isConnected")


def test_buttons_step_through_evaluated_sizes(open_graph: OpenGraph) -> None:
    graph = open_graph()
    evaluated = sizes(graph)
    start = evaluated.index(graph.size)
    graph.button("Step forward").click(click_count=3, delay=20)
    assert graph.size == evaluated[start + 3]
    graph.button("Step back").click()
    graph.expect_heard(evaluated[start + 2])
    graph.press("Home")
    graph.button("Step back").click()
    assert graph.size == 0


def test_the_track_is_the_logarithm_of_the_size(open_graph: OpenGraph) -> None:
    graph = open_graph("size=0")
    evaluated = sizes(graph)
    box = graph.slider.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    thumb = 16
    graph.page.mouse.move(box["x"] + 8, middle)
    graph.page.mouse.down()
    pictures = set()
    for part in (0.3, 0.5, 0.7, 0.9):
        graph.page.mouse.move(box["x"] + thumb / 2 + part * (box["width"] - thumb), middle)
        pictures.add(graph.picture())
        place = {size: math.log1p(size) / math.log1p(evaluated[-1]) for size in evaluated}
        assert graph.size == min(evaluated, key=lambda size: abs(place[size] - part))
        snapped = float(graph.slider.input_value()) / float(graph.slider.get_attribute("max") or 0)
        assert snapped == pytest.approx(place[graph.size], abs=1e-3)
    graph.page.mouse.up()
    assert len(pictures) == 4
    graph.expect_heard(graph.size)


def test_the_tab_key_stops_at_every_control_and_nowhere_else(open_graph: OpenGraph) -> None:
    graph = open_graph()
    graph.button("Tokens").focus()
    focused = "document.activeElement.shadowRoot?.activeElement"
    stops = []
    for _ in range(16):
        stops.append(graph.page.evaluate(f"{focused}?.ariaLabel ?? {focused}?.innerText"))
        graph.page.keyboard.press("Tab")
    zoom = ["Zoom out", "Fit the graph", "Zoom in", "Full screen", "Save the picture"]
    player = ["Step back", "Play through the sizes", "Step forward", "Playback speed", "Size of the subgraph"]
    marks = ["connected", "TV ≤ 0.5", "same top token", "TV ≤ 0.1", "backbone"]
    assert stops == ["Tokens", "Components", "Filter", *zoom, *player, *marks][:16]


def test_a_step_sends_little(browser: Browser, graph_app: Server) -> None:
    received: list[int] = []
    context = browser.new_context(base_url=graph_app.url)
    page = context.new_page()
    page.on("websocket", lambda channel: channel.on("framereceived", lambda frame: received.append(len(frame))))
    page.goto("/?texts=long")
    graph = GraphPage(page, "texts=long")
    assert sum(received) > 500_000, "the library and the graph came over another way"
    for act in (lambda: graph.press("ArrowRight"), graph.button("Run again").click):
        received.clear()
        act()
        wait_until_at_rest(page)
        assert 0 < sum(received) < STEP_LIMIT_BYTES
    context.close()


@pytest.mark.parametrize(("query", "width"), [("size=0", 1280), ("size=0", 390), ("texts=long&large", 390)])
def test_marks_lie_apart_and_lead_to_their_sizes(open_graph: OpenGraph, query: str, width: int) -> None:
    graph = open_graph(query, width=width)
    labels = graph.page.locator(".trace-graph .marks button")
    assert sorted(labels.all_inner_texts()) == sorted(MARKS)
    boxes = [label.bounding_box() for label in labels.all()]
    for i, one in enumerate(boxes):
        assert one is not None and one["x"] >= 0 and one["x"] + one["width"] <= width
        for other in boxes[i + 1 :]:
            assert other is not None
            apart_x = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            apart_y = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
            assert apart_x or apart_y
    result = graph.result()
    graph.button("connected").click()
    assert graph.size == min(size for size in sizes(graph) if size >= result.trace.connected)
    assert graph.said("structure").startswith("paths from 1 of")
    graph.button("backbone").click()
    assert graph.said("structure").endswith("backbone complete")
    graph.button("same top token").click()
    assert graph.said("verdict") == "same token"
    graph.expect_heard(graph.size)


def test_marks_at_one_size_share_a_label(open_graph: OpenGraph) -> None:
    graph = open_graph("layers=1&heads=1&texts=sentence")
    labels = graph.page.locator(".trace-graph .marks button").all_inner_texts()
    assert any(" · " in label for label in labels)
    assert {part for label in labels for part in label.split(" · ")} <= set(MARKS)


def test_the_phase_is_named_by_the_share_of_edges(open_graph: OpenGraph) -> None:
    graph = open_graph("texts=long&layers=8&heads=8&size=0")
    said = (graph.said("phase"), graph.said("structure"))
    assert said == ("Before the phases", "no path from any token yet")
    for row in graph.result().curve.iloc[1:].itertuples():
        graph.press("ArrowRight")
        phases = [(1e-4, "Before the phases"), (1e-2, "Construction phase"), (1, "Refinement phase")]
        expected = next((name for below, name in phases if row.fraction < below), "Full model")
        assert graph.said("phase") == expected, f"at {row.fraction}"


def test_it_plays_through_the_sizes_and_pauses(open_graph: OpenGraph) -> None:
    graph = open_graph("size=0")
    graph.press(" ")
    live = graph.page.locator(".trace-graph .readout")
    expect(live).to_have_attribute("aria-live", "off")
    graph.page.wait_for_function(
        "(input) => Number(input.value) > 2000", arg=graph.slider.element_handle(), polling="raf", timeout=20_000
    )
    graph.button("Pause").click()
    expect(live).to_have_attribute("aria-live", "polite")
    stopped = graph.size
    assert stopped > 0
    graph.expect_heard(stopped)
    assert graph.size == stopped


def test_python_hears_while_it_plays_and_leaves_the_slider_alone(open_graph: OpenGraph) -> None:
    graph = open_graph("size=0&slow=0.8")
    graph.page.get_by_role("combobox", name="Playback speed").select_option("0.5×")
    graph.slider.evaluate(WATCH)
    graph.button("Play through the sizes").click()
    expect(graph.button("Play through the sizes")).to_be_visible(timeout=60_000)
    full = sizes(graph)[-1]
    graph.expect_heard(full)
    assert graph.size == full
    heard = graph.page.evaluate("[...window.heard]")
    assert [size for size in heard if 0 < size < full], "Python heard nothing on the way"
    seen = graph.page.evaluate("window.seen")
    assert len(seen) > 10 and seen == sorted(seen), "the thumb went back"


def test_little_motion_is_a_few_steps(open_graph: OpenGraph) -> None:
    graph = open_graph("size=0&texts=long")
    graph.page.emulate_media(reduced_motion="reduce")
    graph.page.get_by_role("combobox", name="Playback speed").select_option("4×")
    graph.slider.evaluate(WATCH)
    graph.button("Play through the sizes").click()
    expect(graph.button("Play through the sizes")).to_be_visible(timeout=20_000)
    assert 8 <= len(graph.page.evaluate("window.seen")) - 1 <= 11


def test_a_return_to_a_trace_finds_what_python_knows(open_graph: OpenGraph) -> None:
    graph = open_graph("size=40")
    start = graph.size
    graph.press("End")
    first, kept = graph.picture(), graph.canvas.element_handle()
    graph.expect_heard(sizes(graph)[-1])
    graph.choose_trace(1)
    graph.expect_heard(start)
    assert graph.size == start
    assert graph.picture() != first
    graph.choose_trace(0)
    graph.expect_heard(sizes(graph)[-1])
    assert graph.size == sizes(graph)[-1]
    assert graph.picture() == first
    assert kept.evaluate("(canvas) => canvas.isConnected"), "the vis-network was thrown away"
    assert graph.canvas.count() == 1


def test_python_moves_the_slider_and_nothing_else(open_graph: OpenGraph) -> None:
    graph = open_graph("size=0")
    graph.press("End")
    graph.page.mouse.click(*graph.find_colour(theme.MLP))
    graph.button("Zoom in").click()
    for _ in range(2):
        graph.page.get_by_role("button", name="Jump to 100").click()
        graph.expect_kept(max(size for size in sizes(graph) if size <= 100))
        graph.expect_heard(graph.size)
        graph.press("ArrowRight")
        graph.expect_heard(min(size for size in sizes(graph) if size > 100))
    graph.expect_selected("SelectedNode(kind='mlp', layer=3, head=None, token=7, stage=None)")
    expect(graph.button("Fit the graph")).to_have_text("130 %")


def test_messages_that_overtake_each_other_leave_the_last(open_graph: OpenGraph) -> None:
    graph = open_graph("size=0")
    graph.press("End")
    graph.expect_heard(sizes(graph)[-1])
    kept = graph.canvas.element_handle()
    graph.page.get_by_role("button", name="Hurry").click()
    graph.expect_kept(max(size for size in sizes(graph) if size <= 100))
    assert kept.evaluate("(canvas) => canvas.isConnected"), "the vis-network was thrown away"
    graph.press("ArrowRight")
    graph.expect_heard(min(size for size in sizes(graph) if size > 100))
