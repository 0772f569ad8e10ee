from strace_core import BASELINES, KINDS, SEARCHES
from strace_explorer.wording.names import (
    BASELINE_NAMES,
    KIND_NAMES,
    ORDER_NAMES,
    PART_OF_KIND,
    SEARCH_NAMES,
    component_name,
    parts_of,
)
from tests.app.traces import made_up_trace


def test_whatever_the_engine_names_has_a_name_on_the_page() -> None:
    assert set(KIND_NAMES) == set(PART_OF_KIND) == set(KINDS)
    assert set(BASELINE_NAMES) == set(ORDER_NAMES) - {"trace"} == set(BASELINES)
    assert set(SEARCH_NAMES) == set(SEARCHES)


def test_parts_are_those_of_either_kind_of_block() -> None:
    for parallel in (False, True):
        result = made_up_trace(2, 2, [" a", " b"], parallel=parallel)
        assert parts_of(result) == ["attention heads", "MLPs", "residual connections"]


def test_names_of_components() -> None:
    assert (component_name(12, 2), component_name(0, -1)) == ("L12H2", "L0 MLP")
