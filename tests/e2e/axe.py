"""What axe-core finds on a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SERIOUS = ("serious", "critical")
RULES_OF_COLOUR = ["color-contrast", "link-in-text-block"]
"""Those that a theme can break; what the others look at is the same in both."""


def serious_findings(page: Page, *, dark: bool) -> set[tuple[str, str]]:
    """The rules that a page breaks seriously, each with the element that does: in the dark, rules of colour alone."""
    options = {"resultTypes": ["violations"]} | ({"runOnly": RULES_OF_COLOUR} if dark else {})
    violations = Axe().run(page, options=options).response["violations"]
    return {
        (violation["id"], node["html"][:160])
        for violation in violations
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    }
