"""Measure how long a visitor waits: from Enter to the picture, and from a slider move to the charts.

    python -m benchmarks.page [--rounds 9] [--model random-gpt2]

Starts the explorer and headless Chromium, as the browser tests do. Every round types a new prompt, then moves the
slider one step. Times are in milliseconds by the page's own clock: from the key press to the last paint of graph and
charts, and to the first paint of the curve; baselines join it later. benchmarks.graph_repaint measures the graph
alone.

random-gpt2 has GPT-2's shape, 124 million random weights, and demo-gpt2's tokenizer.
"""

import argparse
import itertools
import os
import statistics
import tempfile
from pathlib import Path

import torch
from playwright.sync_api import Page, sync_playwright
from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel

from tests.e2e import browser as chromium
from tests.e2e.guard import wait_until_at_rest, watched_page
from tests.e2e.server import REPOSITORY, serve

RANDOM_GPT2 = "random-gpt2"
NAMES = "Anna Ben Clara David Emma Frank Grace Henry Ida Jack Kate Leo".split()
PAIRS = list(itertools.permutations(NAMES, 2))

# Records when a key was last pressed, and when the graph's canvas and a chart's SVG last changed.
WATCH = """() => {
    window.times = {};
    document.addEventListener("keydown", () => { window.times = {key: performance.now()}; }, {capture: true});
    const stroke = CanvasRenderingContext2D.prototype.stroke;
    CanvasRenderingContext2D.prototype.stroke = function (...args) {
        if (this.canvas.closest(".trace-graph")) window.times.graph = performance.now();
        return stroke.apply(this, args);
    };
    const inside = (key) => ({target}) => target.closest?.(`${key} svg`);
    new MutationObserver((changes) => {
        const now = performance.now();
        if (changes.some(inside('[data-testid="stVegaLiteChart"]'))) window.times.charts = now;
        if (changes.some(inside(".st-key-curve"))) window.times.first ??= now;
        if (changes.some(inside(".st-key-curve")) || changes.some(inside(".st-key-bars"))) window.times.beside = now;
    }).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""


def main() -> None:
    """Print one line per measured wait."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--rounds",
        type=int,
        default=9,
        choices=range(1, len(PAIRS)),
        metavar=f"1..{len(PAIRS) - 1}",
        help="(%(default)s)",
    )
    parser.add_argument("--model", default="demo-llama")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        if arguments.model == RANDOM_GPT2:
            save_random_gpt2(Path(folder))
        with (
            serve(REPOSITORY / "app" / "main.py", Path(folder), {"STRACE_MODEL_ROOTS": folder}) as server,
            watched_page(browser, server, path=f"/?model={arguments.model}") as page,
        ):
            if arguments.model == RANDOM_GPT2:
                page.get_by_role("button", name="Load this model").click()
                wait_until_at_rest(page)
            page.evaluate(WATCH)
            rounds = [one_round(page, prompt(number)) for number in range(arguments.rounds + 1)][1:]
            length = page.locator(".prompt-bar .note").inner_text()
        browser.close()
    print(f"{os.cpu_count()} cores, {arguments.model}, {length}, {arguments.rounds} rounds after a warm-up; ms")
    for name in rounds[0]:
        times = [times[name] for times in rounds]
        print(f"{name}: median {statistics.median(times):.0f}, range {min(times):.0f} to {max(times):.0f}")


def save_random_gpt2(folder: Path) -> None:
    """Save a model directory in ``folder``: GPT-2's smallest shape, random weights."""
    torch.manual_seed(0)
    directory = folder / RANDOM_GPT2
    GPT2LMHeadModel(GPT2Config()).save_pretrained(directory)
    AutoTokenizer.from_pretrained(REPOSITORY / "assets" / "models" / "demo-gpt2").save_pretrained(directory)


def prompt(number: int) -> str:
    """A prompt of about 20 tokens, different in every round."""
    giver, taker = PAIRS[number]
    return f"One fine day, when {giver} and {taker} went to the shop, {giver} gave the book to"


def one_round(page: Page, text: str) -> dict[str, float]:
    """Type a prompt, then move the slider; return how long graph and charts took to follow."""
    box = page.get_by_role("textbox", name="Prompt")
    box.fill(text)
    box.press("Enter")
    page.wait_for_function("(text) => new URLSearchParams(location.search).get('prompt') === text", arg=text)
    typed = painted(page)
    page.get_by_role("slider", name="Size of the subgraph").press("ArrowLeft")
    moved = painted(page)
    return {
        "Enter to graph": typed["graph"],
        "Enter to first complete curve": typed["first"],
        "Enter to last baseline": typed["charts"],
        "slider to graph": moved["graph"],
        "slider to charts beside it": moved["beside"],
        "slider to all charts, including the open tab's": moved["charts"],
    }


def painted(page: Page) -> dict[str, float]:
    """When graph and charts were last painted after the last key press, once the page is at rest."""
    wait_until_at_rest(page, quiet_ms=600)
    times: dict[str, float] = page.evaluate("() => window.times")
    return {name: time - times["key"] for name, time in times.items()}


if __name__ == "__main__":
    main()
