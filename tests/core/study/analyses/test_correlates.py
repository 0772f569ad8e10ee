import numpy as np
import pandas as pd
import pytest
from scipy import stats

from strace_core.study.analyses.agreement import model_agreement
from strace_core.study.analyses.bootstrap import Bootstrap
from strace_core.study.analyses.correlates import density_by_group, density_correlates, run_densities
from strace_core.study.study import Study
from tests.core.studies import make_study, random_study
from tests.core.study.analyses.rank_residuals import residuals

FAST = Bootstrap(50)
NAMES = ["rho", "low", "high", "p", "partial", "partial_low", "partial_high", "partial_p"]


def test_correlates_are_scipys() -> None:
    study = random_study(7, n_prompts=20)
    table = density_correlates(study, bootstrap=FAST).set_index(["model", "density", "covariate"])
    assert len(table) == 2 * 3 * 4
    for model, runs in study.runs.groupby("model"):
        for covariate in ("entropy", "surprisal", "target_surprisal", "n_tokens"):
            for density in ("auc_tv_log", "auc_tv"):
                row = table.loc[(model, density, covariate)]
                wanted = stats.spearmanr(runs[density], runs[covariate])
                assert row[["rho", "p"]].tolist() == pytest.approx([wanted.statistic, wanted.pvalue])
                assert row["low"] < row["rho"] < row["high"] and row["n"] == 20
                if covariate != "n_tokens":
                    left = [residuals(runs[name], runs["n_tokens"]) for name in (density, covariate)]
                    assert row["partial"] == pytest.approx(np.corrcoef(*left)[0, 1])
                else:
                    assert np.isnan(row["partial"])


def test_the_third_density_is_the_relative_recovery_size() -> None:
    """Sizes 0.1, 0.5 and, for the run that never gets that close, the full graph; entropies in reverse order."""
    sizes = {"n_edges": [0, 10, 50, 100]}
    study = make_study(
        {"entropy": [3.0, 2.0, 1.0]},
        [{**sizes, "tv": tv} for tv in ([1, 0.1, 0, 0], [1, 0.5, 0.1, 0], [1, 1, 1, 0.2])],
    )
    table = density_correlates(study, bootstrap=FAST).set_index(["density", "covariate"])
    row = table.loc[("size at tv <= 0.1", "entropy")]
    assert row[["rho", "partial", "p", "n"]].tolist() == [-1, -1, 0, 3]


def test_targets_count_where_they_are_one_token() -> None:
    study = make_study(
        {"auc_tv_log": [1.0, 2.0, 3.0, 9.0], "target_surprisal": [1.0, 2.0, 3.0, None], "n_tokens": [4, 5, 5, 6]}
    )
    table = density_correlates(study, bootstrap=FAST).set_index(["density", "covariate"])
    assert table.loc[("auc_tv_log", "target_surprisal"), ["rho", "n"]].tolist() == [1, 3]
    without = density_correlates(make_study({"auc_tv_log": [1.0, 2.0, 3.0]}), bootstrap=FAST)
    assert "target_surprisal" not in {*without["covariate"]}


def test_what_does_not_vary_has_no_correlation() -> None:
    study = make_study({"auc_tv_log": [1.0, 2.0, 3.0, 4.0], "entropy": [2.0, 2.0, 2.0, 2.0]})
    table = density_correlates(study, bootstrap=FAST).set_index(["density", "covariate"])
    assert table.loc[("auc_tv_log", "entropy"), NAMES].isna().all()
    assert table.loc[("auc_tv_log", "entropy"), "n"] == 4


def test_groups_by_hand() -> None:
    study = make_study(
        {"group": ["x", "x", "x", None, "y"], "auc_tv_log": [1.0, 2.0, 6.0, 5.0, 4.0], "n_tokens": [4, 4, 7, 9, 2]}
    )
    table = density_by_group(study, bootstrap=FAST).set_index(["group", "measure"])
    assert table.index.get_level_values("group").unique().tolist() == ["x", "", "y"]
    row = table.loc[("x", "auc_tv_log")]
    assert row[["mean", "median", "median_low", "median_high", "n"]].tolist() == [3, 2, 1, 6, 3]
    assert 1 <= row["low"] < 2 and 5 < row["high"] <= 6
    assert table.loc[("", "n_tokens"), ["mean", "n"]].tolist() == [9, 1]
    assert np.isnan(table.loc[("y", "entropy"), "low"])


