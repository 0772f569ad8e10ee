"""The explorer in a browser: the prompt, the slider, the charts, the address, and what goes wrong."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from strace_explorer.wording.presets import PRESET_GROUPS
from tests.e2e.guard import wait_until_at_rest

OpenPage = Callable[..., Page]

STORY = "Once upon a time there was a"


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Size of the subgraph")


def box(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Prompt")


def tokens(page: Page) -> Locator:
    return page.get_by_role("radiogroup", name=re.compile("Tokens of the prompt"))


def chart(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key}")


def type_prompt(page: Page, prompt: str) -> None:
    box(page).fill(prompt)
    box(page).press("Enter")
    page.wait_for_function("(text) => new URLSearchParams(location.search).get('prompt') === text", arg=prompt)
    wait_until_at_rest(page)


def edges_kept(page: Page) -> int:
    """What the readout says, once the last change is painted."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return int(page.locator('[data-say="kept"]').inner_text().replace(",", ""))


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def pictures(page: Page) -> list[bytes]:
    return [chart(page, key).screenshot() for key in ("bars", "curve")]


def test_a_first_visit_shows_a_picture(page: Page) -> None:
    expect(tokens(page)).to_contain_text("·France")
    expect(page.locator(".trace-graph:not(.loading) canvas")).to_be_visible()
    expect(chart(page, "bars").locator("svg, canvas").first).to_be_visible()
    expect(chart(page, "curve").locator("svg, canvas").first).to_be_visible()
    assert edges_kept(page) > 0


def test_a_text_is_read_before_it_is_traced(page: Page) -> None:
    box(page).fill("Once upon a time")
    expect(tokens(page)).to_contain_text("·time")
    expect(page.locator(".prompt-bar .note")).to_contain_text(re.compile(r"\d tokens · [\d,]+ edges · about [\d.]+ s"))
    assert address(page)["prompt"] == ["The capital of France is"], "nothing is traced before Enter"


def test_typing_a_prompt_traces_it(page: Page) -> None:
    before = page.locator(".trace-graph canvas").screenshot()
    type_prompt(page, STORY)
    expect(tokens(page)).to_contain_text("·time")
    expect(page.locator(".trace-graph:not(.loading)")).to_be_visible()
    assert page.locator(".trace-graph canvas").screenshot() != before
    assert address(page)["prompt"] == [STORY]


def test_a_token_is_traced_when_it_is_clicked(open_page: OpenPage) -> None:
    page = open_page(path="/?prompt=Monday%2C+Tuesday%2C+Wednesday%2C")
    full = page.locator('[data-say="full"]')
    expect(full).to_have_text("Thursday")
    tokens(page).get_by_role("radio").nth(4).click()  # the comma after Tuesday
    wait_until_at_rest(page)
    expect(full).to_have_text("Wednesday")
    assert address(page)["position"] == ["4"]
    again = open_page(path="/?" + urlsplit(page.url).query)
    expect(again.locator('[data-say="full"]')).to_have_text("Wednesday")


def test_the_slider_moves_readout_charts_and_address(page: Page) -> None:
    size, drawn = edges_kept(page), pictures(page)
    slider(page).press("Home")
    assert edges_kept(page) == 0, "the readout does not wait for the server"
    for _ in range(12):
        slider(page).press("ArrowRight")
    smaller = edges_kept(page)
    assert 0 < smaller < size
    wait_until_at_rest(page)
    assert address(page)["size"] == [str(smaller)]
    assert all(new != old for new, old in zip(pictures(page), drawn, strict=True))


def test_the_full_graph_predicts_what_the_model_predicts(page: Page) -> None:
    slider(page).press("End")
    expect(page.locator('[data-say="tv"]')).to_have_text(re.compile(r"^0(\.0+)?$"))
    expect(page.locator('[data-say="sub"]')).to_have_text(page.locator('[data-say="full"]').inner_text())


