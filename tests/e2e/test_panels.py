"""The panels around the graph: charts that move the size, comparison, text density, files."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from playwright.sync_api import Page, expect

from strace_core import load_result
from tests.e2e.guard import wait_until_at_rest
from tests.e2e.test_page import address, chart, edges_kept, slider, tokens, type_prompt

OpenPage = Callable[..., Page]


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()
    wait_until_at_rest(page)


def click_chart(page: Page, key: str, across: float, down: float = 0.5) -> None:
    """Click into a chart's plot, at parts of its width and height."""
    plot = chart(page, key).locator(".mark-group.role-frame.root").first
    plot.scroll_into_view_if_needed()
    bounds = plot.bounding_box()
    assert bounds is not None
    page.mouse.click(bounds["x"] + across * bounds["width"], bounds["y"] + down * bounds["height"])
    wait_until_at_rest(page)


def test_a_click_on_the_curve_moves_the_size(page: Page) -> None:
    for across in (0.35, 0.75, 0.35):
        before = edges_kept(page)
        click_chart(page, "curve", across)
        assert edges_kept(page) != before
        assert address(page)["size"] == [str(edges_kept(page))]
    slider(page).press("ArrowRight")
    wait_until_at_rest(page)
    assert address(page)["size"] == [str(edges_kept(page))], "the slider is still the reader's"


def test_a_click_on_a_heatmap_moves_the_size(page: Page) -> None:
    open_tab(page, "Layers")
    before = edges_kept(page)
    click_chart(page, "layers-heads", 0.25)
    smaller = edges_kept(page)
    assert 0 < smaller < before


def test_the_curve_has_its_baselines_and_kl(page: Page) -> None:
    curve = chart(page, "curve")
    for name in ("random growth", "backbone first", "without the trace's edges"):
        expect(curve.get_by_text(name, exact=True).first).to_be_visible()
    page.get_by_role("radio", name="KL", exact=True).click()
    wait_until_at_rest(page)
    expect(curve.get_by_text("distance (KL, nats)", exact=True).first).to_be_visible()


def test_a_guided_search_stands_over_the_papers_order(page: Page) -> None:
    page.goto(f"{page.url.split('?')[0]}?search=guided&effort=0.5")
    wait_until_at_rest(page)
    assert address(page)["search"] == ["guided"] and address(page)["effort"] == ["0.5"]
    expect(page.get_by_text("Guided, effort 0.5:").first).to_be_visible()
    expect(chart(page, "curve").get_by_text("the paper's order", exact=True).first).to_be_visible()
    open_tab(page, "Compare")
    assert address(page)["b-search"] == ["best-first"]


def test_a_comparison_with_another_model(page: Page) -> None:
    open_tab(page, "Compare")
    expect(chart(page, "overlay").locator("svg, canvas").first).to_be_visible()
    assert address(page)["b-model"] == ["demo-gpt2"]
    for title in ("only in A", "only in B", "in both"):
        expect(page.get_by_text(re.compile(rf"\d+ {title}"))).to_be_visible()
    page.get_by_label("B: prompt").fill("The capital of Japan is")
    page.get_by_label("B: prompt").press("Enter")
    wait_until_at_rest(page)
    assert address(page)["b-prompt"] == ["The capital of Japan is"]
    slider(page).press("End")
    wait_until_at_rest(page)
    expect(chart(page, "compared-tokens").get_by_text("·Tokyo").first).to_be_visible()


def test_a_comparison_follows_the_size(page: Page) -> None:
    open_tab(page, "Compare")
    keeps = page.get_by_text(re.compile(r"^A keeps"))
    before = keeps.inner_text()
    slider(page).press("End")
    wait_until_at_rest(page)
    assert keeps.inner_text() != before


def test_a_text_is_coloured_and_opens_at_a_token(page: Page) -> None:
    open_tab(page, "Text")
    passage = page.get_by_label("Passage")
    passage.fill("One, two, three, four, five, six. Monday, Tuesday, Wednesday, Thursday.")
    page.get_by_role("button", name="Measure").click()
    expect(page.get_by_text("tokens measured")).to_have_count(0, timeout=120_000)
    wait_until_at_rest(page)
    spans = page.locator(".token-text .tokens [role=button], .token-text .tokens button")
    thursday = spans.filter(has_text="Thursday")
    expect(thursday).to_have_count(1)
    thursday.click()
    wait_until_at_rest(page)
    expect(page.locator('[data-say="full"]')).to_have_text("Thursday")
    expect(tokens(page)).to_contain_text("Thursday")


def test_files_of_a_result(page: Page, tmp_path: Path) -> None:
    open_tab(page, "Export")
    saved: dict[str, Path] = {}
    for label in ("Curve (CSV)", "Edges (CSV)", "Edges (Parquet)", "Result (JSON)", "Result (NPZ)",
                  "Subgraph (GraphML)", "Graph (offline HTML)"):  # fmt: skip
        with page.expect_download() as download:
            page.get_by_role("button", name=label, exact=True).click()
        saved[label] = tmp_path / download.value.suggested_filename
        download.value.save_as(saved[label])
    curve = pd.read_csv(saved["Curve (CSV)"])
    assert edges_kept(page) in set(curve["n_edges"])
    assert len(pd.read_csv(saved["Edges (CSV)"])) == len(pd.read_parquet(saved["Edges (Parquet)"])) == 981
    for label in ("Result (JSON)", "Result (NPZ)"):
        assert load_result(saved[label]).n_edges == 981
    assert saved["Subgraph (GraphML)"].read_text().count("<edge ") == edges_kept(page)
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", saved["Graph (offline HTML)"].read_text())


def test_a_saved_result_opens_again(page: Page, tmp_path: Path) -> None:
    type_prompt(page, "3 + 4 =")
    size = edges_kept(page)
    open_tab(page, "Export")
    with page.expect_download() as download:
        page.get_by_role("button", name="Result (JSON)", exact=True).click()
    path = tmp_path / "sum.json"
    download.value.save_as(path)
    type_prompt(page, "Once upon a time")
    page.locator("input[type=file]").set_input_files(path)
    wait_until_at_rest(page)
    expect(page.get_by_text("Opened from sum.json")).to_be_visible()
    assert edges_kept(page) == size
    page.get_by_role("button", name="Close the opened file").click()
    wait_until_at_rest(page)
    expect(tokens(page)).to_contain_text("·time")


def test_a_damaged_file_is_refused_in_words(page: Page, tmp_path: Path) -> None:
    open_tab(page, "Export")
    path = tmp_path / "damaged.json"
    path.write_text(json.dumps({"format": "strace-result", "version": 1, "model": "<img src=x onerror=alert(1)>"}))
    page.locator("input[type=file]").set_input_files(path)
    wait_until_at_rest(page)
    expect(page.get_by_test_id("stAlert")).to_contain_text("is damaged")
    expect(page.locator("img[src=x]")).to_have_count(0)
    expect(page.locator(".trace-graph canvas")).to_be_visible()
