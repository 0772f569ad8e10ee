"""The Findings page in a browser, on the shipped study and on studies in an operator's folder."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from strace_core.study import Study
from strace_core.study.schema import FORMAT, TABLES
from strace_explorer.findings.page import SECTIONS
from tests.core.studies import make_study, random_study
from tests.e2e.axe import serious_findings
from tests.e2e.guard import wait_until_at_rest, watched_page
from tests.e2e.server import REPOSITORY, Server, serve
from tests.e2e.test_page import address

OpenFindings = Callable[..., Page]

NASTY = "<img src=x onerror=alert(1)> **bold** $x$"
SLOW = 60_000


def write_study(folder: Path, study: Study) -> None:
    folder.mkdir(parents=True)
    about = {"format": FORMAT, "settings": dict(study.settings), "versions": {}}
    (folder / "study.json").write_text(json.dumps(about))
    for name, table in {"runs": study.runs, "sizes": study.sizes}.items():
        rows = pa.Table.from_pandas(table, schema=TABLES[name], preserve_index=False)
        pq.write_table(rows, folder / f"{name}.parquet")


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Studies that can be shown, and some that cannot."""
    root = tmp_path_factory.mktemp("studies")
    good = random_study(3, ("demo-llama", "demo-llama:untrained", "demo-gpt2"), 12)
    texts = [f"Once upon a time there were {prompt[1:]} mice, and" for prompt in good.runs["prompt_id"]]
    good = replace(good, runs=good.runs.assign(text=texts))
    write_study(root / "good", good)
    runs, sizes = (table.assign(search="guided") for table in (good.runs, good.sizes))
    write_study(root / "guided", Study({"effort": 0.5}, {}, runs, sizes))
    alone = random_study(4, (NASTY,), 12, group=NASTY, text=NASTY)
    write_study(root / "alone", alone)
    write_study(root / "failed", make_study({"error": ["out of luck **x**"] * 3}))
    empty = make_study({"error": ["x"]})
    write_study(root / "empty", replace(empty, runs=empty.runs.iloc[:0]))
    write_study(root / "damaged", good)
    (root / "damaged" / "sizes.parquet").write_bytes(b"not parquet")
    return root


