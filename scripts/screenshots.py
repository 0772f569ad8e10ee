"""Takes the README's pictures of the explorer.

    python -m scripts.screenshots

Starts the explorer and a headless Chromium, as the browser tests do, and writes to assets/screenshots.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from app.views import theme
from tests.e2e import browser as chromium
from tests.e2e.guard import wait_until_at_rest, watched_page
from tests.e2e.server import REPOSITORY, serve
from tests.e2e.trace_graph.graph_page import patches

FOLDER = REPOSITORY / "assets" / "screenshots"
PROMPT = "/?prompt=When+Mary+and+John+went+to+the+shop%2C+John+gave+the+book+to"


def main() -> None:
    """Take the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        with serve(REPOSITORY / "app" / "main.py", Path(folder)) as server:
            for name, (path, height, dark, prepare) in PICTURES.items():
                with watched_page(browser, server, path=path, dark=dark, height=height) as page:
                    prepare(page)
                    page.mouse.move(0, 0)
                    page.wait_for_timeout(1000)  # charts fade in
                    page.screenshot(path=FOLDER / f"{name}.png")
        browser.close()


def as_it_opens(page: Page) -> None:
    """The page at rest."""


def at_a_head(page: Page) -> None:
    """One head selected."""
    page.mouse.click(*patches(page.locator(".trace-graph canvas"), theme.ATTENTION)[0])
    wait_until_at_rest(page)


def measured(page: Page) -> None:
    """A passage coloured to its end, in sight."""
    page.get_by_role("button", name="Measure").click()
    page.get_by_text("tokens measured").wait_for()
    page.get_by_text("tokens measured").wait_for(state="detached", timeout=120_000)
    wait_until_at_rest(page)


PICTURES: dict[str, tuple[str, int, bool, Callable[[Page], None]]] = {
    "explorer": (PROMPT, 800, False, as_it_opens),
    "explorer-dark": (PROMPT, 800, True, as_it_opens),
    "closer": (PROMPT, 1300, False, at_a_head),
    "text": (f"{PROMPT}&panel=Text", 1300, False, measured),
}
"""Address, height, whether dark, and what is done before the picture is taken, by name."""


if __name__ == "__main__":
    main()
