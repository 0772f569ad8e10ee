"""The Findings page without a browser: good studies and odd ones, section by section."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache as kept
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from strace_core.study import Study
from strace_core.study.schema import FORMAT, TABLES
from strace_explorer.access import settings
from strace_explorer.service import cache
from tests.core.studies import beside, make_study
from tests.core.studies import random_study as made_study

random_study = kept(made_study)
"""The same study for the same arguments, which no test changes."""
PAIR = ((1, "best-first"), (2, "guided"))
"""Seed and search of two studies."""

Run = Callable[..., AppTest]

SECTIONS = (
    "Claims", "Reconstruction", "Phases", "Recovery size", "Composition", "Density", "Agreement", "Unigrams", "Reuse",
)  # fmt: skip

PAGE = """
from strace_explorer.findings import page
page.navigation.links = lambda: None
page.findings()
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run the page on a study, which takes the place of the shipped one."""
    monkeypatch.setitem(settings.SHIPPED_STUDIES, settings.SHIPPED_STUDY, tmp_path)
    cache.clear()

    def run_page(study: Study, section: str) -> AppTest:
        (tmp_path / "study.json").write_text(json.dumps({"format": FORMAT, "settings": {}, "versions": {}}))
        for name, table in {"runs": study.runs, "sizes": study.sizes}.items():
            rows = pa.Table.from_pandas(table, schema=TABLES[name], preserve_index=False)
            pq.write_table(rows, tmp_path / f"{name}.parquet")
        page = AppTest.from_string(PAGE, default_timeout=120)
        page.query_params["section"] = section
        return page.run()

    yield run_page
    cache.clear()


def bare(study: Study) -> Study:
    """Without baselines, unigram counts, targets and groups; every block's attention and MLP side by side."""
    sizes = study.sizes.copy()
    for column in ("tv_random", "tv_backbone", "tv_complement", "unigram_tv", "unigram_rank"):
        sizes[column] = pd.Series([None] * len(sizes), dtype="float32")
    sizes["residual"] = sizes["mlp"]
    sizes["mlp"] = 0
    runs = study.runs.assign(group=None, target_surprisal=float("nan"))
    return replace(study, runs=runs, sizes=sizes)


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("kind", ["several", "one", "bare", "three prompts"])
def test_every_section_of_every_study_says_something(run: Run, section: str, kind: str) -> None:
    studies = {
        "several": lambda: random_study(1, ("demo-llama", "demo-llama:untrained", "b"), 11),
        "one": lambda: random_study(2, ("b",), 11),
        "bare": lambda: bare(random_study(3, ("a", "b"), 11)),
        "three prompts": lambda: random_study(4, ("a", "b"), 3),
    }
    page = run(studies[kind](), section)
    assert not page.exception and not page.error
    if (section, kind) in {("Agreement", "one"), ("Unigrams", "bare")}:
        assert len(page.info) == 1
    else:
        assert not page.info
        assert len(page.table) + sum(len(page.get(name)) for name in ("arrow_vega_lite_chart", "vega_lite_chart"))


def test_runs_that_failed_are_counted(run: Run) -> None:
    page = run(make_study({"error": ["no **luck**"] * 3}), "Claims")
    assert not page.exception and len(page.info) == 1
    assert page.expander[0].label == "3 of 3 runs failed and are left out"


def test_an_empty_study_is_told(run: Run) -> None:
    study = make_study({"error": ["x"]})
    page = run(replace(study, runs=study.runs.iloc[:0]), "Density")
    assert not page.exception and not page.error and len(page.info) == 1


def test_tables_that_make_no_sense_are_told(run: Run) -> None:
    study = random_study(1, ("a",), 4)
    entries = [[1]] * 2 + [[1, 2, 3]] * 2
    page = run(replace(study, runs=study.runs.assign(entries=entries)), "Reuse")
    assert not page.exception
    assert "cannot be computed" in page.error[0].value


def test_score_rules_are_kept_apart(run: Run) -> None:
    one, other = random_study(1, ("a",), 4), random_study(2, ("a",), 4)
    runs, sizes = (
        pd.concat([getattr(one, name), getattr(other, name).assign(score="l2")], ignore_index=True)
        for name in ("runs", "sizes")
    )
    page = run(replace(one, runs=runs, sizes=sizes), "Recovery size")
    assert not page.exception and page.selectbox(key="rule").options == ["l1", "l2"]


@pytest.mark.parametrize("section", SECTIONS)
def test_searches_are_kept_apart(run: Run, section: str) -> None:
    """Each is shown as a study of it alone is; the paper's first."""
    best_first, guided = (random_study(seed, ("a", "b"), 11, search=name) for seed, name in PAIR)
    page = run(beside(guided, best_first), section)
    assert not page.exception and not page.error
    picker = page.selectbox(key="searched")
    assert picker.options == ["best-first", "guided"] and picker.value == "best-first"
    shown = [table.value for table in page.table]
    page = picker.select("guided").run()
    assert not page.exception and not page.error
    assert any("guided search" in caption.value for caption in page.caption)
    of_guided = [table.value for table in page.table]
    for study, tables in ((best_first, shown), (guided, of_guided)):
        cache.clear()
        alone = run(study, section)
        assert [key for key in (box.key for box in alone.selectbox) if key == "searched"] == []
        assert all(map(pd.DataFrame.equals, [table.value for table in alone.table], tables))
