"""What one process holds and how soon it lets go: memory over prompts and sessions, and the end of an unwanted trace.

    python -m benchmarks.load [--rounds 9]

Starts the explorer and a headless Chromium, as the browser tests do. Memory is the server's resident set, in MiB, each
time the page has come to rest. Prompts are all different, of 15 tokens or so. Then traces of 440 tokens or so are begun
and given up, by another prompt or by closing the tab: the time from the key or the click until the trace has ended, as
the server's log tells, in milliseconds.
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
    """Print a line per moment, then a line per way to give up."""
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
    """Bring the server into one state after the other; each is named once it is reached."""
    yield "started, no visitor yet"
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
    yield "its tab closed"
    with ExitStack() as stack:
        for text in itertools.islice(texts, N_SESSIONS):
            page = stack.enter_context(watched_page(browser, server))
            submit(page, text)
            wait_until_at_rest(page)
        yield f"{N_SESSIONS} sessions open, each with a prompt of its own"
    yield "all tabs closed"


def ends(browser: Browser, server: Server, rounds: int) -> dict[str, list[float]]:
    """Give up long traces; milliseconds until they ended."""
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
    """Prompts of 15 tokens or so, each another one."""
    for place, giver, taker in itertools.product(("shop", "park", "farm"), NAMES, NAMES):
        if giver != taker:
            yield f"When {giver} and {taker} went to the {place}, {giver} gave the book to"


def submit(page: Page, text: str) -> None:
    """Type a prompt and press Enter."""
    typed(page, text).press("Enter")


def typed(page: Page, text: str) -> Locator:
    """The prompt's box with a text typed into it."""
    box = page.get_by_role("textbox", name="Prompt")
    box.fill(text)
    return box


def wait_for(server: Server, text: str, since: int) -> None:
    """Until the log has ``text`` beyond its character ``since``."""
    while text not in server.said(since):
        time.sleep(0.005)


if __name__ == "__main__":
    main()
