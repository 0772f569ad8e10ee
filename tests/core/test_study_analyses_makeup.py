import numpy as np
import pytest

from strace_core.study.analyses.bootstrap import Bootstrap
from strace_core.study.analyses.makeup import share_by_depth, share_by_kind
from strace_core.study.analyses.unigram import unigram_closeness
from tests.core.studies import make_study, random_study

FAST = Bootstrap(50)


def test_shares_of_kinds_by_hand() -> None:
    """E = 100, 20 of them MLPs; one prompt keeps 4 of 10 as MLPs, the other 1 of 10; a third keeps nothing yet."""
    sizes = {"tv": 0.5, "n_edges": [0, 10, 100]}
    study = make_study(
        {"model": 3 * ["a"]},
        [
            {**sizes, "mlp": [0, 4, 20], "attention": [0, 6, 80]},
            {**sizes, "mlp": [0, 1, 20], "attention": [0, 9, 80]},
            {"tv": 0.5, "n_edges": [0, 50, 100], "mlp": [0, 0, 20], "attention": [0, 50, 80]},
        ],
    )
    table = share_by_kind(study, [0.01, 0.1, 1.0], bootstrap=FAST).set_index(["kind", "x"])
    assert {*table.index.get_level_values("x")} == {0.1, 1.0}  # nothing is kept at 0.01
    assert {*table.index.get_level_values("kind")} == {"attention", "mlp"}  # the model has no other edges
    mlp = table.loc[("mlp", 0.1)]
    assert mlp[["share", "low", "high", "n"]].tolist() == pytest.approx([0.25, 0.1, 0.4, 2])
    assert mlp[["of_available", "of_available_low", "of_available_high"]].tolist() == pytest.approx([0.125, 0.05, 0.2])
    assert mlp[["lift", "lift_low", "lift_high"]].tolist() == pytest.approx([1.25, 0.5, 2.0])
    assert table.loc[("mlp", 1.0), ["share", "of_available", "lift", "n"]].tolist() == pytest.approx([0.2, 1, 1, 3])


@pytest.mark.parametrize(("analysis", "name"), [(share_by_kind, "kind"), (share_by_depth, "depth")])
def test_shares_sum_to_one_and_each_lies_in_its_interval(analysis, name: str) -> None:  # type: ignore[no-untyped-def]
    table = analysis(random_study(3), bootstrap=FAST)
    assert table.groupby(["model", "x"])["share"].sum().to_numpy() == pytest.approx(1)
    assert table.groupby(["model", "x"]).size().eq(2).all() and table[name].nunique() == 2
    for prefix, value in (("", "share"), ("of_available_", "of_available"), ("lift_", "lift")):
        several = table[table["n"] > 4]
        assert (several[f"{prefix}low"] <= several[value] + 1e-9).all()
        assert (several[f"{prefix}high"] >= several[value] - 1e-9).all()


def test_depths_are_numbered_from_the_first_blocks() -> None:
    study = make_study(
        {"model": ["a"]}, [{"n_edges": [0, 10, 100], "tv": 0.5, "depth_1": [0, 10, 40], "depth_4": [0, 0, 60]}]
    )
    table = share_by_depth(study, [0.1], bootstrap=FAST).set_index("depth")
    assert table["share"].to_dict() == {1: 1.0, 4: 0.0} and table.loc[1, "lift"] == 2.5


def test_unigram_closeness_is_beside_the_full_models() -> None:
    """In model b no counts are known; the second prompt of a has none either."""
    counts = {"n_edges": [0, 10, 100], "tv": 0.5}
    study = make_study(
        {"model": ["a", "a", "a", "b"]},
        [
            {**counts, "unigram_tv": [0.9, 0.2, 0.7], "unigram_rank": [0, 0.8, 0.5]},
            counts,
            {**counts, "unigram_tv": [0.9, 0.4, 0.5], "unigram_rank": [0, 0.6, 0.5]},
            counts,
        ],
    )
    table = unigram_closeness(study, [0.1], bootstrap=FAST)
    assert {*table["model"]} == {"a"} and table["n"].tolist() == [2, 2]
    tv, rank = (table.set_index("measure").loc[name] for name in ("unigram_tv", "unigram_rank"))
    assert tv[["mean", "low", "high"]].tolist() == pytest.approx([0.3, 0.2, 0.4])
    assert tv[["full", "full_low", "full_high"]].tolist() == pytest.approx([0.6, 0.5, 0.7])
    assert tv[["difference", "difference_low", "difference_high"]].tolist() == pytest.approx([-0.3, -0.5, -0.1])
    assert rank[["mean", "full", "difference"]].tolist() == pytest.approx([0.7, 0.5, 0.2])


def test_without_unigram_counts_there_is_no_table() -> None:
    table = unigram_closeness(make_study({"model": ["a", "b"]}), bootstrap=FAST)
    assert table.empty and table["mean"].dtype == np.float64