@pytest.fixture(scope="module")
def findings_server(tmp_path_factory: pytest.TempPathFactory, studies: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("findings")
    with serve(REPOSITORY / "app" / "main.py", folder, {"STRACE_STUDY_ROOTS": str(studies)}) as running:
        yield running


@pytest.fixture
def open_findings(browser: Browser, findings_server: Server) -> Iterator[OpenFindings]:
    """Open watched pages: ``open_findings("study=good&section=Density", dark=True)``."""
    with ExitStack() as stack:
        yield lambda query="", **options: stack.enter_context(
            watched_page(browser, findings_server, path=f"/findings?{query}", **options)
        )


def plot(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key} .stVegaLiteChart svg.marks")


def test_the_shipped_study_is_there_and_the_explorer_beside_it(open_page: Callable[..., Page]) -> None:
    page = open_page(path="/findings?section=Reconstruction")
    expect(page.get_by_role("heading", name="Findings")).to_be_visible()
    expect(plot(page, "reconstruction-0")).to_be_visible(timeout=SLOW)
    page.get_by_role("link", name="Explorer").click()
    page.locator(".trace-graph:not(.loading) canvas").wait_for(timeout=SLOW)
    wait_until_at_rest(page)
    assert not re.search(r"/findings", page.url)
    page.get_by_role("link", name="Findings").click()
    expect(plot(page, "reconstruction-0")).to_be_visible(timeout=SLOW)
    assert address(page)["section"] == ["Reconstruction"], "as it was left"
    wait_until_at_rest(page)


@pytest.mark.parametrize(("study", "effort"), [("good", None), ("guided", ["0.5"])])
def test_a_click_on_a_dot_opens_its_prompt(
    open_findings: OpenFindings, studies: Path, study: str, effort: list[str] | None
) -> None:
    page = open_findings(f"study={study}&section=Density")
    runs = pd.read_parquet(studies / study / "runs.parquet").query("model == 'demo-gpt2'")
    dot = page.locator(".st-key-density-2 svg.marks .mark-symbol.role-mark path").first
    dot.scroll_into_view_if_needed()
    dot.click()
    page.wait_for_url(lambda url: "/findings" not in url, timeout=SLOW)
    page.locator(".trace-graph:not(.loading) canvas").wait_for(timeout=SLOW)
    wait_until_at_rest(page)
    found = address(page)
    assert found["model"] == ["demo-gpt2"] and found["prompt"][0] in set(runs["text"])
    assert found.get("effort") == effort, "as the study's traces were"
    expect(page.get_by_role("textbox", name="Prompt")).to_have_value(found["prompt"][0])
    page.get_by_role("link", name="Findings").click()
    expect(plot(page, "density-2")).to_be_visible(timeout=SLOW)
    wait_until_at_rest(page)
    assert address(page)["study"] == [study]


def test_an_untrained_model_is_not_offered_to_the_explorer(open_findings: OpenFindings) -> None:
    page = open_findings("study=good&section=Density")
    expect(page.get_by_text("cannot be opened in the explorer")).to_have_count(1)
    page.locator(".st-key-density-1 svg.marks .mark-symbol.role-mark path").first.click()
    wait_until_at_rest(page)
    assert "/findings" in page.url


def test_filters_stand_in_the_address_and_come_back(open_findings: OpenFindings) -> None:
    page = open_findings("study=good&section=Reconstruction")
    expect(page.locator(".stVegaLiteChart")).to_have_count(3)
    page.get_by_role("combobox", name="Models").click()
    page.get_by_role("option", name="demo-gpt2").click()
    wait_until_at_rest(page)
    expect(page.locator(".stVegaLiteChart")).to_have_count(1)
    assert address(page)["models"] == ["demo-gpt2"]
    again = open_findings("study=good&section=Reconstruction&models=demo-gpt2&groups=odd")
    expect(again.locator(".stVegaLiteChart")).to_have_count(1)
    expect(again.get_by_text("6 prompts · demo-gpt2")).to_be_visible()


def test_the_axis_can_be_counted_in_paths(open_findings: OpenFindings) -> None:
    page = open_findings("study=good&section=Reconstruction")
    page.get_by_role("radio", name="one path").click()
    wait_until_at_rest(page)
    expect(plot(page, "reconstruction-0").get_by_text("size, in units of one path (log scale)").first).to_be_visible()


def test_charts_and_tables_can_be_saved(open_findings: OpenFindings) -> None:
    page = open_findings("study=good&section=Reconstruction")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as SVG: reconstruction demo-gpt2").click()
    assert download.value.suggested_filename == "findings_good_reconstruction_demo-gpt2.svg"
    with page.expect_download() as download:
        page.get_by_role("button", name="Reconstruction (CSV)").click()
    table = pd.read_csv(download.value.path())
    assert {"model", "order", "x", "mean", "low", "high", "n"} <= set(table.columns)


def test_text_of_a_study_stays_text(open_findings: OpenFindings) -> None:
    page = open_findings("study=alone&section=Density")
    for section in ("Claims", "Phases", "Density", "Reuse"):
        page.get_by_role("tab", name=section, exact=True).click()
        wait_until_at_rest(page)
        expect(page.locator("img[src=x]")).to_have_count(0)
        expect(page.locator(".stMain strong", has_text=re.compile("^bold$"))).to_have_count(0)
        expect(page.locator(".katex")).to_have_count(0)
    page.get_by_role("tab", name="Density", exact=True).click()
    wait_until_at_rest(page)
    expect(page.get_by_text("This server does not offer this model")).to_be_visible()


@pytest.mark.parametrize(
    ("study", "says"),
    [
        ("damaged", "cannot be read as Parquet"),
        ("failed", "No prompts in this selection have been traced"),
        ("empty", "No prompts in this selection have been traced"),
    ],
)
def test_what_cannot_be_shown_is_told(open_findings: OpenFindings, study: str, says: str, studies: Path) -> None:
    page = open_findings(f"study={study}")
    expect(page.get_by_test_id("stAlert")).to_contain_text(says)
    assert str(studies) not in page.locator("body").inner_text()
    if study == "failed":
        expect(page.get_by_text("3 of 3 runs failed")).to_be_visible()


def test_a_folder_that_is_not_open_is_refused(open_findings: OpenFindings, studies: Path) -> None:
    page = open_findings("study=/etc")
    page.get_by_role("button", name="Open another study").click()
    said = set()
    for name in ("../nothing", str(studies.parent), "/etc"):
        page.get_by_label("Folder").fill(name)
        page.get_by_label("Folder").press("Enter")
        wait_until_at_rest(page)
        expect(page.get_by_test_id("stAlert").last).to_contain_text(name)
        said.add(page.get_by_test_id("stAlert").last.inner_text().replace(name, "NAME"))
    assert len(said) == 1


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_section_is_drawn_and_accessible(open_findings: OpenFindings, dark: bool) -> None:
    page = open_findings("study=good", dark=dark)
    found = set()
    for section in SECTIONS:
        page.get_by_role("tab", name=section, exact=True).click()
        wait_until_at_rest(page)
        expect(page.get_by_test_id("stAlert")).to_have_count(0)
        expect(page.locator(".stVegaLiteChart svg.marks, .stTable").first).to_be_visible()
        found |= {(section, *finding) for finding in serious_findings(page, dark=dark)}
    assert not found, "\n".join(map(str, sorted(found)))


def test_a_narrow_page_does_not_scroll_sideways(open_findings: OpenFindings) -> None:
    page = open_findings("study=good", width=390, height=844)
    for section in SECTIONS:
        page.get_by_role("tab", name=section, exact=True).click()
        wait_until_at_rest(page)
        wide = page.get_by_test_id("stMain").evaluate("(main) => main.scrollWidth - main.clientWidth")
        assert wide <= 0, section
