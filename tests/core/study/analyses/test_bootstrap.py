"""Bootstrap intervals, against scipy and against repeating the drawn prompts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from strace_core.study.analyses.bootstrap import Bootstrap, resampled_quantiles

BOOTSTRAP = Bootstrap(4000)


def repeated(values: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """The values a resample draws, one entry per draw."""
    return np.repeat(values, drawn.astype(int))


def test_a_resample_draws_as_many_prompts_as_there_are_and_the_first_is_the_prompts_themselves() -> None:
    counts = Bootstrap(50).counts(7)
    assert counts.shape == (51, 7)
    assert (counts[0] == 1).all() and (counts.sum(axis=1) == 7).all()
    assert counts[1:].std() > 0.5
    assert counts[1:].mean(axis=0) == pytest.approx(1, abs=0.5)


def test_the_seed_decides() -> None:
    assert (Bootstrap(20, 1).counts(9) == Bootstrap(20, 1).counts(9)).all()
    assert (Bootstrap(20, 1).counts(9) != Bootstrap(20, 2).counts(9)).any()


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_intervals_are_those_of_scipy(statistic: str) -> None:
    """Two Monte Carlo estimates of one interval: the ends agree within a tenth of its width."""
    values = np.random.default_rng(3).gamma(2, size=60)
    find = BOOTSTRAP.means if statistic == "mean" else BOOTSTRAP.medians
    found = find(values[:, None])
    wanted = stats.bootstrap(
        (values,), getattr(np, statistic), n_resamples=4000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    width = wanted.high - wanted.low
    assert found.value[0] == pytest.approx(getattr(np, statistic)(values))
    assert found.low[0] == pytest.approx(wanted.low, abs=width / 10)
    assert found.high[0] == pytest.approx(wanted.high, abs=width / 10)


def test_missing_values_count_for_nothing() -> None:
    values = np.array([[1.0, np.nan], [3.0, 10.0], [np.nan, 20.0], [np.nan, np.nan]])
    for found in (BOOTSTRAP.means(values), BOOTSTRAP.medians(values)):
        assert found.value == pytest.approx([2, 15]) and found.n.tolist() == [2, 2]
        assert found.low == pytest.approx([1, 10]) and found.high == pytest.approx([3, 20])


def test_one_prompt_has_a_value_and_no_interval_and_none_has_neither() -> None:
    for find in (BOOTSTRAP.means, BOOTSTRAP.medians):
        one, none = find(np.array([[2.0], [np.nan]])), find(np.array([[np.nan]]))
        assert one.value[0] == 2 and np.isnan([one.low[0], one.high[0]]).all() and one.n[0] == 1
        assert np.isnan([none.value[0], none.low[0], none.high[0]]).all() and none.n[0] == 0


@given(
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 7.0, np.nan]), min_size=1, max_size=9),
    st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0]),
)
def test_quantiles_are_those_of_the_repeated_values(values: list[float], at: float) -> None:
    prompts = np.array(values)
    counts = Bootstrap(20).counts(len(values))
    (found,) = resampled_quantiles(prompts, counts, [at])
    for quantile, drawn in zip(found, counts, strict=True):
        sample = repeated(prompts, drawn)
        sample = sample[~np.isnan(sample)]
        if sample.size:
            assert quantile == pytest.approx(np.quantile(sample, at))
        else:
            assert np.isnan(quantile)


def test_means_are_those_of_the_repeated_values() -> None:
    values = np.random.default_rng(0).random((8, 3))
    bootstrap = Bootstrap(500)
    found = bootstrap.means(values)
    slow = np.array([[repeated(column, drawn).mean() for column in values.T] for drawn in bootstrap.counts(8)[1:]])
    assert np.stack([found.low, found.high]) == pytest.approx(np.percentile(slow, [2.5, 97.5], axis=0))
