"""The prompt bar in a real browser: typing, tokens, orders, and what Python hears."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.contrast import contrast
from tests.e2e.guard import wait_until_at_rest, watched_page
from tests.e2e.server import Server, serve

APP = Path(__file__).parent / "apps" / "prompt_bar_app.py"
CAPITAL = "The capital of France is"

OpenBar = Callable[..., Page]


@pytest.fixture(scope="module")
def bar_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(APP, tmp_path_factory.mktemp("prompt")) as running:
        yield running


@pytest.fixture
def open_bar(browser: Browser, bar_app: Server) -> Iterator[OpenBar]:
    """Open watched pages with a prompt bar: ``open_bar("start=Long&slow=0.5", dark=True)``."""
    with ExitStack() as stack:

        def open_one(query: str = "", **options: object) -> Page:
            page = stack.enter_context(watched_page(browser, bar_app, path=f"/?{query}", **options))
            expect(page.locator(".prompt-bar .chip").first).to_be_visible()
            return page

        yield open_one


def box(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Prompt")


def labels(page: Page) -> Locator:
    return page.locator(".chip .label")


def traced(page: Page) -> Locator:
    return page.locator(".chip[aria-checked=true] .label")


def expect_in_step(page: Page) -> None:
    """The tokens become those of the text in the box."""
    expect(page.locator(".prompt-bar.behind")).to_have_count(0)


def expect_orders(page: Page, *orders: str) -> None:
    """What Python has been asked to trace so far."""
    expect(page.get_by_text("Python: Order")).to_have_text(list(orders))
    wait_until_at_rest(page)
    expect(page.get_by_text("Python: Order")).to_have_count(len(orders))


def runs(page: Page) -> int:
    """How often the whole page has run."""
    return int(page.get_by_text("Python: runs").inner_text().split()[-1])


def order(text: str, position: int = -1) -> str:
    return f"Python: Order(text={text!r}, position={position})"


def test_the_tokens_stand_in_reading_order_with_the_traced_one_marked(open_bar: OpenBar) -> None:
    page = open_bar()
    expect(labels(page)).to_have_text(["The", "·capital", "·of", "·France", "·is"])
    expect(traced(page)).to_have_text("·is")
    mark = page.locator(".chip[aria-checked=true]").evaluate("(chip) => getComputedStyle(chip, '::after').content")
    assert "predicts next" in mark
    expect(page.locator(".note")).to_have_text("5 tokens · 770 edges · about 0.3 s")
    expect(page.locator(".answer")).to_have_text("next: Paris 0.93, entropy 0.4 nats")


def test_what_is_typed_is_read_without_running_the_page(open_bar: OpenBar) -> None:
    page = open_bar()
    box(page).press("End")
    box(page).press_sequentially(" not car")
    expect_in_step(page)
    wait_until_at_rest(page)
    expect(labels(page)).to_have_text(["The", "·capital", "·of", "·France", "·is", "·not", "·car"])
    expect(traced(page)).to_have_text("·car")
    expect(page.locator(".answer")).to_be_empty()
    # "r" and "c" are keys of the page; in the box they are letters.
    assert runs(page) == 1
    expect_orders(page)


def test_tokens_are_dimmed_until_they_are_those_of_the_box(open_bar: OpenBar) -> None:
    page = open_bar("slow=1")
    box(page).press_sequentially("x")
    expect(page.locator(".prompt-bar.behind")).to_have_count(1)
    assert float(page.locator(".reading").evaluate("(one) => getComputedStyle(one).opacity")) < 1
    page.locator(".chip").first.click(force=True)
    expect_in_step(page)
    expect_orders(page)


def test_enter_traces_and_shift_enter_is_a_line_break(open_bar: OpenBar) -> None:
    page = open_bar()
    one_line = box(page).bounding_box()
    box(page).fill("one")
    box(page).press("Shift+Enter")
    box(page).press_sequentially("two")
    two_lines = box(page).bounding_box()
    assert one_line is not None and two_lines is not None and two_lines["height"] > one_line["height"] + 15
    expect_orders(page)
    box(page).press("Enter")
    expect_orders(page, order("one\ntwo"))
    expect(box(page)).to_have_value("one\ntwo")
    expect(labels(page)).to_have_text(["one", "⏎", "two"])


def test_the_button_traces(open_bar: OpenBar) -> None:
    page = open_bar()
    box(page).fill("another text")
    page.get_by_role("button", name="Trace").click()
    expect_orders(page, order("another text"))
    expect(page.locator(".answer")).to_have_text(re.compile("Paris"))


def test_enter_within_a_composition_is_no_order(open_bar: OpenBar) -> None:
    page = open_bar()
    box(page).fill("")
    box(page).focus()
    browser = page.context.new_cdp_session(page)
    browser.send("Input.imeSetComposition", {"text": "かん", "selectionStart": 2, "selectionEnd": 2})
    # What an input method sends while its window is open: the key's code hidden behind 229.
    enter = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    browser.send("Input.dispatchKeyEvent", enter)
    expect_orders(page)
    browser.send("Input.insertText", {"text": "漢"})
    box(page).press("Enter")
    expect_orders(page, order("漢"))


def test_a_late_answer_takes_nothing_from_what_was_typed_since(open_bar: OpenBar) -> None:
    page = open_bar("slow=0.5")
    box(page).fill("one")
    box(page).press("Enter")
    for word in (" two", " three", " four"):
        box(page).press_sequentially(word, delay=25)
        page.wait_for_timeout(300)
    box(page).press("ArrowLeft")
    wait_until_at_rest(page)
    expect(box(page)).to_have_value("one two three four")
    assert box(page).evaluate("(box) => box.selectionStart") == len("one two three fou")
    assert box(page).evaluate("(box) => box.getRootNode().activeElement === box")
    expect_in_step(page)
    expect(labels(page)).to_have_text(["one", "·two", "·three", "·four"])
    expect_orders(page, order("one"))


def test_two_orders_in_a_row_leave_the_later_text(open_bar: OpenBar) -> None:
    page = open_bar("slow=0.4")
    box(page).fill("one")
    box(page).press("Enter")
    expect(page.get_by_text(order("one"))).to_be_visible()
    box(page).fill("one two")
    box(page).press("Enter")
    expect_orders(page, order("one"), order("one two"))
    expect(box(page)).to_have_value("one two")
    expect(labels(page)).to_have_text(["one", "·two"])


def test_an_order_ends_a_run_that_is_under_way(open_bar: OpenBar) -> None:
    page = open_bar()
    box(page).fill("endless")
    box(page).press("Enter")
    page.get_by_text("Working").wait_for()
    box(page).fill("two")
    box(page).press("Enter")
    expect_orders(page, order("endless"), order("two"))
    expect(labels(page)).to_have_text(["two"])


def test_a_preset_replaces_what_is_in_the_box_and_a_rerun_does_not(open_bar: OpenBar) -> None:
    page = open_bar()
    box(page).fill("half a thou")
    page.get_by_role("button", name="Run again").click()
    wait_until_at_rest(page)
    expect(box(page)).to_have_value("half a thou")
    for _ in range(2):
        page.get_by_role("button", name="Capital").click()
        wait_until_at_rest(page)
        expect(box(page)).to_have_value(CAPITAL)
        expect(labels(page).first).to_have_text("The")
        expect_in_step(page)
        # The same preset again, after an edit that was told.
        box(page).fill("half")
        wait_until_at_rest(page)


def test_going_back_to_an_earlier_text_is_no_echo(open_bar: OpenBar) -> None:
    page = open_bar("start=Long")
    box(page).fill(CAPITAL)
    box(page).press("Enter")
    expect_orders(page, order(CAPITAL))
    for name, text in (("Breaks", "one\ntwo\nthree"), ("Capital", CAPITAL)):
        page.get_by_role("button", name=name).click()
        wait_until_at_rest(page)
        expect(box(page)).to_have_value(text)
        expect_in_step(page)


def test_a_click_on_a_token_traces_the_prediction_after_it(open_bar: OpenBar) -> None:
    page = open_bar()
    page.get_by_role("radio", name="·of").click()
    expect_orders(page, order(CAPITAL, 2))
    expect(traced(page)).to_have_text("·of")
    after = page.locator(".chip.after .label")
    assert after.all_inner_texts() == ["·France", "·is"]
    page.get_by_role("radio", name="·of").click()
    # What is traced already is not asked for again.
    expect_orders(page, order(CAPITAL, 2))


def test_a_token_of_a_draft_traces_the_draft(open_bar: OpenBar) -> None:
    page = open_bar()
    box(page).fill("red green blue")
    expect(page.get_by_role("radio", name="·green")).to_be_visible()
    page.get_by_role("radio", name="·green").click()
    expect_orders(page, order("red green blue", 1))
    expect(box(page)).to_have_value("red green blue")
    expect(traced(page)).to_have_text("·green")
    box(page).fill("red green")
    expect(labels(page)).to_have_text(["red", "·green"])
    page.get_by_role("radio", name="·green").click()
    expect_orders(page, order("red green blue", 1), order("red green", 1))


def test_the_tokens_are_one_stop_of_the_tab_key(open_bar: OpenBar) -> None:
    page = open_bar()
    box(page).focus()
    focused = "document.activeElement.shadowRoot?.activeElement?.innerText"
    stops = []
    for _ in range(2):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(focused))
    assert stops == ["Trace", "·is"]
    for key, there in (("Home", "The"), ("ArrowRight", "·capital"), ("End", "·is"), ("ArrowLeft", "·France")):
        page.keyboard.press(key)
        assert page.evaluate(focused) == there
    expect_orders(page)
    page.keyboard.press("Enter")
    expect_orders(page, order(CAPITAL, 3))
    assert page.evaluate(focused) == "·France"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press(" ")
    expect_orders(page, order(CAPITAL, 3), order(CAPITAL, 2))


def test_arrows_go_from_line_to_line(open_bar: OpenBar) -> None:
    page = open_bar("start=Long")
    page.locator(".chip").nth(100).focus()
    focused = "document.activeElement.shadowRoot.activeElement"
    index = f"[...{focused}.parentNode.children].indexOf({focused})"
    before = page.locator(".chip").nth(100).bounding_box()
    page.keyboard.press("ArrowDown")
    below = page.evaluate(f"{focused}.getBoundingClientRect().toJSON()")
    assert before is not None
    assert 100 < page.evaluate(index) < 100 + 2 * 1280 / before["width"]
    assert abs(below["x"] - before["x"]) < before["width"]
    page.keyboard.press("ArrowUp")
    assert abs(page.evaluate(index) - 100) <= 1


def test_a_problem_is_told_with_the_box(open_bar: OpenBar) -> None:
    page = open_bar()
    alert = page.get_by_role("alert").filter(has_text="can not be read")
    box(page).fill("a bad one")
    expect(alert).to_have_text("The prompt can not be read: it says <b>bad</b>.")
    expect(box(page)).to_have_attribute("aria-invalid", "true")
    assert "prompt-problem" in box(page).get_attribute("aria-describedby").split()
    assert page.locator(".prompt-bar b").count() == 0
    box(page).press("Enter")
    expect_orders(page, order("a bad one"))
    box(page).fill("a good one")
    expect(alert).to_have_count(0)
    expect(box(page)).to_have_attribute("aria-invalid", "false")


@pytest.mark.parametrize("dark", [False, True])
def test_texts_are_never_markup(open_bar: OpenBar, dark: bool) -> None:
    page = open_bar("start=Nasty", dark=dark)
    shown = labels(page).all_inner_texts()
    assert {"<img", "·</script>", "⏎", "·\N{REPLACEMENT CHARACTER}right"} <= set(shown)
    assert page.locator(".prompt-bar img").count() == 0
    text = box(page).input_value()
    assert "<img src=x onerror=alert(1)> </script> 🙂 مرحبا \u202eright a\nb" in text
    box(page).press("Control+End")
    box(page).press_sequentially("!")
    box(page).press("Enter")
    expect_orders(page, order(text + "!"))
    expect_in_step(page)


def test_an_emptied_box_is_a_draft_too(open_bar: OpenBar) -> None:
    page = open_bar()
    box(page).fill("")
    expect(page.locator(".chip")).to_have_count(0)
    wait_until_at_rest(page)
    expect(box(page)).to_have_value("")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_long_prompt_scrolls_to_the_traced_token(open_bar: OpenBar, width: int) -> None:
    page = open_bar("start=Long", width=width)
    assert page.locator(".chip").count() == 500
    expect(page.locator(".chip[aria-checked=true]")).to_be_in_viewport(ratio=0.9)
    chips, text = page.locator(".chips").bounding_box(), box(page).bounding_box()
    assert chips is not None and chips["height"] < 80
    assert text is not None and text["height"] < 110
    page.locator(".chips").evaluate("(chips) => { chips.scrollTop = 0; }")
    page.locator(".chip").nth(3).click()
    wait_until_at_rest(page)
    expect(traced(page)).to_have_text("·word3")
    expect(page.locator(".chip[aria-checked=true]")).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("query", ["start=Capital", "start=Nasty", "start=Long", "start=Capital&large=1"])
def test_it_fits_a_phone(open_bar: OpenBar, query: str, dark: bool) -> None:
    page = open_bar(query, width=390, height=844, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for part in (".ask", ".chips", ".trace", ".note", ".answer"):
        place = page.locator(f".prompt-bar {part}").bounding_box()
        assert place is not None and place["x"] >= 0 and place["x"] + place["width"] <= 390


@pytest.mark.parametrize("dark", [False, True])
def test_words_stand_out_from_what_is_behind_them(open_bar: OpenBar, dark: bool) -> None:
    page = open_bar(dark=dark)
    page.get_by_role("radio", name="·of").click()
    wait_until_at_rest(page)
    page.locator(".chip").first.focus()
    for part in (".name", ".of-tokens", ".note", ".answer", ".trace", ".chip.after", ".chip:not(.after)", "textarea"):
        assert contrast(page.locator(f".prompt-bar {part}").first) >= 4.5, part


def test_the_page_opens_without_the_caret_in_the_box(open_bar: OpenBar) -> None:
    assert open_bar().evaluate("document.activeElement.shadowRoot?.activeElement?.id") is None


def test_presentation_is_larger(open_bar: OpenBar) -> None:
    size = "(box) => parseFloat(getComputedStyle(box).fontSize)"
    assert box(open_bar("large=1")).evaluate(size) >= 1.3 * box(open_bar()).evaluate(size)