def test_an_address_restores_what_was_on_the_page(open_page: OpenPage) -> None:
    page = open_page(path="/?model=demo-gpt2&prompt=Once+upon+a+time&score=l2&measure=KL&panel=Numbers")
    page.get_by_role("button", name="Components", exact=True).click()
    wait_until_at_rest(page)
    for _ in range(5):
        slider(page).press("ArrowLeft")
    wait_until_at_rest(page)
    size = edges_kept(page)
    again = open_page(path="/?" + urlsplit(page.url).query)
    assert edges_kept(again) == size
    expect(box(again)).to_have_value("Once upon a time")
    expect(again.get_by_role("button", name="Components", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(again.get_by_role("tab", name="Numbers")).to_have_attribute("aria-selected", "true")
    there = address(again)
    assert (there["model"], there["score"], there["measure"]) == (["demo-gpt2"], ["l2"], ["KL"])


def test_another_prompt_starts_at_its_own_size(page: Page) -> None:
    slider(page).press("Home")
    wait_until_at_rest(page)
    assert address(page)["size"] == ["0"]
    type_prompt(page, STORY)
    assert edges_kept(page) > 0
    assert address(page)["size"] == [str(edges_kept(page))]


def test_a_preset_fills_the_box(page: Page) -> None:
    preset = PRESET_GROUPS["Copying"][0]
    page.get_by_role("button", name=preset.name, exact=True).click()
    wait_until_at_rest(page)
    expect(box(page)).to_have_value(preset.prompt)
    expect(page.get_by_text(f"What to look for: {preset.look_for}")).to_be_visible()
    assert address(page)["prompt"] == [preset.prompt]


def test_a_bad_prompt_is_explained_beside_the_box_and_the_picture_stays(page: Page) -> None:
    size = edges_kept(page)
    type_prompt(page, "word " * 600)
    expect(page.locator(".prompt-bar .problem")).to_contain_text("at most 512")
    assert edges_kept(page) == size
    type_prompt(page, "Once upon a time")
    expect(page.locator(".prompt-bar .problem")).to_have_text("")


def test_text_that_looks_like_code_stays_text(page: Page) -> None:
    nasty = "<img src=x onerror=alert(1)> </script> ![a](http://example.org/a.png) $x$ 🦜 \u202eabc"
    type_prompt(page, nasty)
    expect(tokens(page)).to_contain_text("<")
    for tab in ("Table", "Compare", "Text", "Export"):
        page.get_by_role("tab", name=tab).click()
        wait_until_at_rest(page)
    assert page.locator("img[src='x'], img[src*='example.org']").count() == 0
    assert "\u202e" not in tokens(page).inner_text()


def test_dark_theme_and_narrow_screen_fit(open_page: OpenPage) -> None:
    page = open_page(dark=True, width=390, height=844)
    background = page.get_by_test_id("stApp").evaluate("(app) => getComputedStyle(app).backgroundColor")
    assert max(map(int, re.findall(r"\d+", background)[:3])) < 60
    for tab in page.get_by_role("tab").all():
        tab.click()
        wait_until_at_rest(page)
        overflow = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, tab.inner_text()
    for part in (slider(page), page.locator(".trace-graph canvas"), chart(page, "curve")):
        part.scroll_into_view_if_needed()
        bounds = part.bounding_box()
        assert bounds is not None and bounds["x"] >= 0 and bounds["x"] + bounds["width"] <= 390


@pytest.mark.parametrize(("width", "has_sidebar"), [(780, False), (930, False), (1024, True), (1230, True)])
def test_charts_have_room_for_their_legends(open_page: OpenPage, width: int, has_sidebar: bool) -> None:
    page = open_page(width=width)
    sidebar = page.get_by_test_id("stSidebar")
    if not has_sidebar:
        sidebar.hover()
        sidebar.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    expect(page.get_by_test_id("stExpandSidebarButton")).to_be_visible(visible=not has_sidebar)
    for tab in ("Kinds", "Layers"):
        page.get_by_role("tab", name=tab).click()
        wait_until_at_rest(page)
        cut_off = page.evaluate(
            """() => [...document.querySelectorAll(".stVegaLiteChart svg.marks")].flatMap((drawn) => {
                const end = (element) => element.getBoundingClientRect().right;
                const texts = [...drawn.querySelectorAll("text")];
                return texts.filter((text) => end(text) > end(drawn)).map((text) => text.textContent);
            })"""
        )
        assert cut_off == [], f"{tab}, {width} pixels wide"


def test_the_tour_opens_on_a_first_visit_and_again_when_asked_for(open_page: OpenPage) -> None:
    page = open_page(first_visit=True)
    card = page.get_by_role("dialog", name="What this page shows")
    expect(card).to_be_visible()
    n_steps = int(re.findall(r"of (\d+)", card.inner_text())[0])
    for step in range(1, n_steps):
        page.get_by_role("button", name="Next", exact=True).click()
        expect(page.locator(".tour .count")).to_have_text(f"{step + 1} of {n_steps}")
        expect(page.locator(".tour .ring")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".tour .card")).to_be_hidden()
    page.reload()
    wait_until_at_rest(page)
    expect(page.locator(".tour .card")).to_be_hidden()
    page.get_by_role("button", name="Tour", exact=True).click()
    wait_until_at_rest(page)
    expect(page.locator(".tour .card")).to_be_visible()


def test_a_presentation_has_large_type_and_no_sidebar(page: Page) -> None:
    def type_size() -> float:
        return float(page.locator('[data-say="kept"]').evaluate("(e) => parseFloat(getComputedStyle(e).fontSize)"))

    small = type_size()
    page.get_by_text("Present", exact=True).click()
    wait_until_at_rest(page)
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    assert type_size() > 1.2 * small
    assert address(page)["present"] == ["true"]
    page.get_by_role("button", name="Leave presentation").click()
    wait_until_at_rest(page)
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    assert type_size() == small
