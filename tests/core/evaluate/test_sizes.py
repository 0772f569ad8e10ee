import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strace_core.errors import SizeError
from strace_core.evaluate.sizes import PAPER_FRACTIONS, resolve_sizes


def test_the_papers_grid_on_a_graph_where_no_two_sizes_coincide() -> None:
    assert len(PAPER_FRACTIONS) == 27
    sizes = resolve_sizes(None, 1_000_000)
    assert len(sizes) == 28
    assert sizes[:4].tolist() == [0, 10, 20, 40] and sizes[-1] == 1_000_000


def test_sizes_that_round_to_the_same_count_are_merged() -> None:
    assert resolve_sizes("paper", 100).tolist() == [0, 1, 2, 4, 6, 8, 10, 20, 40, 60, 80, 100]


@given(st.integers(1, 10**8))
def test_the_dense_grid_contains_the_papers_and_every_small_step(n_edges: int) -> None:
    dense = resolve_sizes("dense", n_edges)
    assert set(resolve_sizes("paper", n_edges)) <= set(dense)
    assert dense[0] == 0 and dense[1] == 1 and dense[-1] == n_edges
    assert (np.diff(dense) > 0).all()
    assert (dense[2:] <= 1.3 * dense[1:-1] + 1).all()


def test_integers_are_counts_and_floats_are_fractions() -> None:
    assert resolve_sizes([5, 0.5, 1, 1.0, 0, 5], 10).tolist() == [0, 1, 5, 10]
    assert resolve_sizes([np.int64(3), np.float32(0.25)], 10).tolist() == [2, 3]


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ([-1], "size -1 is outside 0 to 10"),
        ([11], "size 11 is outside 0 to 10"),
        ([-0.5], "fraction outside 0 to 1"),
        ([1.5], "fraction outside 0 to 1"),
        ([float("nan")], "fraction outside 0 to 1"),
        ([float("inf")], "fraction outside 0 to 1"),
        (["5"], "'5' is not a number"),
        ([None], "None is not a number"),
        ([True], "True is not a number"),
        ([1 + 2j], "is not a number"),
        ([], "sizes is empty"),
        ("all", "'all' is not a sequence"),
        (5, "5 is not a sequence"),
    ],
)
def test_what_is_no_size_is_refused_with_its_value(sizes: object, said: str) -> None:
    with pytest.raises(SizeError, match=said):
        resolve_sizes(sizes, 10)  # type: ignore[arg-type]
