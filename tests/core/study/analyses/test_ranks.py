"""Rank correlations against scipy, over all prompts and in every resample."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from strace_core.study.analyses.bootstrap import Bootstrap
from strace_core.study.analyses.ranks import (
    correlation,
    correlations,
    p_value,
    partial_correlations,
    residual_correlations,
    unit_ranks,
)
from tests.core.study.analyses.rank_residuals import residuals

COUNTS = Bootstrap(20).counts(12)
SMALL = st.lists(st.integers(0, 5), min_size=12, max_size=12).map(lambda values: np.array(values, dtype=float))


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """scipy's correlation; NaN, without its warning, where a variable is constant."""
    return stats.spearmanr(x, y).statistic if np.ptp(x) and np.ptp(y) else np.nan


@given(SMALL, SMALL)
def test_every_resample_has_scipys_correlation(x: np.ndarray, y: np.ndarray) -> None:
    found = correlations(unit_ranks(x, COUNTS), unit_ranks(y, COUNTS))
    for rho, drawn in zip(found, COUNTS.astype(int), strict=True):
        wanted = spearman(np.repeat(x, drawn), np.repeat(y, drawn))
        assert rho == pytest.approx(wanted, nan_ok=True)


@given(SMALL, SMALL)
def test_monotone_transforms_change_nothing(x: np.ndarray, y: np.ndarray) -> None:
    same = correlations(unit_ranks(x, COUNTS), unit_ranks(y, COUNTS))
    assert correlations(unit_ranks(np.exp(x), COUNTS), unit_ranks(y**3, COUNTS)) == pytest.approx(same, nan_ok=True)
    assert correlations(unit_ranks(-x, COUNTS), unit_ranks(y, COUNTS)) == pytest.approx(-same, nan_ok=True)


def test_given_another_variable_it_is_the_correlation_of_rank_residuals() -> None:
    x, y, z, w = np.random.default_rng(5).integers(0, 8, (4, 12)).astype(float)
    ranks = {name: unit_ranks(values, COUNTS) for name, values in zip("xyzw", (x, y, z, w), strict=True)}

    def of(a: str, b: str) -> np.ndarray:
        return correlations(ranks[a], ranks[b])

    partial = partial_correlations(of("x", "y"), of("x", "z"), of("y", "z"))
    apart = residual_correlations(
        of("x", "y"), xa=of("x", "z"), xb=of("x", "w"), ya=of("y", "z"), yb=of("y", "w"), ab=of("z", "w")
    )
    for place, drawn in enumerate(COUNTS.astype(int)):
        r = {name: np.repeat(values, drawn) for name, values in zip("xyzw", (x, y, z, w), strict=True)}
        assert partial[place] == pytest.approx(np.corrcoef(residuals(r["x"], r["z"]), residuals(r["y"], r["z"]))[0, 1])
        assert apart[place] == pytest.approx(np.corrcoef(residuals(r["x"], r["z"]), residuals(r["y"], r["w"]))[0, 1])


def test_a_control_that_does_not_vary_takes_nothing_out_and_one_that_explains_all_leaves_nothing() -> None:
    x, y = np.random.default_rng(6).random((2, 12))
    ranks, same = unit_ranks(x, COUNTS), unit_ranks(np.ones(12), COUNTS)
    xy = correlations(ranks, unit_ranks(y, COUNTS))
    constant = correlations(ranks, same)
    assert np.isnan(constant).all()
    assert partial_correlations(xy, constant, constant) == pytest.approx(xy)
    assert np.isnan(partial_correlations(xy, correlations(ranks, ranks), xy)).all()


def test_interval_and_p_are_scipys() -> None:
    rng = np.random.default_rng(2)
    x = rng.random(80)
    y = x + rng.random(80) * 2
    counts = Bootstrap(3000).counts(80)
    found = correlation(correlations(unit_ranks(x, counts), unit_ranks(y, counts)), 80)
    wanted = stats.bootstrap(
        (x, y), lambda a, b: stats.spearmanr(a, b).statistic, paired=True, vectorized=False, method="percentile",
        n_resamples=3000, rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    assert found.rho == pytest.approx(stats.spearmanr(x, y).statistic)
    assert found.p == pytest.approx(stats.spearmanr(x, y).pvalue)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=0.03)


def test_a_partial_correlation_has_a_degree_of_freedom_less() -> None:
    assert p_value(0.4, 9) == pytest.approx(2 * stats.t.sf(0.4 * np.sqrt(9 / (1 - 0.16)), 9))
    assert p_value(-1.0, 5) == 0 and np.isnan(p_value(0.5, 0))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_prompts_have_none(n: int) -> None:
    found = correlation(np.ones(5), n)
    assert np.isnan([found.rho, found.low, found.high, found.p]).all() and found.n == n
