"""axe-core over every tab of the page, in both themes: no serious finding."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.guard import wait_until_at_rest

TABS = ("Layers", "Kinds", "Numbers", "Table", "Compare", "Text", "Export")
SERIOUS = ("serious", "critical")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_tab_has_a_serious_finding(open_page: Callable[..., Page], dark: bool) -> None:
    page = open_page(dark=dark)
    found = set()
    for tab in TABS:
        page.get_by_role("tab", name=tab, exact=True).click()
        wait_until_at_rest(page)
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in SERIOUS:
                found |= {(tab, violation["id"], node["html"][:160]) for node in violation["nodes"]}
    assert not found, "\n".join(map(str, sorted(found)))
