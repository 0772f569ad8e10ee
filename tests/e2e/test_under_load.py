"""Visitors who change their minds, or leave, while a trace is running."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.guard import wait_until_at_rest, watched_page
from tests.e2e.server import REPOSITORY, Server, serve

APP = REPOSITORY / "tests" / "e2e" / "apps" / "under_load_app.py"
LONG = " ".join(f"word {number}" for number in range(100))
"""About 270 tokens, which take seconds to trace."""

SECONDS = 60
"""Longer than anything here takes; a test that waits this long has failed."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("under-load")
    with serve(APP, folder, {"STRACE_MAX_TOKENS": "480"}) as running:
        yield running


def wait_for_line(server: Server, pattern: str, since: int) -> str:
    """Wait for a line in the server's log, from character ``since`` on."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found = re.search(pattern, server.said(since))
        if found is not None:
            return found.group(0)
        time.sleep(0.02)
    raise AssertionError(f"no line {pattern!r} in:\n{server.said(since)}")


def submit(page: Page, prompt: str) -> None:
    box = page.get_by_role("textbox", name="Prompt")
    box.fill(prompt)
    box.press("Enter")


def begin_a_long_trace(page: Page, server: Server, prompt: str) -> int:
    """Begin a trace, wait until it runs, and return where the log ended before."""
    since = len(server.said())
    submit(page, prompt)
    wait_for_line(server, r"trace of \d{3} tokens begun", since)
    return since


def test_another_prompt_stops_the_running_trace(browser: Browser, server: Server) -> None:
    with watched_page(browser, server) as page:
        since = begin_a_long_trace(page, server, f"one {LONG}")
        submit(page, "The dogs near the park")
        wait_for_line(server, r"trace of \d{3} tokens stopped in stage (score|grow|subgraphs|start)", since)
        wait_until_at_rest(page)
        expect(page.get_by_role("textbox", name="Prompt")).to_have_value("The dogs near the park")
        assert not re.search(r"trace of \d{3} tokens finished", server.said(since))


def test_closing_the_tab_stops_the_running_trace(browser: Browser, server: Server) -> None:
    with watched_page(browser, server) as page:
        since = begin_a_long_trace(page, server, f"two {LONG}")
        page.close()
        wait_for_line(server, r"trace of \d{3} tokens stopped in stage (score|grow|subgraphs|start)", since)
        assert not re.search(r"trace of \d{3} tokens finished", server.said(since))


def test_a_trace_goes_on_for_another_visitor_when_the_first_leaves(browser: Browser, server: Server) -> None:
    prompt = f"three {LONG}"
    with watched_page(browser, server) as first, watched_page(browser, server) as second:
        since = begin_a_long_trace(first, server, prompt)
        submit(second, prompt)
        expect(second.get_by_test_id("stProgress")).to_be_visible(timeout=SECONDS * 1000)
        first.close()
        wait_for_line(server, r"trace of \d{3} tokens finished", since)
        assert len(re.findall(r"trace of \d{3} tokens begun", server.said(since))) == 1
        wait_until_at_rest(second)
