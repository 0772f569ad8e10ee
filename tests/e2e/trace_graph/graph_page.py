"""What a test can see and do on a page with a graph."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

from playwright.sync_api import Locator, Page, expect

from strace_core import TraceResult
from strace_explorer.graph.payload import geometry_of
from tests.e2e.apps.trace_graph_app import made_up
from tests.e2e.guard import wait_until_at_rest

APP = Path(__file__).parents[1] / "apps" / "trace_graph_app.py"

# Patches of a colour on the canvas, in rows from the top; a reach of 2 passes over lines.
_PATCHES = """(canvas, [colour, r]) => {
    const wanted = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
    const {width, height} = canvas;
    const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    const is = (x, y) => wanted.every((value, i) => Math.abs(data[4 * (y * width + x) + i] - value) < 3);
    const found = [];
    for (let y = 2; y < height - 2; y++) for (let x = 2; x < width - 2; x++) {
        if (is(x, y) && is(x + r, y) && is(x, y + r) && is(x + r, y + r)) found.push([x + r, y + r]);
    }
    return found;
}"""

# The graph is fitted once more when its font has arrived.
_FITTED = "() => document.fonts.ready.then(() => new Promise((done) => setTimeout(done, 150)))"


def patches(canvas: Locator, colour: str, reach: int = 2) -> list[tuple[float, float]]:
    """Where on the page the canvas has a colour, row by row from the top."""
    canvas.evaluate(_FITTED)
    box = canvas.bounding_box()
    assert box is not None
    return [(box["x"] + x, box["y"] + y) for x, y in canvas.evaluate(_PATCHES, [colour, reach])]


class GraphPage:
    """A page of the test app with its graph drawn."""

    def __init__(self, page: Page, query: str) -> None:
        self.page = page
        self.asked = dict(parse_qsl(query, keep_blank_values=True))
        expect(page.locator(".trace-graph:not(.loading)")).to_be_visible(timeout=20_000)
        self.slider: Locator = page.get_by_role("slider", name="Size of the subgraph")
        self.canvas: Locator = page.locator(".trace-graph canvas")
        self.note: Locator = page.locator(".trace-graph .note")
        self.tip: Locator = page.locator(".trace-graph .vis-tooltip")
        self.rest()

    def result(self, trace: int = 0) -> TraceResult:
        """The trace that the page shows."""
        return made_up(self.asked, trace)

    def rest(self) -> None:
        wait_until_at_rest(self.page)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.slider.press(key)

    def wait_for_paint(self) -> None:
        """Until the frame in which the last change is painted."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def picture(self) -> str:
        """The canvas as a data URL."""
        self.wait_for_paint()
        return self.canvas.evaluate("(canvas) => canvas.toDataURL()")

    def said(self, name: str) -> str:
        """One of the words under the slider."""
        self.wait_for_paint()
        return self.page.locator(f"[data-say={name}]").inner_text()

    @property
    def size(self) -> int:
        return int(self.said("kept").replace(",", ""))

    def expect_kept(self, size: int) -> None:
        """The slider stands at this size, and the page has come to rest."""
        expect(self.page.locator("[data-say=kept]")).to_have_text(f"{size:,}")
        self.rest()

    def expect_heard(self, size: int) -> None:
        """Python has been told this size."""
        expect(self.page.get_by_text("Python: size")).to_have_text(f"Python: size {size}")
        self.rest()

    def expect_selected(self, selected: str) -> None:
        """Python takes this node for selected."""
        expect(self.page.get_by_text("Python: selected")).to_have_text(f"Python: selected {selected}")

    def choose_trace(self, trace: int) -> None:
        self.page.get_by_role("radiogroup", name="Trace").get_by_text(str(trace)).click()
        self.rest()

    def choose_view(self, name: str) -> None:
        self.button(name).click()
        self.rest()

    def patches(self, colour: str, reach: int = 2) -> list[tuple[float, float]]:
        """Where on the page the canvas has a colour, row by row from the top."""
        self.wait_for_paint()
        return patches(self.canvas, colour, reach)

    def find_colour(self, colour: str, reach: int = 2) -> tuple[float, float]:
        """The first patch of a colour."""
        found = self.patches(colour, reach)
        assert found, f"nothing is painted in {colour}"
        return found[0]

    def places(self, colour_of_spines: str) -> Callable[[float, float], tuple[float, float]]:
        """From the world of the geometry to the page; the spines are all drawn, so at the largest size."""
        found = self.patches(colour_of_spines, 1)
        geometry = geometry_of(self.result(), self.asked.get("view", "tokens"))
        xs, ys = [x for x, _ in found], [y for _, y in found]
        scale = (max(ys) - min(ys)) / (geometry.foot_y(0) - geometry.foot_y(geometry.n_layers))
        right = geometry.spine_x(geometry.n_columns - 1)
        middle = (min(ys) + max(ys)) / 2 - scale * geometry.foot_y(geometry.n_layers) / 2
        return lambda x, y: (max(xs) - 1 + scale * (x - right), middle + scale * y)

    def overflow(self) -> int:
        """Pixels that the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


OpenGraph = Callable[..., GraphPage]
