"""axe-core over every tab of the explorer and the glossary, in both themes: no serious finding."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.e2e.axe import serious_findings
from tests.e2e.guard import wait_until_at_rest

OpenPage = Callable[..., Page]

TABS = ("Layers", "Kinds", "Numbers", "Table", "Compare", "Text", "Export")

both_themes = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


@both_themes
def test_no_tab_has_a_serious_finding(open_page: OpenPage, dark: bool) -> None:
    page = open_page(dark=dark)
    found = set()
    for tab in TABS:
        page.get_by_role("tab", name=tab, exact=True).click()
        wait_until_at_rest(page)
        found |= {(tab, *finding) for finding in serious_findings(page, dark=dark)}
    assert not found, "\n".join(map(str, sorted(found)))


@both_themes
def test_the_glossary_has_no_serious_finding(open_page: OpenPage, dark: bool) -> None:
    assert serious_findings(open_page(path="/glossary", dark=dark), dark=dark) == set()
