"""The coloured text in a real browser: its tokens, their levels, and what Python hears."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.contrast import contrast
from tests.e2e.guard import wait_until_at_rest, watched_page
from tests.e2e.server import Server, serve

APP = Path(__file__).parent / "apps" / "token_text_app.py"
FOCUSED = "document.activeElement.shadowRoot?.activeElement"

OpenText = Callable[..., Page]


@pytest.fixture(scope="module")
def text_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(APP, tmp_path_factory.mktemp("text")) as running:
        yield running


@pytest.fixture
def open_text(browser: Browser, text_app: Server) -> Iterator[OpenText]:
    """Open watched pages with a coloured text: ``open_text("texts=long&known=100", dark=True)``."""
    with ExitStack() as stack:

        def open_one(query: str = "", **options: object) -> Page:
            page = stack.enter_context(watched_page(browser, text_app, path=f"/?{query}", **options))
            expect(page.locator(".token").first).to_be_visible()
            return page

        yield open_one


def token(page: Page, index: int) -> Locator:
    return page.locator(".token").nth(index)


def ink(page: Page, index: int) -> Locator:
    return token(page, index).locator(".ink")


def tip(page: Page) -> Locator:
    return page.locator(".token-text .tip")


def bar_height(page: Page, index: int) -> float:
    size = ink(page, index).evaluate("(ink) => getComputedStyle(ink).backgroundSize")
    return float(size.split()[1].removesuffix("px"))


def tint(page: Page, index: int) -> str:
    return ink(page, index).evaluate("(ink) => getComputedStyle(ink).backgroundColor")


def expect_clicked(page: Page, *indices: int) -> None:
    expect(page.get_by_text("Python: clicked")).to_have_text(f"Python: clicked {list(indices)}")


def test_the_text_runs_with_its_spaces_and_line_breaks(open_text: OpenText) -> None:
    page = open_text()
    text = page.locator(".tokens").inner_text()
    assert text.startswith("The old king said to his daughter that")
    assert "from her.⏎\n⏎\nShe planted" in text
    first, after_breaks = token(page, 0).bounding_box(), page.get_by_role("button", name="She").bounding_box()
    assert first is not None and after_breaks is not None
    assert after_breaks["x"] == pytest.approx(first["x"])
    assert after_breaks["y"] > first["y"] + 2 * first["height"] - 1


@pytest.mark.parametrize("dark", [False, True])
def test_a_level_is_a_tint_and_a_bar(open_text: OpenText, dark: bool) -> None:
    page = open_text("known=26", dark=dark)
    # Levels go by 7 i mod 13 in twelfths: the tokens from 0 to 12 take each once, 0 the least, 11 the most.
    by_level = sorted(range(13), key=lambda i: i * 7 % 13)
    heights = [bar_height(page, i) for i in by_level]
    assert heights == sorted(set(heights)) and heights[0] == 1 and heights[-1] == 6
    assert len({tint(page, i) for i in by_level}) == 13
    assert tint(page, 0) == tint(page, 13)
    for i in by_level:
        assert contrast(ink(page, i)) >= 4.5
    # A level not known yet has no tint and no bar, but stripes.
    assert "repeating" in ink(page, 26).evaluate("(ink) => getComputedStyle(ink).backgroundImage")
    sign = page.locator(".token i").first
    assert sign.evaluate("(sign) => getComputedStyle(sign).color === getComputedStyle(sign.parentNode).color")
    for part in (".caption", ".low", ".high", ".pending"):
        assert contrast(page.locator(f".legend {part}")) >= 4.5


def test_the_legend_says_what_the_colours_are(open_text: OpenText) -> None:
    page = open_text("known=10")
    expect(page.locator(".legend .caption")).to_have_text("Edges needed for TV ≤ 0.1")
    expect(page.locator(".legend .low")).to_have_text("12 edges")
    expect(page.locator(".legend .high")).to_have_text("3,400 edges")
    expect(page.get_by_text("not measured")).to_be_visible()
    page.get_by_role("button", name="Compute all").click()
    expect(page.get_by_text("not measured")).to_be_hidden()
    expect(page.get_by_role("toolbar", name="Edges needed for TV ≤ 0.1")).to_be_visible()


def test_new_levels_touch_only_their_tokens(open_text: OpenText) -> None:
    page = open_text("known=9")
    token(page, 4).focus()
    page.evaluate(
        """() => {
            window.touched = new Set();
            const host = document.querySelector("[data-testid=stBidiComponentIsolated]");
            const tokens = host.shadowRoot.querySelector(".tokens");
            const note = (records) => records.forEach(({target}) => {
                window.touched.add([...tokens.children].findIndex((one) => one.contains(target)));
            });
            const all = {subtree: true, childList: true, attributes: true, characterData: true};
            new MutationObserver(note).observe(tokens, all);
        }"""
    )
    kept = token(page, 4).element_handle()
    page.keyboard.press("ArrowRight")
    page.evaluate("() => window.touched.clear()")
    page.get_by_role("button", name="More").evaluate("(button) => button.click()")
    expect(page.get_by_text("Python: known")).to_have_text("Python: known 18")
    wait_until_at_rest(page)
    assert page.evaluate("() => [...window.touched].sort((a, b) => a - b)") == [5, *range(9, 18)], "5 has the focus"
    assert page.evaluate(f"{FOCUSED}.innerText") == token(page, 5).inner_text()
    assert kept.evaluate("(token) => token.isConnected")


def test_the_focus_and_the_explanation_stay_while_levels_arrive(open_text: OpenText) -> None:
    page = open_text("texts=long&known=0")
    page.get_by_role("button", name="Compute all").click()
    token(page, 30).focus()
    page.keyboard.press("ArrowRight")
    expect(tip(page)).to_have_text("not measured")
    expect(tip(page)).to_have_text("“ word31” needs 2550 edges\nentropy <b>1.2</b> nats", timeout=20_000)
    assert page.evaluate(f"{FOCUSED}.innerText").strip() == "word31"
    page.keyboard.press("Enter")
    # Once, or twice if two runs of the fragment were due at that moment.
    expect(page.get_by_text("Python: clicked")).to_have_text(re.compile(r"Python: clicked \[31(, 31)?\]"))


def test_a_click_tells_python_once_and_outlines_the_token(open_text: OpenText) -> None:
    page = open_text()
    token(page, 2).click()
    expect_clicked(page, 2)
    assert page.locator("[aria-current]").all_inner_texts() == [token(page, 2).inner_text()]
    token(page, 7).click()
    expect_clicked(page, 2, 7)
    outline = ink(page, 7).evaluate("(ink) => getComputedStyle(ink).outlineStyle")
    assert outline == "solid"
    assert page.locator("[aria-current]").all_inner_texts() == [token(page, 7).inner_text()]
    page.get_by_role("button", name="More").click()
    wait_until_at_rest(page)
    expect_clicked(page, 2, 7)
    assert token(page, 7).get_attribute("aria-current") == "true"


def test_the_keyboard_reaches_every_token_from_one_stop(open_text: OpenText) -> None:
    page = open_text("texts=long")
    token(page, 3).focus()
    assert page.locator(".token[tabindex='0']").count() == 1
    here = f"{FOCUSED}.innerText.trim()"
    for key, there in (("ArrowRight", "word4"), ("ArrowLeft", "word3"), ("End", "word599"), ("Home", "word0")):
        page.keyboard.press(key)
        assert page.evaluate(here) == there
    above = token(page, 0).bounding_box()
    page.keyboard.press("ArrowDown")
    below = page.evaluate(f"{FOCUSED}.querySelector('.ink').getBoundingClientRect().toJSON()")
    assert above is not None
    assert below["top"] > above["y"] + above["height"] / 2
    assert abs(below["left"] - above["x"]) < 40
    page.keyboard.press("ArrowUp")
    assert page.evaluate(here) == "word0"
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    expect_clicked(page, 1)
    assert page.evaluate(here) == "word1"


def test_pointing_and_focus_explain_a_token(open_text: OpenText) -> None:
    page = open_text()
    expect(tip(page)).to_be_hidden()
    token(page, 9).hover()
    expect(tip(page)).to_have_text("“ garden” needs 3117 edges\nentropy <b>1.2</b> nats")
    assert tip(page).locator("b").count() == 0
    page.mouse.move(5, 5)
    expect(tip(page)).to_be_hidden()
    token(page, 2).focus()
    page.keyboard.press("ArrowLeft")
    expect(tip(page)).to_be_visible()
    assert token(page, 1).get_attribute("aria-describedby") == tip(page).get_attribute("id")
    page.keyboard.press("Escape")
    expect(tip(page)).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(tip(page)).to_be_visible()


@pytest.mark.parametrize("dark", [False, True])
def test_texts_are_never_markup(open_text: OpenText, dark: bool) -> None:
    page = open_text("texts=nasty", dark=dark)
    shown = [text.strip(" \n") for text in page.locator(".token").all_inner_texts()]
    assert shown[:7] == ["<img src=x onerror=alert(1)>", "</script>", "a⏎\nb", "⏎", "🙂", "مرحبا", "∅"]
    assert shown[7:] == ["·", "⇥", "\N{REPLACEMENT CHARACTER}right", "\N{SYMBOL FOR NULL}", "end"]
    assert page.locator(".token-text img").count() == 0
    token(page, 6).focus()
    page.keyboard.press("Enter")
    expect_clicked(page, 6)
    token(page, 0).hover()
    expect(tip(page)).to_contain_text("<img src=x onerror=alert(1)>")
    token(page, 9).hover()
    expect(tip(page)).to_contain_text("“\N{REPLACEMENT CHARACTER}right”")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("query", ["texts=story", "texts=long&known=100", "texts=nasty", "texts=story&large=1"])
def test_it_fits_a_phone(open_text: OpenText, query: str, dark: bool) -> None:
    page = open_text(query, width=390, height=844, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for i in (0, 5, 7, 11):
        token(page, i).hover()
        place = tip(page).bounding_box()
        assert place is not None and place["x"] >= 0 and place["x"] + place["width"] <= 390


def test_an_explanation_at_the_foot_of_the_window_stands_above(open_text: OpenText) -> None:
    page = open_text("texts=long", height=300)
    last = ink(page, 300)
    last.evaluate("(ink) => ink.scrollIntoView({block: 'end'})")
    token(page, 300).hover()
    place, word = tip(page).bounding_box(), last.bounding_box()
    assert place is not None and word is not None
    assert place["y"] + place["height"] <= word["y"]
