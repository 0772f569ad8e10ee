"""Charts in a real browser: a click moves the size, each can be saved as SVG, and words are legible in both themes."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from strace_explorer.charts.theme import SURFACES
from tests.app.charts.test_theme import contrast
from tests.e2e.guard import wait_until_at_rest, watched_page
from tests.e2e.server import Server, serve

APP = Path(__file__).parent / "apps" / "chart_file_app.py"

KEYS = ("bars", "the curve", "heads", "kinds")

SLOW = 30_000

OpenCharts = Callable[..., Page]


@pytest.fixture(scope="module")
def chart_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(APP, tmp_path_factory.mktemp("charts")) as running:
        yield running


@pytest.fixture
def open_charts(browser: Browser, chart_app: Server) -> Iterator[OpenCharts]:
    """Open watched pages with charts: ``open_charts("large", dark=True)``."""
    with ExitStack() as stack:

        def open_one(query: str = "", **options: object) -> Page:
            page = stack.enter_context(watched_page(browser, chart_app, path=f"/?{query}", **options))
            expect(page.locator(".stVegaLiteChart svg.marks")).to_have_count(len(KEYS))
            return page

        yield open_one


def chart(page: Page, key: str) -> Locator:
    return page.locator(".stVegaLiteChart svg.marks").nth(KEYS.index(key))


def click(page: Page, key: str, across: float, down: float = 0.5) -> None:
    chart(page, key).scroll_into_view_if_needed()
    box = chart(page, key).bounding_box()
    assert box is not None
    n_picks = len(told(page)[1])
    page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
    picks = re.compile(rf"picks \[(\d+,? ?){{{n_picks + 1}}}\]")
    expect(page.get_by_text("Python:")).to_have_text(picks, timeout=SLOW)
    wait_until_at_rest(page)


def told(page: Page) -> tuple[int, list[int]]:
    """The size that Python shows, and every size that a click has picked."""
    size, *picks = map(int, re.findall(r"\d+", page.get_by_text("Python:").inner_text()))
    return size, picks


def hexadecimal(colour: str) -> str:
    """A colour as the browser computes it, in the way of the palette."""
    return "#" + "".join(f"{int(part):02X}" for part in re.findall(r"\d+", colour)[:3])


def saved(page: Page, key: str) -> tuple[str, str]:
    """Name and content of the file that a chart's button gives."""
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Save as SVG: {key}").click()
    return download.value.suggested_filename, Path(download.value.path()).read_text(encoding="utf-8")


@pytest.mark.parametrize("key", ["the curve", "heads", "kinds"])
def test_a_click_moves_the_size_and_the_same_click_again_does_too(open_charts: OpenCharts, key: str) -> None:
    page = open_charts()
    click(page, key, 0.7)
    size, picks = told(page)
    assert picks == [size] and size != 20
    page.get_by_role("button", name="Back to 20").click()
    expect(page.get_by_text("Python: size 20,")).to_be_visible(timeout=SLOW)
    wait_until_at_rest(page)
    click(page, key, 0.7)
    assert told(page) == (size, [size, size]), "the size had changed in between"
    click(page, key, 0.3)
    assert told(page)[0] < size


def test_a_click_far_from_the_curve_picks_by_its_place_along_the_axis(open_charts: OpenCharts) -> None:
    page = open_charts()
    click(page, "the curve", 0.6, 0.4)
    high = told(page)[0]
    click(page, "the curve", 0.6, 0.7)
    assert told(page)[0] == high


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_words_inside_charts_are_legible(open_charts: OpenCharts, dark: bool) -> None:
    page = open_charts(dark=dark)
    background = hexadecimal(page.get_by_test_id("stApp").evaluate("(app) => getComputedStyle(app).backgroundColor"))
    found = 0
    for key in ("bars", "the curve"):
        for text in chart(page, key).locator(".mark-text.role-mark text").all():
            assert contrast(hexadecimal(text.evaluate("(text) => getComputedStyle(text).fill")), background) >= 4.5
            found += 1
    assert found > 5


def test_the_file_is_the_chart_that_is_on_the_page(open_charts: OpenCharts) -> None:
    page = open_charts()
    name, content = saved(page, "the curve")
    assert name == "made-up_the-curve.svg"
    picture = ElementTree.fromstring(content)
    box = chart(page, "the curve").bounding_box()
    assert picture.tag == "{http://www.w3.org/2000/svg}svg" and box is not None
    assert [picture.get("width"), picture.get("height")] == [f"{box[side]:.0f}" for side in ("width", "height")]
    words = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert {"edges kept (log scale)", "refinement", "without the trace's edges"} <= set(words)


def test_a_saved_chart_keeps_its_theme_and_nasty_tokens_stay_text(open_charts: OpenCharts) -> None:
    page = open_charts(dark=True)
    _, content = saved(page, "bars")
    picture = ElementTree.fromstring(content)
    assert {element.tag.split("}")[1] for element in picture.iter()} <= {"svg", "g", "path", "text", "rect", "line"}
    words = {text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert {"<img src=x on…", "</svg>", "&amp;", "·a⏎b"} <= words
    paper = picture[0].get("fill")
    assert paper is not None and hexadecimal(paper) == SURFACES["dark"]


def test_the_button_is_in_the_corner_and_works_by_keyboard(open_charts: OpenCharts) -> None:
    page = open_charts(width=390, height=844)
    button = page.get_by_role("button", name="Save as SVG: bars")
    button.scroll_into_view_if_needed()
    place, drawn = button.bounding_box(), chart(page, "bars").bounding_box()
    assert place is not None and drawn is not None
    assert place["height"] >= 24 and place["width"] >= 24
    assert place["x"] + place["width"] <= 390 and place["y"] > drawn["y"] + drawn["height"] * 0.7
    button.focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "made-up_bars.svg"


def test_a_presentation_has_larger_type(open_charts: OpenCharts) -> None:
    sizes = [
        chart(open_charts(query), "bars")
        .get_by_text("probability of the next token")
        .evaluate("(text) => parseFloat(getComputedStyle(text).fontSize)")
        for query in ("", "large")
    ]
    assert sizes == [12, 16]
