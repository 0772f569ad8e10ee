"""A browser page under watch: no console or script error, no request to another host, no server trouble."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

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
    """A page of a fresh context, showing ``path`` of the server, at rest. Fails at its end on any problem.

    The browser has seen the tour before, unless this is its ``first_visit``.
    """
    logged = len(server.said())
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        locale="en-GB",
    )
    try:
        if not first_visit:
            context.add_init_script("if (origin !== 'null') localStorage.setItem('s-trace.tour-seen', '1')")
        guard = Guard(context)
        page = context.new_page()
        page.goto(path)
        wait_until_at_rest(page)
        yield page
    finally:
        context.close()
    problems = guard.problems + [f"server log: {line}" for line in server.troubles(logged)]
    assert not problems, "\n".join(problems)


def wait_until_at_rest(page: Page, *, quiet_ms: int = 300, timeout_ms: int = 60_000) -> None:
    """Until Streamlit has run the script, shown its result, and nothing has stirred for ``quiet_ms``."""
    page.evaluate("() => { window.restingSince = undefined; }")
    page.wait_for_function(AT_REST, arg={"quietMs": quiet_ms}, timeout=timeout_ms)
