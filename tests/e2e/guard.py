"""A browser page under watch: no console or script error, no request to another host, no server trouble."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.server import Server

HERE = ("localhost", "127.0.0.1")
INLINE_SCHEMES = ("data", "blob", "about")

LOOKED_FOR_BELOW = "/findings/_stcore/"
"""Streamlit looks for its server below the address of a second page first, and then where it is."""

# True once the script has been at rest for `quietMs`: long enough for a change made in the page to reach the server
# (components wait 80 ms after the last move, 150 ms after the last key) and for its run to show as running. The
# components' own modules arrive after the script's result, each one asking for those it imports.
AT_REST = """({quietMs}) => {
    const app = document.querySelector('[data-testid="stApp"]');
    const state = app?.dataset.testScriptState;
    const unfinished = '[data-stale="true"], [data-testid="stSkeleton"], [data-testid="stAppSkeleton"]';
    const components = [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')];
    const loaded = performance.getEntriesByType("resource");
    const files = loaded.filter(({name}) => name.includes("/_stcore/bidi-components/"));
    const atRest = app?.dataset.testConnectionState === "CONNECTED"
        && ["notRunning", "compilationError"].includes(state)
        && !document.querySelector(unfinished)
        && !components.some(({shadowRoot}) => shadowRoot?.querySelector(".loading"))
        && files.every(({responseEnd}) => performance.now() - responseEnd >= quietMs);
    if (!atRest) { window.restingSince = undefined; return false; }
    window.restingSince ??= performance.now();
    return performance.now() - window.restingSince >= quietMs;
}"""


# A new tab of a shared context remembers nothing of earlier ones, except that the tour has been seen.
NEW_TAB = """if (origin !== 'null' && !sessionStorage.getItem('s-trace.tab')) {
    localStorage.clear();
    localStorage.setItem('s-trace.tour-seen', '1');
    sessionStorage.setItem('s-trace.tab', '1');
}"""


class Guard:
    """Notes what must not happen in any page of a browser context."""

    def __init__(self, context: BrowserContext) -> None:
        self.problems: list[str] = []
        context.on("console", lambda message: self._console(message.type, message.text, message.location["url"]))
        context.on("weberror", lambda error: self.problems.append(f"script error: {error.error}"))
        context.on("request", lambda request: self._request(request.url))
        context.on("page", lambda page: page.on("websocket", lambda channel: self._request(channel.url)))

    def _console(self, kind: str, text: str, url: str) -> None:
        if kind == "error" and not urlsplit(url).path.startswith(LOOKED_FOR_BELOW):
            self.problems.append(f"console error: {text}")

    def _request(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in INLINE_SCHEMES and address.hostname not in HERE:
            self.problems.append(f"outside request: {url}")

    def told(self) -> list[str]:
        """The problems so far, each told once."""
        told, self.problems = self.problems, []
        return told


@dataclass(frozen=True)
class _Visitor:
    """A browser context shared by many pages of one server: its cache saves most of the time a page takes to load."""

    context: BrowserContext
    guard: Guard


_VISITORS: WeakKeyDictionary[Browser, dict[str, _Visitor]] = WeakKeyDictionary()


def _visitor(browser: Browser, url: str, *, first_visit: bool) -> _Visitor:
    """The context for a page of a server: the shared one, unless it is a first visit or another page is open there.

    Of two pages in one context, one is in the background, and a browser slows it down.
    """
    visitors = _VISITORS.setdefault(browser, {})
    if not first_visit and url in visitors and not visitors[url].context.pages:
        return visitors[url]
    context = browser.new_context(base_url=url, locale="en-GB")
    found = _Visitor(context, Guard(context))
    if not first_visit:
        context.add_init_script(NEW_TAB)
        visitors.setdefault(url, found)
    return found


@contextmanager
def watched_page(
    browser: Browser,
    server: Server,
    *,
    path: str = "/",
    dark: bool = False,
    width: int = 1280,
    height: int = 800,
    first_visit: bool = False,
) -> Iterator[Page]:
    """A page showing ``path`` of the server, at rest. Fails at its end on any problem.

    The browser has seen the tour before, unless this is its ``first_visit``.
    """
    logged = len(server.said())
    visitor = _visitor(browser, server.url, first_visit=first_visit)
    page = visitor.context.new_page()
    try:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.goto(path)
        wait_until_at_rest(page)
        yield page
    finally:
        page.close()
        if visitor is not _VISITORS[browser].get(server.url):
            visitor.context.close()
    problems = visitor.guard.told() + [f"server log: {line}" for line in server.troubles(logged)]
    assert not problems, "\n".join(problems)


def wait_until_at_rest(page: Page, *, quiet_ms: int = 300, timeout_ms: int = 60_000) -> None:
    """Until Streamlit has run the script, shown its result, and nothing has stirred for ``quiet_ms``."""
    page.evaluate("() => { window.restingSince = undefined; }")
    page.wait_for_function(AT_REST, arg={"quietMs": quiet_ms}, timeout=timeout_ms)
