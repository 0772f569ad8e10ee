import pandas as pd
import pytest

from strace_explorer.wording.sizes import first_size, nearest_size, rebuilt_size


def curve(*rows: tuple[int, float, bool]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["n_edges", "tv", "top1_match"])


def test_rebuilt_size_needs_the_top_token_and_a_small_distance() -> None:
    found = curve((0, 0.05, True), (2, 0.05, False), (5, 0.2, True), (9, 0.1, True), (20, 0.0, True))
    assert rebuilt_size(found) == 9


def test_rebuilt_size_of_a_curve_that_never_gets_there_is_its_largest() -> None:
    assert rebuilt_size(curve((0, 1.0, False), (7, 0.9, True), (8, 0.05, False))) == 8


def test_first_size_leaves_out_the_empty_graph() -> None:
    found = curve((0, 0.5, True), (4, 0.5, True))
    assert first_size(found, found["top1_match"]) == 4
    assert first_size(found, found["tv"] < 0.1) is None


@pytest.mark.parametrize(("asked", "given"), [(0, 0), (-5, 0), (4, 3), (7, 9), (10**9, 20)])
def test_nearest_size(asked: int, given: int) -> None:
    assert nearest_size(curve((0, 1, False), (3, 1, False), (9, 1, False), (20, 0, True)), asked) == given
