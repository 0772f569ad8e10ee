import pytest

from strace_core import TraceResult
from strace_explorer.charts import component_grid
from strace_explorer.wording.comparison import BOTH, Compared, component_lists, linked
from tests.app.traces import made_up_trace


@pytest.fixture(scope="module")
def a() -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c"])


@pytest.fixture(scope="module")
def b() -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c", " d", " e", " f"], seed=1)


def test_components_carry_the_letter_of_the_subgraph_that_uses_them(a: TraceResult, b: TraceResult) -> None:
    pair = Compared(a, b, 25, 20)
    grid = component_grid.frame(pair)
    used = [
        {(edge.layer, edge.head) for edge in result.edges.iloc[:size].itertuples() if edge.kind in ("attention", "mlp")}
        for _, result, size in pair.sides
    ]
    assert len(grid) == 3 * 5
    for row in grid.itertuples():
        inside = tuple((row.layer, row.head) in parts for parts in used)
        assert row.sign == {(True, True): BOTH, (True, False): "A", (False, True): "B", (False, False): ""}[inside]
    assert set(grid["sign"]) == {"A", "B", BOTH, ""}, "otherwise this shows little"
    lists = component_lists(pair)
    assert len(lists["in both"]) == len(used[0] & used[1])
    assert sum(map(len, lists.values())) == len(used[0] | used[1])


def test_models_of_different_shape_are_compared_where_they_agree(a: TraceResult) -> None:
    pair = linked(a, made_up_trace(2, 6, [" a", " b"]), 20)
    assert len(component_grid.frame(pair)) == 2 * 5
