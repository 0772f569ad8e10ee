import numpy as np
import pandas as pd
import pytest

from strace_core.study.analyses.agreement import model_agreement
from strace_core.study.analyses.bootstrap import Bootstrap
from strace_core.study.analyses.claims import CLAIMS, FAILS, HOLDS, UNKNOWN, claims
from strace_core.study.analyses.phases import fall_by_stage
from strace_core.study.study import Study
from tests.core.studies import make_study, random_study

FAST = Bootstrap(100)
RISING = [float(place) for place in range(12)]
MIXED = [3.0, 1.0, 2.0, 11.0, 6.0, 5.0, 4.0, 8.0, 7.0, 10.0, 9.0, 0.0]


def verdicts(study: Study) -> pd.Series:
    return claims(study, bootstrap=FAST).set_index("claim")["verdict"]


def test_every_claim_has_a_row_for_every_trained_model_and_those_across_models_one_a_score() -> None:
    study = random_study(1, models=("a", "a:untrained", "b"))
    table = claims(study, bootstrap=FAST)
    assert [*table["claim"].unique()] == [claim.name for claim in CLAIMS]
    models = table.groupby("claim")["model"].agg(list)
    assert all(models[claim.name] == ([""] if claim.across_models else ["a", "b"]) for claim in CLAIMS)
    assert {*table["verdict"]} <= {HOLDS, FAILS, UNKNOWN} and table["statement"].str.len().min() > 20


def test_numbers_are_those_of_the_analyses_and_the_twins_stand_beside_them() -> None:
    study = random_study(1, models=("a", "a:untrained", "b"))
    table = claims(study, bootstrap=FAST).set_index(["claim", "model"])
    falls = fall_by_stage(study, bootstrap=FAST)
    falls = falls[(falls["order"] == "trace") & (falls["stage"] == "refinement")].set_index("model")
    row = table.loc[("refinement", "a")]
    assert row[["value", "low", "high", "n"]].tolist() == falls.loc["a", ["share", "low", "high", "n"]].tolist()
    assert row["untrained"] == falls.loc["a:untrained", "share"]
    assert np.isnan(table.loc[("refinement", "b"), "untrained"])
    agreement = model_agreement(study, bootstrap=FAST)
    mean = agreement[(agreement["row"] == "mean") & (agreement["measure"] == "auc_tv_log")].iloc[0]
    assert table.loc[("models agree", ""), ["value", "paper", "n"]].tolist() == [mean["rho"], 0.515, 12]


@pytest.mark.parametrize(
    ("entropy", "verdict"), [(RISING, HOLDS), (RISING[::-1], FAILS), (MIXED, UNKNOWN), ([1.0] * 12, UNKNOWN)]
)
def test_a_verdict_is_where_the_whole_interval_lies(entropy: list[float], verdict: str) -> None:
    found = verdicts(make_study({"auc_tv_log": RISING, "entropy": entropy}))
    assert found["density follows entropy"] == verdict


def test_of_few_prompts_nothing_can_be_told() -> None:
    nine = make_study({"auc_tv_log": RISING[:9], "entropy": RISING[:9]})
    assert (verdicts(nine) == UNKNOWN).all()


@pytest.mark.parametrize(("n_path", "verdict"), [(100, HOLDS), (101, UNKNOWN)])
def test_small_subgraphs_that_cannot_reach_the_input_tell_nothing(n_path: int, verdict: str) -> None:
    """0.1 % of 100,000 edges are 100; the top token comes with them."""
    curve = {"n_edges": [0, 100, 10**5], "tv": [1.0, 0.05, 0.0], "top1_match": [False, True, True]}
    study = make_study({"n_edges": [10**5] * 12, "n_path": [n_path] * 12}, [curve] * 12)
    found = claims(study, bootstrap=FAST).set_index("claim")
    row = found.loc["top token early"]
    assert row[["value", "paper", "verdict"]].tolist() == [0.001, 0.001, verdict]
    assert found.loc["head first", "verdict"] == verdict
    assert found.loc["refinement", "verdict"] == FAILS  # it is not about small subgraphs


def test_what_was_not_run_cannot_be_told_and_rests_on_no_prompt() -> None:
    table = claims(make_study({"entropy": RISING}), bootstrap=FAST).set_index("claim")
    for name in ("construction is chosen", "construction is learned", "unigram first", "models agree"):
        assert table.loc[name, ["n", "verdict"]].tolist() == [0, UNKNOWN] and np.isnan(table.loc[name, "value"])


def test_the_rule_is_written_beside_the_verdict() -> None:
    rules = claims(make_study({"entropy": RISING}), bootstrap=FAST).set_index("claim")["rule"]
    assert rules["top token early"].startswith(
        "holds if the whole interval is below 0.003, does not hold if it is all above"
    )
    assert rules["refinement"].startswith("holds if the whole interval is above 0.1, ")
    assert "less than one path" in rules["head first"] and "less than one path" not in rules["refinement"]
