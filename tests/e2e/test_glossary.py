"""The Glossary page in a browser, and the help texts that link to its terms."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.guard import wait_until_at_rest

APP = Path(__file__).resolve().parents[2] / "app"
LINK = re.compile(r"\(glossary#([a-z0-9-]+)\)")


def test_a_help_text_links_to_its_term(page: Page) -> None:
    page.locator(".st-key-curve").locator("xpath=preceding::*[@data-testid='stTooltipIcon'][1]").hover()
    link = page.get_by_role("tooltip").get_by_role("link", name="KL divergence")
    with page.context.expect_page() as opened:
        link.click()
    glossary = opened.value
    wait_until_at_rest(glossary)
    expect(glossary.get_by_role("heading", name="KL divergence (KL)")).to_be_in_viewport()


@pytest.mark.parametrize("width", [390, 1280, 2560])
def test_a_link_leads_to_its_term_on_any_screen(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(path="/glossary#logit-lens", width=width)
    expect(page.get_by_role("heading", name="Logit lens")).to_be_in_viewport()


def test_every_term_that_the_page_links_to_has_a_heading(open_page: Callable[..., Page]) -> None:
    used = {term for path in APP.rglob("*.py") for term in LINK.findall(path.read_text(encoding="utf-8"))}
    assert used
    page = open_page(path="/glossary")
    headings = page.locator("h2[id], h3[id]").evaluate_all("(all) => all.map(({id}) => id)")
    assert used <= set(headings)
