"""Measure a server process under load: memory over prompts and sessions, and how soon an unwanted trace stops.

    python -m benchmarks.load [--rounds 9]

Starts the explorer and headless Chromium, as the browser tests do. Memory is the server's resident set in MiB whenever
the page has come to rest; every prompt is different and has about 15 tokens. Then traces of about 440 tokens are
started and abandoned, by another prompt or by closing the tab. That time is in milliseconds, from the key press or the
close until the server's log reports that the trace has stopped.
"""

import argparse
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tests.e2e import browser as chromium
from tests.e2e.guard import wait_until_at_rest, watched_page
from tests.e2e.server import REPOSITORY, Server, serve

NAMES = "Anna Ben Clara David Emma Frank Grace Henry Ida Jack Kate Leo".split()
N_SESSIONS = 10
LONG = " ".join(f"word {number}" for number in range(165))


def main() -> None:
    """Print one line per state, then one line per way to abandon a trace."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = chromium.launch(playwright)
        print(f"{os.cpu_count()} cores\n\n| moment | memory of the server |\n|---|---:|")
        (Path(folder) / "memory").mkdir()
        with serve(REPOSITORY / "app" / "main.py", Path(folder) / "memory") as server:
            for moment in moments(browser, server):
                print(f"| {moment} | {psutil.Process(server.pid).memory_info().rss / 2**20:,.0f} MiB |")
        print()
        (Path(folder) / "ends").mkdir()
        with serve(REPOSITORY / "tests" / "e2e" / "apps" / "under_load_app.py", Path(folder) / "ends") as server:
            for name, times in ends(browser, server, arguments.rounds).items():
                print(f"{name}: median {statistics.median(times):.0f} ms, range {min(times):.0f} to {max(times):.0f}")
        browser.close()


def moments(browser: Browser, server: Server) -> Iterator[str]:
    """Bring the server into one state after another, and yield the name of each once reached."""
    yield "started, no visitors yet"
    texts = prompts()
    with watched_page(browser, server) as page:
        yield "one session, first picture and model"
        done = 0
        for n_prompts in (1, 10, 50):
            for text in itertools.islice(texts, n_prompts - done):
                submit(page, text)
                wait_until_at_rest(page)
            done = n_prompts
            yield f"the same after {n_prompts} prompt{'s' if n_prompts > 1 else ''}"
    yield "after closing its tab"
    with ExitStack() as stack:
        for text in itertools.islice(texts, N_SESSIONS):
            page = stack.enter_context(watched_page(browser, server))
            submit(page, text)
            wait_until_at_rest(page)
        yield f"{N_SESSIONS} sessions open, each with its own prompt"
    yield "after closing all tabs"


def ends(browser: Browser, server: Server, rounds: int) -> dict[str, list[float]]:
    """Abandon long traces; milliseconds until they stop."""
    times: dict[str, list[float]] = {"another prompt": [], "closing the tab": []}
    for number in range(rounds):
        for name in times:
            with watched_page(browser, server) as page:
                since = len(server.said())
                submit(page, f"{name} {number} {LONG}")
                wait_for(server, "tokens begun", since)
                page.wait_for_timeout(300)
                if name == "another prompt":
                    box = typed(page, f"The dogs near the park {number}")
                    started = time.monotonic()
                    box.press("Enter", no_wait_after=True)
                else:
                    started = time.monotonic()
                    page.close()
                wait_for(server, "tokens stopped", since)
                times[name].append((time.monotonic() - started) * 1000)
                if name == "another prompt":
                    wait_until_at_rest(page)
    return times


def prompts() -> Iterator[str]:
    """Distinct prompts of about 15 tokens."""
    for place, giver, taker in itertools.product(("shop", "park", "farm"), NAMES, NAMES):
        if giver != taker:
            yield f"When {giver} and {taker} went to the {place}, {giver} gave the book to"


def submit(page: Page, text: str) -> None:
    """Type a prompt and press Enter."""
    typed(page, text).press("Enter")


def typed(page: Page, text: str) -> Locator:
    """Type a text into the prompt box and return the box."""
    box = page.get_by_role("textbox", name="Prompt")
    box.fill(text)
    return box


def wait_for(server: Server, text: str, since: int) -> None:
    """Wait until the log contains ``text`` after its character ``since``."""
    while text not in server.said(since):
        time.sleep(0.005)


if __name__ == "__main__":
    main()
