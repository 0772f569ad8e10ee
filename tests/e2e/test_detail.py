"""A click on a part of the graph opens its detail beside the graph."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from strace_explorer.charts import theme
from tests.e2e.guard import wait_until_at_rest
from tests.e2e.test_page import chart, edges_kept, slider
from tests.e2e.trace_graph.graph_page import patches

OpenPage = Callable[..., Page]


def click_part(page: Page, colour: str) -> None:
    """Click the uppermost part of the graph that is painted in a colour."""
    page.mouse.click(*patches(page.locator(".trace-graph canvas"), colour)[0])
    wait_until_at_rest(page)


@pytest.mark.parametrize("path", ["/?view=tokens", "/?view=components"])
def test_a_head_shows_its_sources_and_what_it_promotes(open_page: OpenPage, path: str) -> None:
    page = open_page(path=path)
    slider(page).press("End")
    wait_until_at_rest(page)
    click_part(page, theme.ATTENTION)
    expect(page.get_by_text(re.compile(r"^L\dH\d at token \d"))).to_be_visible()
    expect(chart(page, "detail-sources").locator("svg").first).to_be_visible()
    expect(page.get_by_text("Direct logit attribution: promotes / suppresses")).to_be_visible()
    expect(chart(page, "bars")).to_have_count(0)
    expect(chart(page, "curve").locator("svg").first).to_be_visible()
    page.get_by_text("All source tokens").click()
    wait_until_at_rest(page)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()


def test_an_mlp_shows_what_it_promotes(page: Page) -> None:
    click_part(page, theme.MLP)
    expect(page.get_by_text(re.compile(r"^L5 MLP at token 5"))).to_be_visible()
    expect(page.get_by_text("Direct logit attribution: promotes / suppresses")).to_be_visible()


def test_a_state_is_read_with_the_logit_lens_at_the_slider_size(page: Page) -> None:
    stream = patches(page.locator(".trace-graph canvas"), theme.RESIDUAL, 1)
    last_column = [place for place in stream if place[0] == max(x for x, _ in stream)]
    page.mouse.click(*last_column[len(last_column) // 2])
    wait_until_at_rest(page)
    title = page.get_by_text(re.compile(r"^Residual stream (before|after)"))
    expect(title).to_be_visible()
    before = chart(page, "detail-lens").screenshot()
    slider(page).press("Home")
    wait_until_at_rest(page)
    assert edges_kept(page) == 0
    expect(title).to_be_visible()
    assert chart(page, "detail-lens").screenshot() != before


def test_escape_brings_the_prediction_back(page: Page) -> None:
    click_part(page, theme.MLP)
    expect(chart(page, "bars")).to_have_count(0)
    slider(page).press("Escape")
    wait_until_at_rest(page)
    expect(chart(page, "bars").locator("svg").first).to_be_visible()
