"""Fixtures of the browser tests: the explorer's server, a Chromium, and pages under watch."""

from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.e2e import browser as chromium
from tests.e2e.guard import watched_page
from tests.e2e.server import REPOSITORY, Server, serve

ARTIFACTS = REPOSITORY / "test-artifacts"
LOG_LINES_SHOWN = 60


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: the quick ones speak first, and Playwright's event loop starts after them.

    Files of many tests come before those of few, so that processes that take a file at a time end together.
    """
    tests_in = Counter(item.path for item in items)
    items.sort(key=lambda item: (Path(__file__).parent in item.path.parents, -tests_in[item.path]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With a failure come the end of the server's log and a picture of each open page."""
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        server = item.funcargs.get("server")
        if isinstance(server, Server):
            report.sections.append(("server log", "\n".join(server.said().splitlines()[-LOG_LINES_SHOWN:])))
        browser = item.funcargs.get("browser")
        if isinstance(browser, Browser):
            report.sections.append(("pictures", "\n".join(_take_pictures(browser, item.name))))
    return report


def _take_pictures(browser: Browser, name: str) -> list[str]:
    pages = [page for context in browser.contexts for page in context.pages if page.url != "about:blank"]
    lines = []
    for number, page in enumerate(pages):
        path = ARTIFACTS / f"{name.replace('/', '_')}-{number}.png"
        try:
            page.screenshot(path=path)
        except Error as error:
            lines.append(f"no picture of {page.url}: {error.message}")
        else:
            lines.append(str(path.relative_to(REPOSITORY)))
    return lines


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The explorer, started once."""
    with serve(REPOSITORY / "app" / "main.py", tmp_path_factory.mktemp("explorer")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium. Without one the tests fail, and say how to get it."""
    with sync_playwright() as playwright:
        running = chromium.launch(playwright)
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """Open watched pages of the explorer: ``open_page(path="/?n=40", dark=True, width=390, height=844)``."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(watched_page(browser, server, **options))


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """The explorer's start page at rest, light, 1280 x 800, under watch."""
    return open_page()
