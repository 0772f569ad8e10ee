"""The graph component in a real browser: its slider, its picture, and what Python hears."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.views import theme
from tests.e2e.guard import wait_until_at_rest, watched_page
from tests.e2e.server import Server, serve

APP = Path(__file__).parent / "apps" / "trace_graph_app.py"
STEP_LIMIT_BYTES = 20_000

OpenGraph = Callable[..., Page]


@pytest.fixture(scope="module")
def graph_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(APP, tmp_path_factory.mktemp("graph")) as running:
        yield running


@pytest.fixture
def open_graph(browser: Browser, graph_app: Server) -> Iterator[OpenGraph]:
    """Open watched pages with a drawn graph: ``open_graph("texts=long&view=components", width=390)``."""
    with ExitStack() as stack:

        def open_one(query: str = "", **options: object) -> Page:
            page = stack.enter_context(watched_page(browser, graph_app, path=f"/?{query}", **options))
            expect(page.locator(".trace-graph:not(.loading)")).to_be_visible()
            wait_until_at_rest(page)
            return page

        yield open_one


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Size of the subgraph")


def canvas(page: Page) -> Locator:
    return page.locator(".trace-graph canvas")


def wait_for_paint(page: Page) -> None:
    """Until the frame in which the last change is painted."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def picture(page: Page) -> str:
    """The canvas as a data URL."""
    wait_for_paint(page)
    return canvas(page).evaluate("(canvas) => canvas.toDataURL()")


def said(page: Page, name: str) -> str:
    """One of the words under the slider."""
    wait_for_paint(page)
    return page.locator(f"[data-say={name}]").inner_text()


def size_shown(page: Page) -> int:
    return int(said(page, "kept").replace(",", ""))


def expect_heard(page: Page, size: int) -> None:
    """Python has been told this size."""
    expect(page.get_by_text("Python: size")).to_have_text(f"Python: size {size}")
    wait_until_at_rest(page)


def find_colour(page: Page, colour: str, reach: int = 2) -> tuple[float, float]:
    """Where on the page the first patch of a colour on the canvas is; a ``reach`` of 2 passes over lines."""
    place = canvas(page).evaluate(
        """(canvas, [colour, r]) => {
            const wanted = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
            const {width, height} = canvas;
            const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
            const is = (x, y) => wanted.every((value, i) => Math.abs(data[4 * (y * width + x) + i] - value) < 3);
            for (let y = 2; y < height - 2; y++) for (let x = 2; x < width - 2; x++) {
                if (is(x, y) && is(x + r, y) && is(x, y + r) && is(x + r, y + r)) return [x + r, y + r];
            }
            return null;
        }""",
        [colour, reach],
    )
    assert place is not None, f"nothing is painted in {colour}"
    box = canvas(page).bounding_box()
    assert box is not None
    return box["x"] + place[0], box["y"] + place[1]


def test_keys_move_the_slider_and_python_hears_the_size(open_graph: OpenGraph) -> None:
    page = open_graph()
    before, size, kept = picture(page), size_shown(page), canvas(page).element_handle()
    slider(page).focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert size_shown(page) > size
    assert picture(page) != before
    expect_heard(page, size_shown(page))
    assert re.fullmatch(r"[\d,]+ edges, [\d.]+ percent, predicts \w+", slider(page).get_attribute("aria-valuetext"))
    page.keyboard.press("End")
    assert said(page, "share") == "100 %"
    assert said(page, "tv") == "0.00"
    page.keyboard.press("PageDown")
    page.keyboard.press("Home")
    assert size_shown(page) == 0
    expect_heard(page, 0)
    assert kept.evaluate("(canvas) => canvas.isConnected")


def test_the_tab_key_stops_at_every_control_and_nowhere_else(open_graph: OpenGraph) -> None:
    page = open_graph()
    page.get_by_role("button", name="Zoom out").focus()
    stops = []
    for _ in range(7):
        page.keyboard.press("Tab")
        focused = "document.activeElement.shadowRoot?.activeElement"
        stops.append(page.evaluate(f"{focused}?.ariaLabel ?? {focused}?.innerText"))
    buttons = ["Reset the view", "Zoom in", "Play through the sizes", "Size of the subgraph"]
    assert stops == [*buttons, "connected", "same top token", "backbone"]


def test_the_mouse_drags_the_slider_without_python(open_graph: OpenGraph) -> None:
    page = open_graph("size=0")
    box = slider(page).bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8, middle)
    page.mouse.down()
    pictures, sizes = set(), []
    for part in (0.3, 0.5, 0.7, 0.9):
        page.mouse.move(box["x"] + part * box["width"], middle)
        pictures.add(picture(page))
        sizes.append(size_shown(page))
    page.mouse.up()
    assert len(pictures) == 4
    assert sizes == sorted(set(sizes))
    expect_heard(page, sizes[-1])


def test_a_step_sends_little(browser: Browser, graph_app: Server) -> None:
    received: list[int] = []

    def note(frame: str | bytes) -> None:
        received.append(len(frame))

    context = browser.new_context(base_url=graph_app.url)
    page = context.new_page()
    page.on("websocket", lambda channel: channel.on("framereceived", note))
    page.goto("/?texts=long")
    expect(page.locator(".trace-graph:not(.loading)")).to_be_visible()
    wait_until_at_rest(page)
    assert sum(received) > 500_000, "the library and the graph came over another way"
    for act in (lambda: slider(page).press("ArrowRight"), page.get_by_role("button", name="Run again").click):
        received.clear()
        act()
        wait_until_at_rest(page)
        assert 0 < sum(received) < STEP_LIMIT_BYTES
    context.close()


