import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from strace_core.evaluate import metrics

logits = hnp.arrays(np.float32, 12, elements=st.floats(-30, 30, width=32))


def nucleus_by_loop(p: np.ndarray, percent: int) -> list[int]:
    tokens: list[int] = []
    for token in sorted(range(len(p)), key=lambda t: (-p[t], t)):
        tokens.append(token)
        if np.cumsum(p[tokens])[-1] >= percent / 100:
            break
    return tokens


def shared(p: np.ndarray, q: np.ndarray) -> int:
    return metrics.shared_nucleus(p, q, metrics.ranked_tokens(p), metrics.ranked_tokens(q, metrics.N_RANKED))


def test_values_by_hand() -> None:
    p, q = np.array([0.5, 0.25, 0.25]), np.array([0.25, 0.5, 0.25])
    assert metrics.total_variation(p, q) == pytest.approx(0.25)
    assert metrics.kl_divergence(p, q) == pytest.approx(0.25 * np.log(2))
    assert metrics.entropy(p) == pytest.approx(1.5 * np.log(2))
    assert metrics.surprisal(p, 1) == pytest.approx(2 * np.log(2))
    assert metrics.softmax(np.log(np.array([1.0, 3.0]))) == pytest.approx([0.25, 0.75])
    assert metrics.ranked_tokens(p).tolist() == [0, 1, 2]


def test_where_the_subgraph_rules_out_what_the_model_allows() -> None:
    p, q = np.array([0.5, 0.5]), np.array([1.0, 0.0])
    assert metrics.kl_divergence(p, q) == np.inf
    assert metrics.surprisal(q, 1) == np.inf
    assert metrics.total_variation(p, q) == 0.5


def test_top_k_overlap_is_jaccard() -> None:
    same, shifted = np.arange(40), np.roll(np.arange(40), -5)
    assert metrics.top_k_overlap(same, same) == 1
    assert metrics.top_k_overlap(same, shifted) == pytest.approx(5 / 15)


def test_shared_nucleus_by_hand() -> None:
    p = np.array([0.6, 0.3, 0.1])
    assert shared(p, p) == 99
    assert shared(p, np.array([0.6, 0.1, 0.3])) == 60
    four, near = np.array([0.6, 0.25, 0.1, 0.05]), np.array([0.46, 0.45, 0.04, 0.05])
    assert shared(four, near) == 80  # the lists agree at 80 %, though not at 50 %
    assert shared(p, np.array([0.3, 0.6, 0.1])) == 0
    assert shared(p, np.array([1.0, 0.0, 0.0])) == 60


@given(logits, logits)
def test_shared_nucleus_equals_the_loops(a: np.ndarray, b: np.ndarray) -> None:
    p, q = metrics.softmax(a), metrics.softmax(b)
    levels = [k for k in metrics.NUCLEUS_PERCENTS if nucleus_by_loop(p, k) == nucleus_by_loop(q, k)]
    assert shared(p, q) == max(levels, default=0)


@given(logits, logits)
def test_ranges_and_identity(a: np.ndarray, b: np.ndarray) -> None:
    p, q = metrics.softmax(a), metrics.softmax(b)
    assert 0 <= metrics.total_variation(p, q) <= 1 + 1e-12
    assert metrics.kl_divergence(p, q) >= 2 * metrics.total_variation(p, q) ** 2 - 1e-9  # Pinsker
    assert metrics.total_variation(p, p) == metrics.kl_divergence(p, p) == 0
    assert -1e-12 <= metrics.entropy(p) <= np.log(12) + 1e-12


tied = hnp.arrays(np.float64, st.integers(1, 40), elements=st.sampled_from([0.0, 0.1, 0.2, 0.5]))


@given(tied, st.integers(1, 45))
def test_the_first_tokens_are_those_of_the_full_order(q: np.ndarray, k: int) -> None:
    assert metrics.ranked_tokens(q, k).tolist() == np.argsort(-q, kind="stable")[:k].tolist()


@pytest.mark.parametrize("n_same", [0, 1, 63, 64, 65, 600, 5000])
def test_a_shared_nucleus_far_down_a_long_list(n_same: int) -> None:
    """The first tokens agree, then two change places; the nucleus at k is shared while it ends before them."""
    p = np.full(5000, 1 / 5000) * np.linspace(1.1, 0.9, 5000)
    p /= p.sum()
    q = p.copy()
    if n_same < 4999:
        q[[n_same, n_same + 1]] = q[[n_same + 1, n_same]]
    mass = np.cumsum(p)
    levels = [k for k in metrics.NUCLEUS_PERCENTS if np.searchsorted(mass, k / 100) + 1 <= n_same]
    assert shared(p, q) == max(levels, default=0)


def test_many_distributions_at_once_equal_one_by_one() -> None:
    rng = np.random.default_rng(0)
    p, q = metrics.softmax(rng.normal(size=30)), metrics.softmax(rng.normal(size=(7, 30)))
    for function in (metrics.total_variation, metrics.kl_divergence):
        np.testing.assert_allclose(function(p, q), [function(p, row) for row in q])
    np.testing.assert_allclose(metrics.entropy(q), [metrics.entropy(row) for row in q])
    np.testing.assert_allclose(metrics.surprisal(q, 3), [metrics.surprisal(row, 3) for row in q])
