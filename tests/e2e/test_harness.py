"""The harness itself, on a small app: what the guard must catch is caught, and waiting waits."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Playwright

from tests.e2e import browser as chromium
from tests.e2e.guard import wait_until_at_rest, watched_page
from tests.e2e.server import Server, serve

APP = """
import time
import streamlit as st

st.set_page_config(page_title="A small app")
st.title("A small app")
if st.button("Work"):
    time.sleep(1.2)
    st.write("Worked")
if st.button("Break"):
    raise RuntimeError("broken on purpose")
"""


@pytest.fixture(scope="module")
def small_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("small-app")
    script = folder / "small_app.py"
    script.write_text(APP)
    with serve(script, folder) as running:
        yield running


def test_a_quiet_page_passes_the_guard(browser: Browser, small_app: Server) -> None:
    with watched_page(browser, small_app) as page:
        assert page.get_by_role("heading", name="A small app").is_visible()
        assert page.title() == "A small app"
        # What a page may hold itself is no outside request.
        page.evaluate("async () => { await fetch('data:text/plain,a'); }")
        page.evaluate("async () => { await fetch(URL.createObjectURL(new Blob(['b']))); }")


def test_a_visit_begins_with_nothing_of_the_last(browser: Browser, small_app: Server) -> None:
    with watched_page(browser, small_app, dark=True, width=390) as page:
        page.evaluate("() => { localStorage.setItem('a', '1'); sessionStorage.setItem('b', '2'); window.c = 3; }")
    with watched_page(browser, small_app) as page:
        assert page.evaluate("[localStorage.getItem('a'), sessionStorage.getItem('b'), window.c ?? null]") == [None] * 3
        assert page.evaluate("[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]") == [1280, False]


@pytest.mark.parametrize(
    ("script", "caught"),
    [
        ("() => fetch('http://outside.example/x').catch(() => 0)", "outside request: http://outside.example/x"),
        ("() => fetch('https://192.0.2.1/x').catch(() => 0)", "outside request: https://192.0.2.1/x"),
        ("() => { new WebSocket('ws://outside.example/w'); }", "outside request: ws://outside.example/w"),
        ("() => { new Image().src = 'http://outside.example/i.png'; }", "outside request: http://outside.example/i"),
        ("() => console.error('said so')", "console error: said so"),
        ("() => { setTimeout(() => alert('look')); }", "a dialog: look"),
        ("() => { setTimeout(() => { throw new Error('thrown'); }); }", "script error: .*thrown"),
        ("() => { window.open('http://outside.example/popup'); }", "outside request: http://outside.example/popup"),
    ],
)
def test_the_guard_catches(browser: Browser, small_app: Server, script: str, caught: str) -> None:
    with pytest.raises(AssertionError, match=caught), watched_page(browser, small_app) as page:
        page.evaluate(script)
        page.wait_for_timeout(300)


def test_the_guard_catches_an_exception_in_the_app(browser: Browser, small_app: Server) -> None:
    caught = pytest.raises(AssertionError, match="server log: .*Traceback")
    with caught, watched_page(browser, small_app) as page:
        page.get_by_role("button", name="Break").click()
        wait_until_at_rest(page)


def test_waiting_lasts_until_the_run_has_ended(browser: Browser, small_app: Server) -> None:
    with watched_page(browser, small_app) as page:
        page.get_by_role("button", name="Work").click()
        wait_until_at_rest(page)
        assert page.get_by_text("Worked").is_visible()


def test_a_page_can_be_dark_and_narrow(browser: Browser, small_app: Server) -> None:
    background = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    dark_page = watched_page(browser, small_app, dark=True, width=390)
    with watched_page(browser, small_app) as light, dark_page as dark:
        assert light.evaluate("innerWidth") == 1280
        assert dark.evaluate("innerWidth") == 390
        assert light.evaluate(background) == "rgb(255, 255, 255)"
        assert dark.evaluate(background) == "rgb(23, 22, 28)"


def test_the_server_ends_with_its_block(tmp_path: Path) -> None:
    script = tmp_path / "small_app.py"
    script.write_text(APP)
    with serve(script, tmp_path) as running:
        assert running.url in running.said()
    with pytest.raises(URLError):
        urlopen(running.url)


def test_a_server_that_does_not_start_fails_with_its_words(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="does not exist"), serve(tmp_path / "missing.py", tmp_path):
        pass


def test_a_missing_browser_fails_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    bare = SimpleNamespace(chromium=SimpleNamespace(executable_path=str(tmp_path / "chrome")))
    with pytest.raises(chromium.NoBrowserError, match="apt-get install chromium"):
        chromium.find_chromium(cast(Playwright, bare))
    with pytest.raises(chromium.NoBrowserError, match="playwright install chromium"):
        chromium.install_chromium()
