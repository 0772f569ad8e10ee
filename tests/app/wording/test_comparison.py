import numpy as np
import pytest

from strace_core import TraceResult
from strace_explorer.wording.comparison import Compared, compared_numbers, component_lists, differing_shapes, linked
from tests.app.traces import made_up_trace


@pytest.fixture(scope="module")
def a() -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c"])


@pytest.fixture(scope="module")
def b() -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c", " d", " e", " f"], seed=1)


def test_sizes_are_linked_by_their_share(a: TraceResult, b: TraceResult) -> None:
    size = int(a.curve["n_edges"].iloc[20])
    pair = linked(a, b, size)
    shares = b.curve["fraction"].to_numpy()[1:]
    best = shares[np.abs(np.log(shares) - np.log(size / a.n_edges)).argmin()]
    assert pair.size_b == round(best * b.n_edges)
    assert linked(a, b, 0).size_b == 0
    assert linked(a, b, a.n_edges).size_b == b.n_edges


def test_numbers_stand_side_by_side_each_with_its_own_top_token(a: TraceResult, b: TraceResult) -> None:
    pair = Compared(a, b, a.n_edges, b.n_edges)
    table = compared_numbers(pair).set_index("What")
    assert table.loc["Size", ["A", "B"]].tolist() == [f"{a.n_edges} edges (100 %)", f"{b.n_edges} edges (100 %)"]
    tops = [result.top_tokens(k=1)["text"].iloc[0].strip() for result in (a, b)]
    assert tops[0] != tops[1], "otherwise this shows nothing"
    for side, top in zip("AB", tops, strict=True):
        assert table.loc["Surprisal of its top token", side].endswith(f"nats for {top}")
    assert table.loc["Density", "B"] == f"{b.density.auc_tv_log:.2f} of 5"


def test_names_of_components() -> None:
    one = made_up_trace(1, 1, [" a"])
    lists = component_lists(Compared(one, one, one.n_edges, 0))
    assert lists == {"only in A": ["L0H0", "L0 MLP"], "only in B": [], "in both": []}


def test_differing_shapes_are_explained(a: TraceResult) -> None:
    pair = linked(a, made_up_trace(2, 6, [" a", " b"]), 20)
    assert differing_shapes(pair).startswith("A has 3 blocks of 4 heads, B has 2 of 6.")
    assert differing_shapes(linked(a, a, 20)) == ""
