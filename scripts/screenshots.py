"""Takes the README's pictures of the explorer, in the light and the dark theme.

    python -m scripts.screenshots

Starts the explorer and a headless Chromium, as the browser tests do, and writes to assets/screenshots.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.e2e import browser as chromium
from tests.e2e.guard import watched_page
from tests.e2e.server import REPOSITORY, serve

FOLDER = REPOSITORY / "assets" / "screenshots"
ADDRESS = "/?prompt=When+Mary+and+John+went+to+the+shop%2C+John+gave+the+book+to"


def main() -> None:
    """Take the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        with serve(REPOSITORY / "app" / "main.py", Path(folder)) as server:
            for name, dark in (("explorer.png", False), ("explorer-dark.png", True)):
                with watched_page(browser, server, path=ADDRESS, dark=dark) as page:
                    page.locator(".trace-graph:not(.loading)").wait_for()
                    page.wait_for_timeout(1000)  # charts fade in
                    page.screenshot(path=FOLDER / name)
        browser.close()


if __name__ == "__main__":
    main()
