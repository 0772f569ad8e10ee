import numpy as np
import pytest

from strace_core.study.analyses.bootstrap import Bootstrap
from strace_core.study.analyses.half_fall import half_fall
from strace_core.study.analyses.phases import fall_by_stage, trained_against_untrained
from tests.core.studies import make_study, random_study

FAST = Bootstrap(50)
COUNTS = [0, 10, 100, 1000, 10**4, 10**5]


def test_stages_by_hand() -> None:
    """E = 1e5: the paper's phases end at 10 and 1,000 edges, a path has 10, the backbone 100; connected at 1,000."""
    study = make_study(
        {"n_edges": [10**5], "n_path": [10], "n_backbone": [100], "connected": [1000]},
        [{"n_edges": COUNTS, "tv": [1.0, 0.9, 0.7, 0.4, 0.3, 0.2], "tv_random": [1, 1, 1, 1, 0.6, 0.2]}],
    )
    table = fall_by_stage(study, bootstrap=FAST).set_index(["order", "by", "stage"])["share"]
    trace, random = table["trace"], table["random"]
    assert trace["paper"].tolist() == pytest.approx([1 / 8, 5 / 8, 2 / 8])
    assert trace["structure"].tolist() == pytest.approx([1 / 8, 2 / 8, 5 / 8])
    assert trace["connection"].tolist() == pytest.approx([6 / 8, 0, 2 / 8])
    assert random["paper"].tolist() == pytest.approx([0, 0, 1])
    assert table["trace - random"]["paper"].tolist() == pytest.approx([1 / 8, 5 / 8, -6 / 8])
    assert trace["paper"].index.tolist() == ["below 1e-4", "construction", "refinement"]
    assert "connection" not in random and "backbone" not in table and "complement" not in table


def test_shares_of_a_division_sum_to_one() -> None:
    table = fall_by_stage(random_study(3), bootstrap=FAST)
    plain = table[~table["order"].str.contains(" - ")].groupby(["model", "order", "by"])["share"].sum()
    assert len(plain) == 2 * 7 and plain.to_numpy() == pytest.approx(1)
    contrast = table[table["order"].str.contains(" - ")].groupby(["model", "order", "by"])["share"].sum()
    assert len(contrast) == 2 * 4 and contrast.to_numpy() == pytest.approx(0)


def test_a_curve_that_does_not_fall_has_no_shares() -> None:
    study = make_study({"model": ["a", "a", "b"]}, [{"n_edges": [0, 100], "tv": tv} for tv in ([1, 0], [0, 0], [0, 0])])
    table = fall_by_stage(study, bootstrap=FAST)
    assert {*table["model"]} == {"a"} and (table["n"] == 1).all()


def test_half_sizes_by_hand() -> None:
    """Half of 0.8 is 0.4: halfway from 0.6 at 10 to 0.2 at 1,000 edges, so 100; the second run: exactly 20 edges."""
    study = make_study(
        {"n_edges": [1000, 2000], "n_path": [10, 10], "n_backbone": [50, 20]},
        [
            {"n_edges": [0, 10, 1000], "tv": [0.8, 0.6, 0.2], "tv_random": [1.0, 0.9, 0.8]},
            {"n_edges": [0, 20, 200, 2000], "tv": [1.0, 0.5, 0.7, 0.0], "tv_random": [1.0, 0.9, 0.6, 0.5]},
        ],
    )
    table = half_fall(study, bootstrap=FAST).set_index(["order", "unit"])
    assert table.loc[("trace", "n_edges"), ["median", "low", "high", "n"]].tolist() == pytest.approx(
        [0.055, 0.01, 0.1, 2]
    )
    assert table.loc[("trace", "n_path"), "median"] == pytest.approx(6)
    assert table.loc[("trace", "n_backbone"), "median"] == pytest.approx(1.5)
    assert table.loc[("random", "n_edges"), ["median", "n"]].tolist() == pytest.approx([1, 1])  # the first never halves
    assert "backbone" not in table.index


def test_a_fall_at_the_first_edge_is_one_edge_and_the_empty_graph_stands_at_one() -> None:
    study = make_study(
        {"n_edges": [100, 100, 100]},
        [
            {"n_edges": [0, 1, 100], "tv": [1, 0.1, 0.0]},
            {"n_edges": [0, 16, 100], "tv": [1.0, 0.0, 0.0]},
            {"n_edges": [0, 100], "tv": [0.0, 0.0]},  # never falls
        ],
    )
    row = half_fall(study, bootstrap=FAST).set_index("unit").loc["n_edges"]
    assert row[["median", "low", "high", "n"]].tolist() == pytest.approx([0.025, 0.01, 0.04, 2])


