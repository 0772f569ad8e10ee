import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strace_core.study.analyses.bootstrap import Bootstrap
from strace_core.study.analyses.reuse import component_use, gini, gini_coefficient, lorenz
from tests.core.studies import make_study, random_study

FAST = Bootstrap(50)

# Two blocks of two heads and an MLP; entries are head 0, head 1 and MLP of the first block, then of the second.
STUDY = make_study(
    {"model": ["a", "a", "b"], "n_layers": [2, 2, 1], "n_edges": [100, 200, 100],
     "entries": [[10, 11, 1, 5, 100, 2], [20, 20, 1, 30, 200, 2], [50, 1, 10]]}
)  # fmt: skip


def test_use_by_hand() -> None:
    """At 0.1, a's first prompt keeps 10 edges and its second 20."""
    table = component_use(STUDY, 0.1, bootstrap=FAST)
    a = table[table["model"] == "a"]
    assert a["kind"].tolist() == 2 * ["head", "head", "mlp"]
    assert a["layer"].tolist() == [0, 0, 0, 1, 1, 1] and a["head"].tolist() == 2 * [0, 1, -1]
    assert a["share"].tolist() == [1, 0.5, 1, 0.5, 0, 1] and (a["n"] == 2).all()
    assert a[["low", "high"]].iloc[1].tolist() == [0, 1]
    assert table[table["model"] == "b"]["share"].tolist() == [0, 1, 1]


def test_lorenz_by_hand() -> None:
    """Heads are used 0, 0.5, 0.5 and 1 of the time; the two MLPs always."""
    table = lorenz(STUDY, [0.1])
    a = table[table["model"] == "a"].set_index("kind")
    assert a.loc["head", "population"].tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert a.loc["head", "use"].tolist() == [0, 0, 0.25, 0.5, 1]
    assert a.loc["all", "use"].tolist() == [0, 0, 0.125, 0.25, 0.5, 0.75, 1]


def test_gini_is_twice_the_area_above_the_lorenz_curve() -> None:
    study = random_study(5, n_prompts=20)
    coefficients = gini(study, [0.3, 0.6], bootstrap=FAST).set_index(["model", "x", "kind"])["gini"]
    curves = lorenz(study, [0.3, 0.6]).groupby(["model", "x", "kind"])
    assert curves.ngroups == len(coefficients) == 8
    for key, curve in curves:
        assert coefficients[key] == pytest.approx(1 - 2 * np.trapezoid(curve["use"], curve["population"]))


def test_gini_has_its_components_and_is_missing_where_nothing_is_used() -> None:
    table = gini(STUDY, [0.001, 1.0], bootstrap=FAST).set_index(["model", "kind", "x"]).sort_index()
    assert table.loc[("a", "head"), "n_components"].tolist() == [4, 4]
    assert table.loc[("a", "all"), "n_components"].tolist() == [6, 6]
    assert np.isnan(table.loc[("a", "all", 0.001), ["gini", "low", "high"]].to_numpy(float)).all()
    assert table.loc[("a", "all", 1.0), ["gini", "low", "high"]].tolist() == [0, 0, 0]


@given(st.lists(st.integers(0, 100), min_size=1, max_size=20))
def test_gini_is_the_mean_difference_of_all_pairs(use: list[int]) -> None:
    row = np.array([use], dtype=float)
    found = gini_coefficient(row)[0]
    if not any(use):
        assert np.isnan(found)
        return
    differences = np.abs(row[0][:, None] - row[0][None, :]).mean()
    assert found == pytest.approx(differences / (2 * row.mean()))
    assert gini_coefficient(3 * row[:, ::-1])[0] == pytest.approx(found)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_gini_of_equal_use_and_of_one_user(n: int) -> None:
    assert gini_coefficient(np.full((1, n), 0.3))[0] == pytest.approx(0)
    assert gini_coefficient(np.eye(n)[:1])[0] == pytest.approx((n - 1) / n)
