"""What the graph says at every size."""

import pytest

from strace_core import TraceResult
from strace_explorer.graph.readouts import position_entries, readouts
from tests.app.traces import made_up_trace


@pytest.fixture(scope="module", params=[False, True], ids=["sequential", "parallel"])
def result(request: pytest.FixtureRequest) -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c", " d"], parallel=request.param)


def test_one_readout_per_size_says_what_the_curve_says(result: TraceResult) -> None:
    said = readouts(result)
    assert [readout.n_edges for readout in said] == result.curve["n_edges"].tolist()
    full = result.top_tokens(k=1).iloc[0]
    for readout in said:
        top = result.top_tokens(readout.n_edges, k=1).iloc[0]
        assert readout.sub_top == (top["text"], pytest.approx(top["probability"]))
        assert readout.full_top == (full["text"], pytest.approx(full["probability"]))
        assert readout.top1_match == (top["token_id"] == full["token_id"])
        assert readout.backbone == (readout.n_edges >= result.trace.backbone)
    assert (said[-1].fraction, said[-1].heads, said[-1].mlps) == (1.0, 12, 3)


def test_positions_are_the_embeddings_that_the_subgraph_reads(result: TraceResult) -> None:
    for readout in readouts(result):
        graph = result.subgraph(readout.n_edges)
        embeddings = [node for node in graph if node[0] == 0 and graph.out_degree(node) > 0]
        assert readout.positions == len(embeddings)
        assert (readout.positions > 0) == (readout.n_edges >= result.trace.connected)
    assert position_entries(result)[0] == result.trace.connected - 1
