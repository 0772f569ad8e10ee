import numpy as np
import pytest

from strace_core.evaluate.density import recovery_sizes
from strace_core.study.analyses.aligned import align
from strace_core.study.analyses.bootstrap import Bootstrap
from strace_core.study.analyses.curves import interpolated, reconstruction_curve, structural_marks
from strace_core.study.analyses.recovery import size_by_criterion
from tests.core.studies import make_study, random_study

FAST = Bootstrap(50)


def test_a_curve_by_hand() -> None:
    """E = 10 and 100: at 0.4 the rows of 4 and 40 edges, at 0.001 the empty graphs."""
    study = make_study(
        {"n_edges": [10, 100]},
        [{"n_edges": [0, 4, 10], "tv": [1.0, 0.6, 0.0]}, {"n_edges": [0, 30, 100], "tv": [0.8, 0.2, 0.0]}],
    )
    table = reconstruction_curve(study, bootstrap=FAST).set_index("x")
    assert table["order"].unique().tolist() == ["trace"] and (table["n"] == 2).all()
    assert table["mean"][[1e-3, 0.2, 0.4, 1.0]].tolist() == pytest.approx([0.9, 0.9, 0.4, 0.0])
    assert table.loc[0.4, ["low", "high", "q10", "q90"]].tolist() == pytest.approx([0.2, 0.6, 0.24, 0.56])


def test_a_baseline_is_there_where_it_was_run() -> None:
    study = make_study(
        {"model": ["a", "a", "b"]},
        [{"n_edges": [0, 100], "tv": [1, 0], "tv_random": [0.5, 0.25]}, *[{"n_edges": [0, 100], "tv": [1, 0]}] * 2],
    )
    table = reconstruction_curve(study, bootstrap=FAST).set_index(["model", "order", "x"])
    assert {*table.index.droplevel("x")} == {("a", "trace"), ("a", "random"), ("b", "trace")}
    assert table.loc[("a", "random", 1.0), ["mean", "n"]].tolist() == [0.25, 1]
    assert table.loc[("a", "trace", 1.0), "n"] == 2


@pytest.mark.parametrize(("axis", "unit"), [("path", 4), ("backbone", 20)])
def test_in_units_of_the_graphs_structure(axis: str, unit: int) -> None:
    """The step at exactly one unit; before it the empty graph, beyond the whole graph what it has."""
    study = make_study(
        {"n_edges": [400, 40], "n_path": [4, 4], "n_backbone": [20, 20]},
        [{"n_edges": [0, unit, 400], "tv": [1, 0.5, 0.0]}, {"n_edges": [0, unit, 40], "tv": [1, 0.25, 0.125]}],
    )
    table = reconstruction_curve(study, axis=axis, bootstrap=FAST).set_index("x")  # type: ignore[arg-type]
    assert table.loc[1.0, "mean"] == 0.375 and (table["n"] == 2).all()
    assert (table.loc[table.index < 0.99, "mean"] == 1).all()
    assert table["mean"].iloc[-1] == 0.0625
    assert table.index.min() <= 1 / unit and table.index.max() >= 400 / unit
    assert np.diff(np.log10(table.index)) == pytest.approx(1 / 8)


def test_marks_by_hand() -> None:
    study = make_study(
        {"n_edges": [100, 200, 400], "n_path": 3 * [2], "n_backbone": 3 * [20], "connected": [5, 20, 4],
         "backbone": [100, 100, 100]}
    )  # fmt: skip
    table = structural_marks(study, bootstrap=FAST).set_index("mark")
    assert table.loc["one path", ["median", "n"]].tolist() == [0.01, 3]
    assert table.loc["connected", ["median", "low", "high"]].tolist() == [0.05, 0.01, 0.1]
    assert table.loc["size of the backbone", "median"] == 0.1
    assert table.loc["whole backbone", ["median", "q10", "q90"]].tolist() == pytest.approx([0.5, 0.3, 0.9])


def test_between_sizes_a_curve_is_straight_over_the_logarithm() -> None:
    study = make_study({"n_edges": [1000]}, [{"n_edges": [0, 10, 1000], "tv": [1.0, 0.5, 0.0]}])
    at = np.array([[0.0, 0.5, 1, 10**0.5, 10, 100, 1000, 5000]])
    assert interpolated(align(study), "tv", at)[0] == pytest.approx([1, 1, 1, 0.75, 0.5, 0.25, 0, 0])


def test_one_edge_that_was_run_is_its_own_row() -> None:
    study = make_study({"n_edges": [100]}, [{"n_edges": [0, 1, 100], "tv": [1.0, 0.5, 0.0]}])
    assert interpolated(align(study), "tv", np.array([[0.9, 1.0, 10.0]]))[0] == pytest.approx([1, 0.5, 0.25])


def test_criteria_are_those_of_a_single_trace() -> None:
    """The slow way: recovery_sizes of every run, the full graph where there is none, and the median."""
    study = random_study(2, models=("a",), n_prompts=9)
    table = size_by_criterion(study, bootstrap=FAST).set_index("criterion")
    runs = study.runs.set_index("prompt_id")
    curves = study.sizes.groupby("prompt_id")
    found = {prompt: recovery_sizes(curve, runs.n_edges[prompt])["n_edges"] for prompt, curve in curves}
    assert table.index.tolist() == found["q0"].index.tolist()
    for criterion, row in table.iterrows():
        sizes = [
            runs.n_edges[prompt] if found[prompt].isna()[criterion] else found[prompt][criterion] for prompt in found
        ]
        whole = [runs.n_edges[prompt] for prompt in found]
        assert row["n_edges"] == np.median(sizes) and row["n"] == 9
        assert row["fraction"] == pytest.approx(np.median(np.divide(sizes, whole)))
        assert row["share"] == pytest.approx(np.mean(np.less(sizes, whole)))
    assert table.loc["shared_nucleus >= 99", "share"] == 0 and table.loc["shared_nucleus >= 50", "fraction"] == 0