def test_the_unit_that_explains_the_size_has_no_spread_and_the_exponent_one() -> None:
    """Half-sizes of three backbones for 4 to 9 tokens, in graphs that grow with the square of the tokens."""
    tokens = np.arange(4, 10)
    study = make_study(
        {"n_edges": [1000 * int(t) ** 2 for t in tokens], "n_backbone": [10 * int(t) for t in tokens]},
        [{"n_edges": [0, 30 * int(t), 1000 * int(t) ** 2], "tv": [1.0, 0.5, 0.0]} for t in tokens],
    )
    table = half_fall(study, bootstrap=FAST).set_index("unit")
    backbone, edges, path = (table.loc[unit] for unit in ("n_backbone", "n_edges", "n_path"))
    assert backbone[["median", "iqr", "exponent", "rho"]].tolist() == pytest.approx([3, 0, 1, 1])
    assert backbone[["exponent_low", "exponent_high"]].tolist() == pytest.approx([1, 1])
    q25, q75 = np.quantile(30 / (1000 * tokens), [0.25, 0.75])
    assert edges["iqr"] == pytest.approx(np.log10(q75 / q25)) and edges["exponent"] == pytest.approx(0.5)
    assert path[["rho", "rho_low", "exponent", "exponent_low"]].isna().all() and path["iqr"] > 0.1


def test_exponents_are_least_squares() -> None:
    study = random_study(6, models=("a",), n_prompts=15)
    table = half_fall(study, bootstrap=FAST).set_index(["order", "unit"])
    halves = []
    for _, curve in study.sizes.groupby("prompt_id"):
        counts, tv = np.maximum(curve["n_edges"].to_numpy(float), 1), curve["tv_random"].to_numpy(float)
        at = int(np.argmax(tv <= tv[0] / 2))
        share = (tv[at - 1] - tv[0] / 2) / (tv[at - 1] - tv[at])
        halves.append(np.log10(counts[at - 1]) + share * np.log10(counts[at] / counts[at - 1]))
    edges = study.runs.sort_values("prompt_id")["n_edges"].to_numpy(float)
    assert table.loc[("random", "n_edges"), "exponent"] == pytest.approx(np.polyfit(np.log10(edges), halves, 1)[0])
    assert table.loc[("random", "n_edges"), "median"] == pytest.approx(np.median(10 ** np.array(halves) / edges))


def test_a_model_is_paired_with_its_twin_prompt_by_prompt() -> None:
    names = ["a"] * 3 + ["a:untrained"] * 3 + ["b"]
    curves = [{"n_edges": [0, 10, 10**5], "tv": [1.0, tv, 0.0]} for tv in (0.2, 0.4, 0.9, 0.7, 0.5, 0.0, 0.5)]
    study = make_study(
        {"model": names, "prompt_id": ["p", "q", "r", "q", "p", "s", "p"], "n_edges": 7 * [10**5],
         "auc_tv_log": [1.0, 2.0, 9.0, 4.0, 2.0, 9.0, 1.0]},
        curves,
    )  # fmt: skip
    table = trained_against_untrained(study, bootstrap=FAST)
    assert {*table["model"]} == {"a"} and (table["n"] == 2).all()
    area = table[table["measure"] == "auc_tv_log"].iloc[0]
    assert area[["trained", "untrained", "difference", "low", "high"]].tolist() == [1.5, 3, -1.5, -2, -1]
    early = table[(table["measure"] == "share of fall") & (table["stage"] == "below 1e-4")].iloc[0]
    assert early[["trained", "untrained", "difference"]].tolist() == pytest.approx([0.7, 0.4, 0.3])
    half = table[table["measure"] == "half fall"].iloc[0]
    ten = np.log10([10 ** (0.5 / 0.8), 10 ** (0.5 / 0.6)]) - 5
    fifth = np.array([-4, -4 + 4 * (0.2 / 0.7)])  # of p and q in the twin
    assert half[["trained", "untrained"]].tolist() == pytest.approx([ten.mean(), fifth.mean()])
    assert half["difference"] == pytest.approx((ten - fifth).mean())
