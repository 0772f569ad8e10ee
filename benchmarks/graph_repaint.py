"""Measure how long the graph takes to repaint after a slider move, in headless Chromium.

    python -m benchmarks.graph_repaint [LAYERS HEADS]

Sweeps the slider over every size of a made-up trace of 40 tokens, as a drag does. For the sizes nearest to 100, 1,000
and 3,000 edges it prints median milliseconds until the canvas and readouts are painted, and until the next frame is
shown. Software rendering makes both pessimistic; the ratios between sizes hold.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.e2e import browser as chromium
from tests.e2e.server import serve

APP = Path(__file__).parents[1] / "tests" / "e2e" / "apps" / "trace_graph_app.py"
TARGETS = (100, 1_000, 3_000)
SWEEPS = 5

SWEEP = """async (input) => {
    const graph = input.closest(".trace-graph");
    const press = (key) => input.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
    const nextFrame = () => new Promise(requestAnimationFrame);
    const painted = () => new Promise((done) => {
        const observer = new MutationObserver(() => { observer.disconnect(); done(performance.now()); });
        observer.observe(graph, {attributes: true, attributeFilter: ["data-size"]});
    });
    const moves = [];
    while (Number(input.value) < Number(input.max)) {
        await nextFrame();
        const began = performance.now();
        const paint = painted();
        press("ArrowRight");
        const script = (await paint) - began;
        await nextFrame();
        await nextFrame();
        moves.push([Number(graph.dataset.size), script, performance.now() - began]);
    }
    return moves;
}"""


def main() -> None:
    """Serve the graph, sweep its slider and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n_layers", type=int, nargs="?", default=12, metavar="LAYERS", help="(%(default)s)")
    parser.add_argument("n_heads", type=int, nargs="?", default=12, metavar="HEADS", help="(%(default)s)")
    arguments = parser.parse_args()
    n_layers, n_heads = arguments.n_layers, arguments.n_heads
    query = f"/?texts=long&size=0&layers={n_layers}&heads={n_heads}"
    with tempfile.TemporaryDirectory() as folder, serve(APP, Path(folder)) as server, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(server.url + query)
        page.locator(".trace-graph:not(.loading)").wait_for(timeout=60_000)
        moves = measure(page)
        browser.close()
    print(f"{n_layers} blocks x {n_heads} heads x 40 tokens; {SWEEPS} sweeps; median milliseconds")
    print(f"{'edges':>8} {'painted':>8} {'shown':>8}")
    for target in TARGETS:
        size = min(moves, key=lambda edges: abs(edges - target))
        painted, shown = (statistics.median(column) for column in zip(*moves[size], strict=True))
        print(f"{size:>8,} {painted:>8.1f} {shown:>8.1f}")


def measure(page: Page) -> dict[int, list[tuple[float, float]]]:
    """Milliseconds until painted and until shown, by size in edges."""
    slider = page.get_by_role("slider", name="Size of the subgraph")
    moves: dict[int, list[tuple[float, float]]] = {}
    for _ in range(SWEEPS):
        slider.press("Home")
        page.wait_for_timeout(500)
        for size, painted, shown in slider.evaluate(SWEEP):
            moves.setdefault(int(size), []).append((painted, shown))
    return moves


if __name__ == "__main__":
    main()
