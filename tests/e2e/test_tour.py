"""The tour in a real browser: when it opens, where it stands, and that it is never in the way."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from tests.e2e.contrast import contrast
from tests.e2e.guard import wait_until_at_rest, watched_page
from tests.e2e.server import Server, serve

APP = Path(__file__).parent / "apps" / "tour_app.py"
TITLES = ["Welcome", "The prompt", "In the sidebar", "Far below", "Not there"]
FOCUSED = "document.activeElement.shadowRoot?.activeElement"

OpenTour = Callable[..., Page]


@pytest.fixture(scope="module")
def tour_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(APP, tmp_path_factory.mktemp("tour")) as running:
        yield running


@pytest.fixture
def open_tour(browser: Browser, tour_app: Server) -> Iterator[OpenTour]:
    """Open watched pages of a first visit: ``open_tour("nasty=1", dark=True)``."""
    with ExitStack() as stack:
        yield lambda query="", **options: stack.enter_context(
            watched_page(browser, tour_app, path=f"/?{query}", first_visit=True, **options)
        )


def card(page: Page) -> Locator:
    return page.get_by_role("dialog")


def ring(page: Page) -> Locator:
    return page.locator(".tour .ring")


def press(page: Page, name: str) -> None:
    card(page).get_by_role("button", name=name).click()


def go_to(page: Page, title: str) -> None:
    for _ in range(TITLES.index(title)):
        press(page, "Next")
    expect(card(page).get_by_role("heading")).to_have_text(title)


def box(element: Locator) -> FloatRect:
    place = element.bounding_box()
    assert place is not None
    return place


def expect_ring_around(page: Page, target: Locator) -> None:
    """The ring comes to rest closely around a target, which is in the window and not covered by the card."""
    expect(ring(page)).to_be_visible()
    page.wait_for_function(
        """(elements) => {
            const [r, t, c] = elements.map((element) => element.getBoundingClientRect());
            return r.left <= t.left && r.top <= t.top && r.right >= t.right && r.bottom >= t.bottom
                && r.width < t.width + 16 && r.height < t.height + 16 && t.top >= 0 && t.bottom <= innerHeight
                && (c.right <= t.left || t.right <= c.left || c.bottom <= t.top || t.bottom <= c.top);
        }""",
        arg=[element.element_handle() for element in (ring(page), target, card(page))],
    )


def test_it_opens_on_the_first_visit_only(open_tour: OpenTour) -> None:
    page = open_tour()
    expect(card(page)).to_be_visible()
    expect(card(page)).to_have_attribute("aria-modal", "false")
    expect(page.get_by_role("dialog", name="Welcome")).to_have_count(1)
    expect(card(page).locator(".count")).to_have_text("1 of 5")
    assert page.evaluate("document.activeElement === document.body"), "the focus was taken away"
    press(page, "Close")
    expect(card(page)).to_have_count(0)
    page.reload()
    wait_until_at_rest(page)
    expect(page.get_by_role("button", name="Tour of the page")).to_be_visible()
    expect(card(page)).to_have_count(0)


def test_a_visit_that_leaves_it_open_is_shown_it_again(open_tour: OpenTour) -> None:
    page = open_tour()
    expect(card(page)).to_be_visible()
    page.reload()
    wait_until_at_rest(page)
    expect(card(page)).to_be_visible()


def test_without_a_storage_it_just_opens(open_tour: OpenTour) -> None:
    page = open_tour()
    press(page, "Close")
    page.add_init_script(
        """for (const name of ["getItem", "setItem"]) {
            const plain = Storage.prototype[name];
            Storage.prototype[name] = function (key, ...rest) {
                if (key.startsWith("s-trace")) throw new DOMException("denied", "SecurityError");
                return plain.call(this, key, ...rest);
            };
        }"""
    )
    page.reload()
    wait_until_at_rest(page)
    expect(card(page)).to_be_visible()
    press(page, "Close")
    expect(card(page)).to_have_count(0)


def test_it_goes_through_its_stops_and_back(open_tour: OpenTour) -> None:
    page = open_tour()
    expect(card(page).get_by_role("button", name="Back")).to_have_count(0)
    for number, title in enumerate(TITLES, 1):
        expect(card(page).get_by_role("heading")).to_have_text(title)
        expect(card(page).locator(".count")).to_have_text(f"{number} of 5")
        if title != TITLES[-1]:
            press(page, "Next")
    press(page, "Back")
    expect(card(page).get_by_role("heading")).to_have_text("Far below")
    press(page, "Next")
    press(page, "Done")
    expect(card(page)).to_have_count(0)
    page.reload()
    wait_until_at_rest(page)
    expect(card(page)).to_have_count(0)


def test_the_button_opens_it_again_and_gets_the_focus_back(open_tour: OpenTour) -> None:
    page = open_tour()
    go_to(page, "The prompt")
    press(page, "Close")
    again = page.get_by_role("button", name="Tour of the page")
    for _ in range(2):
        again.focus()
        page.keyboard.press("Enter")
        expect(card(page).get_by_role("heading")).to_have_text("Welcome")
        assert page.evaluate(f"{FOCUSED}.id") == "tour-title"
        page.keyboard.press("Escape")
        expect(card(page)).to_have_count(0)
        expect(again).to_be_focused()


def test_keys_lead_through_it(open_tour: OpenTour) -> None:
    page = open_tour()
    press(page, "Close")
    page.get_by_role("button", name="Tour of the page").click()
    heading = card(page).get_by_role("heading")
    expect(heading).to_have_text("Welcome")
    for key, title in (("ArrowLeft", "Welcome"), ("ArrowRight", "The prompt"), ("ArrowRight", "In the sidebar")):
        page.keyboard.press(key)
        expect(heading).to_have_text(title)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    assert page.evaluate(f"{FOCUSED}.innerText") == "Back"
    page.keyboard.press("Enter")
    expect(heading).to_have_text("Welcome")
    assert page.evaluate(f"{FOCUSED}.innerText") == "Next", "the focus went with the button"
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(heading).to_have_text("Not there")


def test_escape_puts_it_away_only_for_who_is_nowhere_else(open_tour: OpenTour) -> None:
    page = open_tour()
    page.get_by_role("textbox", name="Prompt").press("Escape")
    expect(card(page)).to_be_visible()
    page.get_by_role("textbox", name="Prompt").blur()
    page.keyboard.press("Escape")
    expect(card(page)).to_have_count(0)


def test_the_page_stays_usable(open_tour: OpenTour) -> None:
    page = open_tour()
    go_to(page, "The prompt")
    # The ring lies over the button, and lets the click through.
    prompt = page.get_by_role("textbox", name="Prompt")
    prompt.fill("typed")
    page.get_by_role("button", name="Trace").click()
    press(page, "Close")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_text("Python: pressed 1")).to_be_visible()
    assert prompt.input_value() == "typed"


def test_a_run_of_the_page_leaves_it_where_it_is(open_tour: OpenTour) -> None:
    page = open_tour()
    go_to(page, "In the sidebar")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_text("Python: pressed 1")).to_be_visible()
    wait_until_at_rest(page)
    page.emulate_media(color_scheme="dark")
    wait_until_at_rest(page)
    expect(card(page).get_by_role("heading")).to_have_text("In the sidebar")


@pytest.mark.parametrize("dark", [False, True])
def test_it_outlines_its_target_and_stands_beside_it(open_tour: OpenTour, dark: bool) -> None:
    page = open_tour(dark=dark)
    expect(ring(page)).to_be_hidden()
    corner = box(card(page))
    assert corner["x"] + corner["width"] == pytest.approx(1280 - 12, abs=1)
    assert corner["y"] + corner["height"] == pytest.approx(800 - 12, abs=1)
    targets = {
        "The prompt": page.locator(".prompt-bar .ask"),
        "In the sidebar": page.get_by_test_id("stSidebar").get_by_test_id("stRadio"),
        "Far below": page.locator(".st-key-far"),
    }
    for title, target in targets.items():
        press(page, "Next")
        expect(card(page).get_by_role("heading")).to_have_text(title)
        expect_ring_around(page, target)
        place = box(card(page))
        assert 0 <= place["x"] <= 1280 - place["width"] and 0 <= place["y"] <= 800 - place["height"]
    press(page, "Next")
    expect(ring(page)).to_be_hidden()
    assert box(card(page))["x"] + box(card(page))["width"] == pytest.approx(1280 - 12, abs=1)
    for part in (".count", "h2", "#tour-body", ".next", ".back"):
        assert contrast(card(page).locator(part)) >= 4.5


def test_the_ring_follows_the_page(open_tour: OpenTour) -> None:
    page = open_tour()
    go_to(page, "The prompt")
    target = page.locator(".prompt-bar .ask")
    expect_ring_around(page, target)
    before = box(target)["y"]
    page.mouse.move(700, 600)
    page.mouse.wheel(0, 40)
    page.wait_for_function(
        "([target, y]) => target.getBoundingClientRect().y === y", arg=[target.element_handle(), before - 40]
    )
    expect_ring_around(page, target)
    page.set_viewport_size({"width": 1000, "height": 700})
    expect_ring_around(page, target)
    page.mouse.wheel(0, 1500)
    expect(ring(page)).to_be_hidden()
    expect(card(page)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_phone_it_lies_at_the_bottom(open_tour: OpenTour, dark: bool) -> None:
    page = open_tour(width=390, height=844, dark=dark)
    for title in TITLES:
        expect(card(page).get_by_role("heading")).to_have_text(title)
        place = box(card(page))
        assert place["x"] == 12 and place["width"] == 390 - 24
        assert place["y"] + place["height"] == pytest.approx(844 - 12)
        if title == "Far below":
            expect_ring_around(page, page.locator(".st-key-far"))
        if title != TITLES[-1]:
            press(page, "Next")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("query", ["nasty=1", "nasty=1&large=1"])
@pytest.mark.parametrize("width", [390, 1280])
def test_texts_are_never_markup_and_the_buttons_stay_in_reach(open_tour: OpenTour, query: str, width: int) -> None:
    page = open_tour(query, width=width, height=600)
    expect(card(page).get_by_role("heading")).to_have_text("<img src=x onerror=alert(1)> </script>")
    assert card(page).locator("img, b").count() == 0
    expect(card(page)).to_be_in_viewport(ratio=1)
    expect(card(page).get_by_role("button", name="Next")).to_be_in_viewport(ratio=1)
    assert box(card(page))["height"] <= 0.5 * 600
    press(page, "Next")
    expect(card(page).get_by_role("heading")).to_have_text("The prompt")
