import pytest

from app.views.readouts import marks, readouts
from strace_core import TraceResult
from tests.app.traces import made_up_trace


@pytest.fixture(scope="module")
def result() -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c", " d"])


def test_one_readout_per_size_says_what_the_curve_says(result: TraceResult) -> None:
    said = readouts(result)
    assert [readout.n_edges for readout in said] == result.curve["n_edges"].tolist()
    full = result.top_tokens(k=1).iloc[0]
    for readout in said:
        top = result.top_tokens(readout.n_edges, k=1).iloc[0]
        assert readout.sub_top == (top["text"], pytest.approx(top["probability"]))
        assert readout.full_top == (full["text"], pytest.approx(full["probability"]))
        assert readout.top1_match == (top["token_id"] == full["token_id"])
    assert (said[-1].fraction, said[-1].heads, said[-1].mlps) == (1.0, 12, 3)


def test_marks_are_ascending_and_where_the_trace_says(result: TraceResult) -> None:
    found = {mark.short: mark.n_edges for mark in marks(result)}
    assert found["connected"] == result.trace.connected
    assert found["backbone"] == result.trace.backbone
    matching = result.curve[result.curve["top1_match"] & (result.curve["n_edges"] > 0)]
    assert found["same top token"] == matching["n_edges"].iloc[0]
    sizes = [mark.n_edges for mark in marks(result)]
    assert sizes == sorted(sizes)
