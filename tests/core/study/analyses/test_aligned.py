"""Which row represents which size, and properties that every analysis has."""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strace_core.evaluate.sizes import PAPER_FRACTIONS
from strace_core.study.analyses.agreement import model_agreement
from strace_core.study.analyses.aligned import align
from strace_core.study.analyses.bootstrap import Bootstrap
from strace_core.study.analyses.claims import claims
from strace_core.study.analyses.correlates import density_by_group, density_correlates
from strace_core.study.analyses.curves import reconstruction_curve, structural_marks
from strace_core.study.analyses.half_fall import half_fall
from strace_core.study.analyses.makeup import share_by_depth, share_by_kind
from strace_core.study.analyses.phases import fall_by_stage, trained_against_untrained
from strace_core.study.analyses.recovery import size_by_criterion
from strace_core.study.analyses.reuse import component_use, gini, lorenz
from strace_core.study.analyses.searches import run_gains, search_gain
from strace_core.study.analyses.unigram import unigram_closeness
from strace_core.study.study import Study
from tests.core.studies import beside, make_study, paper_counts, random_study, shuffled

Analysis = Callable[..., pd.DataFrame]

RESAMPLED: dict[str, Analysis] = {
    "curve": reconstruction_curve,
    "curve over paths": partial(reconstruction_curve, axis="path"),
    "curve over backbones": partial(reconstruction_curve, axis="backbone"),
    **{
        analysis.__name__: analysis
        for analysis in (
            structural_marks, size_by_criterion, share_by_kind, share_by_depth, density_correlates, density_by_group,
            model_agreement, unigram_closeness, component_use, gini, fall_by_stage, half_fall,
            trained_against_untrained, claims, search_gain,
        )
    },
}  # fmt: skip
ANALYSES: dict[str, Analysis] = {name: partial(f, bootstrap=Bootstrap(50)) for name, f in RESAMPLED.items()}
ANALYSES |= {"lorenz": lorenz, "gains": run_gains}

PLAIN, GUIDED = (
    random_study(seed, models=("a", "a:untrained", "b"), search=search)
    for seed, search in ((4, "best-first"), (5, "guided"))
)
STUDY = beside(PLAIN, GUIDED)


@pytest.fixture(params=ANALYSES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def analysis(name: str) -> Analysis:
    return ANALYSES[name]


@pytest.fixture
def whole(name: str) -> pd.DataFrame:
    """The analysis of ``STUDY``."""
    return _whole(name).copy()


@cache
def _whole(name: str) -> pd.DataFrame:
    return ANALYSES[name](STUDY)


def sorted_rows(table: pd.DataFrame) -> pd.DataFrame:
    texts = [name for name in table if table[name].dtype == "str"]
    return table.sort_values([*texts, *(name for name in ("x", "layer", "head", "population") if name in table)])


def test_the_order_of_the_studys_rows_changes_no_number(analysis: Analysis, whole: pd.DataFrame) -> None:
    """Models appear in the study's order, which the shuffled rows keep here."""
    other = shuffled(STUDY)
    order = pd.CategoricalDtype(STUDY.models, ordered=True)
    runs = other.runs.assign(place=other.runs["model"].astype(order)).sort_values("place", kind="stable")
    groups = STUDY.groups
    assert runs["prompt_id"].tolist() != STUDY.runs["prompt_id"].tolist() and len(groups) == 2
    mixed = Study({}, {}, runs.drop(columns="place").reset_index(drop=True), other.sizes)
    table = sorted_rows(whole).reset_index(drop=True)
    assert len(table)
    pd.testing.assert_frame_equal(sorted_rows(analysis(mixed)).reset_index(drop=True), table)


def test_of_two_searches_one_is_analysed(name: str, analysis: Analysis, whole: pd.DataFrame) -> None:
    """Best-first unless guided is requested; gains come from guided runs alone."""
    other = GUIDED if name in ("search_gain", "gains") else PLAIN
    pd.testing.assert_frame_equal(whole, analysis(other))
    pd.testing.assert_frame_equal(analysis(STUDY.only(searches=["guided"])), analysis(GUIDED))


def test_without_a_traced_run_the_table_is_empty_and_has_its_columns(analysis: Analysis, whole: pd.DataFrame) -> None:
    assert len(whole)
    failed = make_study({"model": ["a", "a"], "error": ["too long", "too long"]})
    for study in (make_study({"model": []}), failed):
        table = analysis(study)
        assert table.empty and table.columns.tolist() == whole.columns.tolist()
        assert table.dtypes.tolist() == whole.dtypes.tolist()


def test_one_prompt_of_one_model_is_enough_for_values_not_for_intervals(analysis: Analysis) -> None:
    table = analysis(random_study(1, models=("a",), n_prompts=1, search="guided"))
    for column in table.columns[[name.endswith(("low", "high")) for name in table.columns]]:
        assert table[column].isna().all()
    if "n" in table:
        assert table["n"].isin([0, 1]).all()


def test_a_run_with_an_error_changes_nothing(analysis: Analysis, whole: pd.DataFrame) -> None:
    failed = make_study({"model": ["a"], "prompt_id": ["q99"], "error": ["too long"], "group": ["odd"]})
    both = Study({}, {}, pd.concat([STUDY.runs, failed.runs], ignore_index=True), STUDY.sizes)
    pd.testing.assert_frame_equal(analysis(both), whole)


@settings(max_examples=25)
@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=4))
def test_on_the_papers_grid_the_rows_are_those_that_were_run(totals: list[int]) -> None:
    study = make_study({"n_edges": totals}, [{"n_edges": paper_counts(n), "tv": 0.5} for n in totals])
    aligned = align(study)
    found = aligned.at("n_edges", aligned.rows_at_fractions(np.array(PAPER_FRACTIONS)))
    assert found.tolist() == [[int(np.floor(f * n)) for f in PAPER_FRACTIONS] for n in totals]


@settings(max_examples=25)
@given(st.lists(st.sets(st.integers(0, 30), min_size=1).map(sorted), min_size=1, max_size=4), st.floats(-3, 40))
def test_a_size_takes_the_row_with_the_most_edges_not_above_it(counts: list[list[int]], size: float) -> None:
    study = make_study({"n_edges": [30] * len(counts)}, [{"n_edges": row, "tv": 0.5} for row in counts])
    aligned = align(study)
    found = aligned.at("n_edges", aligned.rows_at(np.full((len(counts), 1), size)))[:, 0]
    wanted = [max((count for count in row if count <= size), default=np.nan) for row in counts]
    assert found.tolist() == pytest.approx(wanted, nan_ok=True)
