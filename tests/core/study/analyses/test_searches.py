"""The gain of guided search, by value."""

import numpy as np
import pytest

from strace_core.study import run_gains, search_gain
from strace_core.study.analyses.bootstrap import Bootstrap
from strace_core.study.study import Study
from tests.core.studies import beside, make_study

COUNTS = [0, 1, 10, 100, 1000]


def guided(**runs: list) -> Study:
    """Three prompts with E = 1000 and a path of ten edges. By hand: 1.5 and 0.75 decades, 1 and 1.25, and 0."""
    curves = [
        {"n_edges": COUNTS, "tv": [1, 1, 1, 0.25, 0], "tv_best_first": [1, 1, 1, 1, 0]},
        {"n_edges": COUNTS, "tv": [1, 0, 1, 0.75, 0], "tv_best_first": [1, 1, 1, 0.5, 0]},
        {"n_edges": COUNTS, "tv": [1, 0, 0, 0, 0], "tv_best_first": [1, 1, 0, 0, 0]},
    ]
    table = {"n_edges": [1000] * 3, "n_path": [10] * 3, "search": ["guided"] * 3} | runs
    return make_study(table, curves)


def test_areas_from_one_path_on_by_hand() -> None:
    found = run_gains(guided())
    assert found["prompt_id"].tolist() == ["p0", "p1", "p2"]
    assert found["best_first"].tolist() == pytest.approx([1.5, 1.0, 0.0])
    assert found["guided"].tolist() == pytest.approx([0.75, 1.25, 0.0])
    assert found["ratio"].tolist() == pytest.approx([0.5, 1.25, np.nan], nan_ok=True)


def test_the_change_is_the_mean_over_prompts_with_an_interval_between_them() -> None:
    (row,) = search_gain(guided(), bootstrap=Bootstrap(200)).to_dict("records")
    assert (row["best_first"], row["guided"], row["n"]) == (1.25, 1.0, 2)
    assert row["change"] == pytest.approx((-0.5 + 0.25) / 2) and row["share"] == 0.5
    assert (row["low"], row["high"]) == pytest.approx((-0.5, 0.25)), "of two prompts, both or one of them twice"


def test_models_are_apart_and_best_first_runs_count_for_nothing() -> None:
    study = guided(model=["a", "b", "b"])
    best_first = guided(model=["a", "b", "c"], search=["best-first"] * 3)
    found = search_gain(beside(best_first, study), bootstrap=Bootstrap(10))
    assert found["model"].tolist() == ["a", "b"] and found["change"].tolist() == pytest.approx([-0.5, 0.25])
    assert search_gain(best_first).empty
