"""The explorer as a visitor meets it: type a prompt, drag the slider, watch readout and charts."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from app.presets import PRESETS
from tests.e2e.guard import wait_until_at_rest

OpenPage = Callable[..., Page]


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Size of the subgraph")


def charts(page: Page) -> Locator:
    return page.get_by_test_id("stVegaLiteChart")


def type_prompt(page: Page, prompt: str) -> None:
    box = page.get_by_label("Prompt", exact=True)
    box.fill(prompt)
    box.press("Enter")
    wait_until_at_rest(page)


def edges_kept(page: Page) -> int:
    """What the readout says, once the last change is painted."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return int(page.locator('[data-say="kept"]').inner_text().replace(",", ""))


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def pictures(page: Page) -> list[bytes]:
    return [chart.screenshot() for chart in charts(page).all()]


def test_a_first_visit_shows_a_picture(page: Page) -> None:
    expect(page.get_by_role("list", name="Tokens of the prompt")).to_contain_text("·France")
    expect(page.locator(".trace-graph:not(.loading) canvas")).to_be_visible()
    expect(charts(page)).to_have_count(2)
    assert edges_kept(page) > 0


def test_typing_a_prompt_traces_it(page: Page) -> None:
    before = page.locator(".trace-graph canvas").screenshot()
    type_prompt(page, "Once upon a time there was a")
    expect(page.get_by_role("list", name="Tokens of the prompt")).to_contain_text("·time")
    expect(page.locator(".trace-graph:not(.loading)")).to_be_visible()
    assert page.locator(".trace-graph canvas").screenshot() != before
    assert address(page)["prompt"] == ["Once upon a time there was a"]


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


def test_dragging_the_slider_with_the_mouse(page: Page) -> None:
    slider(page).scroll_into_view_if_needed()
    box = slider(page).bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    seen = []
    page.mouse.move(box["x"] + box["width"] * 0.3, y)
    page.mouse.down()
    for part in (0.4, 0.6, 0.8, 0.99):
        page.mouse.move(box["x"] + box["width"] * part, y)
        seen.append(edges_kept(page))
    page.mouse.up()
    assert seen == sorted(set(seen))
    wait_until_at_rest(page)
    assert address(page)["size"] == [str(seen[-1])]


def test_the_full_graph_predicts_what_the_model_predicts(page: Page) -> None:
    slider(page).press("End")
    expect(page.locator('[data-say="tv"]')).to_have_text(re.compile(r"^0(\.0+)?$"))
    expect(page.locator('[data-say="sub"]')).to_have_text(page.locator('[data-say="full"]').inner_text())


def test_an_address_restores_prompt_model_and_size(open_page: OpenPage) -> None:
    page = open_page(path="/?model=demo-gpt2&prompt=Once+upon+a+time&score=l2")
    for _ in range(5):
        slider(page).press("ArrowLeft")
    wait_until_at_rest(page)
    size = edges_kept(page)
    again = open_page(path="/?" + urlsplit(page.url).query)
    assert edges_kept(again) == size
    expect(again.get_by_label("Prompt", exact=True)).to_have_value("Once upon a time")
    expect(again.get_by_role("list", name="Tokens of the prompt")).to_contain_text("·time")
    assert address(again)["model"] == ["demo-gpt2"] and address(again)["score"] == ["l2"]


def test_another_prompt_starts_at_its_own_size(page: Page) -> None:
    slider(page).press("Home")
    wait_until_at_rest(page)
    assert address(page)["size"] == ["0"]
    type_prompt(page, "Once upon a time there was a")
    assert edges_kept(page) > 0
    assert address(page)["size"] == [str(edges_kept(page))]


def test_a_preset_fills_the_box(page: Page) -> None:
    preset = PRESETS[1]
    page.get_by_role("radio", name=preset.name).click()
    wait_until_at_rest(page)
    expect(page.get_by_label("Prompt", exact=True)).to_have_value(preset.prompt)
    expect(page.get_by_text(preset.look_for)).to_be_visible()
    assert address(page)["prompt"] == [preset.prompt]


def test_a_bad_prompt_is_explained_beside_the_box_and_the_picture_stays(page: Page) -> None:
    size = edges_kept(page)
    type_prompt(page, "   ")
    expect(page.get_by_test_id("stAlert")).to_contain_text("is empty; type at least one word")
    expect(page.get_by_role("list", name="Tokens of the prompt")).to_contain_text("·France")
    assert edges_kept(page) == size
    type_prompt(page, "Once upon a time")
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_text_that_looks_like_code_stays_text(page: Page) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    nasty = '<img src=x onerror=alert(1)> </script> ![a](http://example.org/a.png) $x$ 🦜 \u202eabc'
    type_prompt(page, nasty)
    strip = page.get_by_role("list", name="Tokens of the prompt")
    expect(strip).to_contain_text("<")
    assert page.locator("img[src='x'], img[src*='example.org']").count() == 0
    assert dialogs == []
    assert "\u202e" not in strip.inner_text()


def test_dark_theme_and_narrow_screen_fit(open_page: OpenPage) -> None:
    page = open_page(dark=True, width=390, height=844)
    background = page.get_by_test_id("stApp").evaluate("(app) => getComputedStyle(app).backgroundColor")
    assert max(map(int, re.findall(r"\d+", background)[:3])) < 60
    overflow = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    for part in (slider(page), page.locator(".trace-graph canvas"), charts(page).first):
        part.scroll_into_view_if_needed()
        box = part.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