def test_agreement_is_scipys_over_the_prompts_that_both_have() -> None:
    study = random_study(8, models=("a", "b", "c"), n_prompts=20)
    kept = study.runs[~((study.runs.model == "b") & study.runs.prompt_id.isin(["q3", "q4"]))]
    lengths = np.random.default_rng(1).integers(3, 9, len(kept))
    kept = kept.assign(n_tokens=lengths).reset_index(drop=True)
    table = model_agreement(Study({}, {}, kept, study.sizes), bootstrap=FAST)
    pairs = table[table["row"] == "pair"].set_index(["model_a", "model_b", "measure"])
    assert [*pairs.index.droplevel("measure").unique()] == [("a", "b"), ("a", "c"), ("b", "c")]
    for (a, b, measure), row in pairs.iterrows():
        both = kept[kept.model == a].merge(kept[kept.model == b], on="prompt_id")
        x, y = both[f"{measure}_x"], both[f"{measure}_y"]
        wanted = stats.spearmanr(x, y)
        assert row[["rho", "p", "n"]].tolist() == pytest.approx([wanted.statistic, wanted.pvalue, len(both)])
        left = residuals(x, both["n_tokens_x"]), residuals(y, both["n_tokens_y"])
        assert row["partial"] == pytest.approx(np.corrcoef(*left)[0, 1])
    for name, summarise in {"mean": np.mean, "min": np.min, "max": np.max}.items():
        row = table[(table["row"] == name) & (table["measure"] == "auc_tv_log")].iloc[0]
        for column in ("rho", "partial"):
            assert row[column] == pytest.approx(summarise(pairs.xs("auc_tv_log", level="measure")[column]))
        assert row[["n", "n_pairs"]].tolist() == [18, 3] and row["low"] < row["rho"] < row["high"]


def test_a_prompt_is_drawn_for_all_models_together() -> None:
    """Two identical models agree in every resample; drawn separately they would not."""
    density = [1.0, 5.0, 2.0, 4.0, 3.0, 7.0, 6.0]
    study = make_study({"model": 7 * ["a"] + 7 * ["b"], "auc_tv_log": 2 * density, "prompt_id": 2 * [*"abcdefg"]})
    table = model_agreement(study, bootstrap=Bootstrap(200))
    row = table[table["measure"] == "auc_tv_log"].iloc[0]
    assert row[["rho", "low", "high"]].tolist() == pytest.approx([1, 1, 1])


def test_untrained_twins_make_pairs_and_no_summary() -> None:
    twins = random_study(9, models=("a", "a:untrained"), n_prompts=6)
    table = model_agreement(twins, bootstrap=FAST)
    assert {*table["row"]} == {"pair"}
    more = model_agreement(random_study(9, models=("a", "b", "b:untrained"), n_prompts=6), bootstrap=FAST)
    assert more[more["row"] == "pair"].groupby("measure").size().tolist() == [3, 3]
    assert more.loc[more["row"] == "mean", "n_pairs"].tolist() == [1, 1]


def test_scores_are_compared_apart() -> None:
    study = random_study(1, n_prompts=6)
    other = random_study(2, n_prompts=6, score="l2")
    both = Study({}, {}, pd.concat([study.runs, other.runs], ignore_index=True), pd.concat([study.sizes, other.sizes]))
    table = model_agreement(both, bootstrap=FAST)
    alone = model_agreement(other, bootstrap=FAST)
    pd.testing.assert_frame_equal(table[table["score"] == "l2"].reset_index(drop=True), alone)


def test_the_densities_of_every_run() -> None:
    sizes = {"n_edges": [0, 10, 50, 100]}
    study = make_study(
        {"auc_tv_log": [1.0, 2.0], "auc_tv": [0.2, 0.1]},
        [{**sizes, "tv": tv} for tv in ([1, 0.1, 0, 0], [1, 1, 1, 0.2])],
    )
    found = run_densities(study).set_index("prompt_id")
    assert found.columns.tolist() == ["model", "score", "search", "auc_tv_log", "auc_tv", "size at tv <= 0.1"]
    runs = study.traced.set_index("prompt_id")
    assert found["auc_tv_log"].to_dict() == runs["auc_tv_log"].to_dict()
    assert found["auc_tv"].to_dict() == runs["auc_tv"].to_dict()
    assert found.loc[runs.index, "size at tv <= 0.1"].tolist() == [0.1, 1.0]