def test_the_view_is_kept_while_sizes_change(open_graph: OpenGraph) -> None:
    page = open_graph()
    scale = page.get_by_role("button", name="Reset the view")
    page.get_by_role("button", name="Zoom in").click()
    expect(scale).to_have_text("130 %")
    slider(page).press("ArrowRight")
    expect_heard(page, size_shown(page))
    expect(scale).to_have_text("130 %")
    page.get_by_role("button", name="Run again").click()
    wait_until_at_rest(page)
    expect(scale).to_have_text("130 %")
    scale.click()
    expect(scale).to_have_text("100 %")


def test_the_wheel_zooms_only_with_control(open_graph: OpenGraph) -> None:
    page = open_graph()
    scale = page.get_by_role("button", name="Reset the view")
    canvas(page).hover()
    page.mouse.wheel(0, -200)
    expect(scale).to_have_text("100 %")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    expect(scale).to_have_text("110 %")


def test_a_theme_switch_repaints_and_keeps_the_readers_size(open_graph: OpenGraph) -> None:
    page = open_graph()
    slider(page).press("End")
    size, light = size_shown(page), picture(page)
    expect_heard(page, size)
    page.emulate_media(color_scheme="dark")
    wait_until_at_rest(page)
    assert size_shown(page) == size
    assert picture(page) != light
    page.emulate_media(color_scheme="light")
    wait_until_at_rest(page)
    assert picture(page) == light


def test_another_graph_starts_at_its_own_size(open_graph: OpenGraph) -> None:
    page = open_graph("size=40")
    start = size_shown(page)
    slider(page).press("End")
    first, kept = picture(page), canvas(page).element_handle()
    wait_until_at_rest(page)
    page.get_by_role("radiogroup", name="Trace").get_by_text("1").click()
    wait_until_at_rest(page)
    expect_heard(page, start)
    assert size_shown(page) == start
    assert picture(page) != first
    assert kept.evaluate("(canvas) => canvas.isConnected"), "the vis-network was thrown away"
    assert canvas(page).count() == 1


def test_pointing_tells_and_clicking_selects(open_graph: OpenGraph) -> None:
    page = open_graph()
    before = picture(page)
    x, y = find_colour(page, theme.MLP)
    page.mouse.move(x, y)
    tip = page.locator(".trace-graph .vis-tooltip")
    expect(tip).to_be_visible()
    assert re.fullmatch(r"Block 3, MLP at ‘\u2068·of\u2069’: active, first at size \d+", tip.inner_text())
    assert picture(page) != before
    page.mouse.click(x, y)
    heard = page.get_by_text("Python: selected")
    expect(heard).to_have_text("Python: selected SelectedNode(kind='mlp', layer=3, head=None, token=7)")
    assert page.locator(".trace-graph .note").inner_text().startswith("Block 3, MLP at")
    slider(page).press("Escape")
    expect(heard).to_have_text("Python: selected None")


def test_marks_lead_to_their_sizes(open_graph: OpenGraph) -> None:
    page = open_graph("size=0")
    page.get_by_role("button", name=re.compile("^connected")).click()
    assert size_shown(page) > 0
    expect_heard(page, size_shown(page))
    labels = [mark.bounding_box() for mark in page.locator(".trace-graph .marks span").all()]
    assert len(labels) == 3
    for i, one in enumerate(labels):
        for other in labels[i + 1 :]:
            assert one is not None and other is not None
            apart_x = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            apart_y = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
            assert apart_x or apart_y


def test_it_plays_through_the_sizes_and_pauses(open_graph: OpenGraph) -> None:
    page = open_graph("size=0")
    slider(page).press(" ")
    page.wait_for_function(
        "(input) => Number(input.value) >= 3", arg=slider(page).element_handle(), polling="raf", timeout=10_000
    )
    assert page.get_by_text("Python: size").inner_text() == "Python: size 0"
    page.get_by_role("button", name="Pause").click()
    stopped = size_shown(page)
    assert stopped > 0
    expect_heard(page, stopped)
    assert size_shown(page) == stopped


def test_texts_of_tokens_are_never_markup(open_graph: OpenGraph) -> None:
    page = open_graph("texts=nasty")
    x, y = find_colour(page, theme.MLP)
    page.mouse.move(x, y)
    expect(page.locator(".trace-graph .vis-tooltip")).to_contain_text("\N{REPLACEMENT CHARACTER}right")
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("query", ["texts=sentence", "texts=long", "texts=long&view=components&layers=12&heads=12"])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_phone(open_graph: OpenGraph, query: str, dark: bool) -> None:
    page = open_graph(query, width=390, height=844, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = canvas(page).bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
    slider(page).press("End")
    find_colour(page, theme.MLP, reach=0)
    assert slider(page).is_visible()


def test_the_component_view_answers_the_slider(open_graph: OpenGraph) -> None:
    page = open_graph("view=components&size=10")
    before = picture(page)
    slider(page).press("End")
    assert picture(page) != before
    assert page.get_by_text("used at few positions").is_visible()
