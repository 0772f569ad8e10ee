"""Take the README's screenshots of the explorer.

    python -m scripts.screenshots

Starts the explorer and headless Chromium, as the browser tests do, and writes to assets/screenshots.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import FloatRect, Page, sync_playwright

from strace_explorer.charts import theme
from tests.e2e import browser as chromium
from tests.e2e.guard import wait_until_at_rest, watched_page
from tests.e2e.server import REPOSITORY, serve
from tests.e2e.trace_graph.graph_page import patches

FOLDER = REPOSITORY / "assets" / "screenshots"
PROMPT = "/?prompt=When+Mary+and+John+went+to+the+shop%2C+John+gave+the+book+to"
HEIGHT = 1200
"""Height of the browser window, in pixels."""


def main() -> None:
    """Take the screenshots."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        with serve(REPOSITORY / "app" / "main.py", Path(folder)) as server:
            for name, picture in PICTURES.items():
                with watched_page(browser, server, path=picture.path, dark=picture.dark, height=HEIGHT) as page:
                    picture.prepare(page)
                    page.mouse.move(0, 0)
                    page.wait_for_timeout(1000)  # charts fade in
                    page.screenshot(path=FOLDER / f"{name}.png", clip=picture.clip)
        browser.close()


def as_it_opens(page: Page) -> None:
    """Leave the page as it opens."""


def at_a_head(page: Page) -> None:
    """Select the highest of the rightmost heads, at the predicting token."""
    heads = patches(page.locator(".trace-graph canvas"), theme.ATTENTION)
    page.mouse.click(*max(heads, key=lambda at: (at[0], -at[1])))
    wait_until_at_rest(page)


def measured(page: Page) -> None:
    """Measure a passage to its end."""
    page.get_by_role("button", name="Measure").click()
    page.get_by_text("tokens measured").wait_for()
    page.get_by_text("tokens measured").wait_for(state="detached", timeout=120_000)
    wait_until_at_rest(page)


@dataclass(frozen=True)
class Picture:
    """A screenshot: what to do first, the part of the page to show, the colour theme, and the page."""

    prepare: Callable[[Page], None]
    clip: FloatRect
    dark: bool = False
    path: str = PROMPT


WHOLE: FloatRect = {"x": 0, "y": 0, "width": 1280, "height": 800}

PICTURES = {
    "explorer": Picture(as_it_opens, WHOLE),
    "explorer-dark": Picture(as_it_opens, WHOLE, dark=True),
    "closer": Picture(at_a_head, {"x": 282, "y": 175, "width": 998, "height": 680}),
    "findings": Picture(as_it_opens, WHOLE, path="/findings?section=Reconstruction"),
    "text": Picture(measured, {"x": 282, "y": 755, "width": 998, "height": 400}, path=f"{PROMPT}&panel=Text"),
}
"""Screenshots by file name."""


if __name__ == "__main__":
    main()
