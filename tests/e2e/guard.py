"""A browser page under watch: no console or script error, no dialog, no request to another host, no server trouble."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, BrowserContext, Dialog, Page

from tests.e2e.server import Server

HERE = ("localhost", "127.0.0.1")
INLINE_SCHEMES = ("data", "blob", "about")

LOOKED_FOR_BELOW = ("/findings/_stcore/", "/glossary/_stcore/")
"""Streamlit looks for its server below the address of a page first, and then where it is."""

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


# A new visit remembers nothing of earlier ones, except that the tour has been seen.
NEW_VISIT = """if (origin !== 'null' && !sessionStorage.getItem('s-trace.visit')) {
    localStorage.clear();
    localStorage.setItem('s-trace.tour-seen', '1');
    sessionStorage.setItem('s-trace.visit', '1');
}"""


class Guard:
    """Notes what must not happen in any page of a browser context."""

    def __init__(self, context: BrowserContext) -> None:
        self.problems: list[str] = []
        context.on("console", lambda message: self._console(message.type, message.text, message.location["url"]))
        context.on("dialog", self._dialog)
        context.on("weberror", lambda error: self.problems.append(f"script error: {error.error}"))
        context.on("request", lambda request: self._request(request.url))
        context.on("page", lambda page: page.on("websocket", lambda channel: self._request(channel.url)))

    def _console(self, kind: str, text: str, url: str) -> None:
        if kind == "error" and not urlsplit(url).path.startswith(LOOKED_FOR_BELOW):
            self.problems.append(f"console error: {text}")

    def _dialog(self, dialog: Dialog) -> None:
        self.problems.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in INLINE_SCHEMES and address.hostname not in HERE:
            self.problems.append(f"outside request: {url}")

    def told(self) -> list[str]:
        """The problems so far, each told once."""
        told, self.problems = self.problems, []
        return told


class _Visitor:
    """A browser with one tab, which goes to one server."""

    def __init__(self, browser: Browser, url: str, *, first_visit: bool) -> None:
        self.context = browser.new_context(base_url=url, locale="en-GB")
        if not first_visit:
            self.context.add_init_script(NEW_VISIT)
        self.guard = Guard(self.context)
        self.is_away = True
        self._tab: Page | None = None

    def visit(self) -> Page:
        """The tab, empty, and the mouse in its corner."""
        self.is_away = False
        if self._tab is None or self._tab.is_closed():
            self._tab = self.context.new_page()
        self._tab.mouse.move(0, 0)
        return self._tab

    def leave(self, *, keeps_tab: bool) -> None:
        """Leave the server. Nothing stays open but the tab, if it can serve the next visit; what was stored is lost."""
        self.is_away = True
        for page in self.context.pages:
            if page is self._tab and keeps_tab:
                page.evaluate("sessionStorage.clear()")
                page.goto("about:blank")
            else:
                page.close()


_VISITORS: WeakKeyDictionary[Browser, dict[str, _Visitor]] = WeakKeyDictionary()
"""One visitor for each server, who comes again and again: a known page loads sooner."""


@contextmanager
def _visit(browser: Browser, url: str, *, first_visit: bool) -> Iterator[tuple[Page, Guard]]:
    """A tab, and what watches it: the usual visitor's, unless it is a first visit or that one is there already.

    Of two tabs in one context, one is in the background, and a browser slows it down.
    """
    visitors = _VISITORS.setdefault(browser, {})
    if not first_visit and url not in visitors:
        visitors[url] = _Visitor(browser, url, first_visit=False)
    is_usual = not first_visit and visitors[url].is_away
    visitor = visitors[url] if is_usual else _Visitor(browser, url, first_visit=first_visit)
    went_well = False
    try:
        yield visitor.visit(), visitor.guard
        went_well = True
    finally:
        visitor.leave(keeps_tab=went_well)
        if not is_usual:
            visitor.context.close()


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
    with _visit(browser, server.url, first_visit=first_visit) as (page, guard):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="no-preference")
        page.goto(path)
        wait_until_at_rest(page)
        yield page
    problems = guard.told() + [f"server log: {line}" for line in server.troubles(logged)]
    assert not problems, "\n".join(problems)


def wait_until_at_rest(page: Page, *, quiet_ms: int = 300, timeout_ms: int = 60_000) -> None:
    """Until Streamlit has run the script, shown its result, and nothing has stirred for ``quiet_ms``."""
    page.evaluate("() => { window.restingSince = undefined; }")
    page.wait_for_function(AT_REST, arg={"quietMs": quiet_ms}, timeout=timeout_ms)
