"""The notable sizes of a trace."""

from dataclasses import replace

import pytest

from strace_core import TraceResult
from strace_explorer.charts.marks import marks
from tests.app.traces import made_up_trace


@pytest.fixture(scope="module", params=[False, True], ids=["sequential", "parallel"])
def result(request: pytest.FixtureRequest) -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c", " d"], parallel=request.param)


def test_marks_are_ascending_and_where_the_trace_says(result: TraceResult) -> None:
    found = {mark.short: mark.n_edges for mark in marks(result)}
    assert found["connected"] == result.trace.connected
    assert found["backbone"] == result.trace.backbone
    curve = result.curve[result.curve["n_edges"] > 0]
    assert found["same top token"] == curve[curve["top1_match"]]["n_edges"].iloc[0]
    assert found["TV ≤ 0.5"] == curve[curve["tv"] <= 0.5]["n_edges"].iloc[0]
    assert found["TV ≤ 0.1"] == curve[curve["tv"] <= 0.1]["n_edges"].iloc[0]
    sizes = [mark.n_edges for mark in marks(result)]
    assert sizes == sorted(sizes)


def test_the_closer_of_two_distances_at_one_size_is_enough(result: TraceResult) -> None:
    curve = result.curve.assign(tv=(result.curve["n_edges"] < 20).astype(float))
    found = [mark.short for mark in marks(replace(result, curve=curve))]
    assert "TV ≤ 0.1" in found and "TV ≤ 0.5" not in found


def test_what_never_happens_has_no_mark(result: TraceResult) -> None:
    never = result.curve.assign(tv=1.0, top1_match=False)
    assert [mark.short for mark in marks(replace(result, curve=never))] == ["connected", "backbone"]
