import networkx as nx
import numpy as np
import pandas as pd
import pytest

from strace_core import SettingError, SizeError, TraceResult, trace_prompt
from strace_core.evaluate import metrics
from tests.core.reference import all_edges
from tests.core.tiny_models import D_VOCAB, tiny_model

TOKENS = (7, 3, 41, 3)


@pytest.fixture(scope="module")
def result() -> TraceResult:
    return trace_prompt(tiny_model("llama"), TOKENS, sizes=[0, 1, 10, 50, 100, 1.0])


def test_edges_have_one_row_per_reachable_edge_in_order_of_inclusion(result: TraceResult) -> None:
    edges = result.edges
    assert list(edges.columns) == ["kind", "layer", "head", "source", "target", "score", "rank"]
    assert edges["rank"].tolist() == list(range(result.n_edges))
    rows = edges.sort_index()[["kind", "layer", "head", "source", "target"]].itertuples(index=False, name=None)
    expected = [(e.kind, e.layer, e.head, e.source, e.target) for e in all_edges(3, 6, len(TOKENS))]
    assert list(rows) == expected
    assert edges["score"].between(0, 1).all()
    by_node = edges.groupby(["layer", "target", edges["kind"].isin(["mlp", "residual_mlp"])])["score"].sum()
    assert by_node.to_numpy() == pytest.approx(1, abs=1e-5)


def test_curve_has_the_sizes_asked_for(result: TraceResult) -> None:
    curve = result.curve
    assert curve["n_edges"].tolist() == [0, 1, 10, 50, 100, result.n_edges]
    np.testing.assert_allclose(curve["fraction"], curve["n_edges"] / result.n_edges)
    assert result.logits.shape == (6, D_VOCAB) and result.logits.dtype == np.float32
    assert result.full_logits.shape == (D_VOCAB,) and result.full_logits.dtype == np.float32


def test_curve_measures_its_own_logits(result: TraceResult) -> None:
    p = metrics.softmax(result.full_logits)
    for row in range(len(result.curve)):
        q, found = metrics.softmax(result.logits[row]), result.curve.iloc[row]
        assert found["tv"] == pytest.approx(0.5 * np.abs(p - q).sum())
        assert found["kl"] == pytest.approx((p * np.log(p / q)).sum())
        assert found["top1"] == q.argmax() and found["top1_probability"] == q.max()
        assert found["top1_match"] == (p.argmax() == q.argmax())


def test_the_full_graph_gives_the_models_output_and_the_empty_one_does_not(result: TraceResult) -> None:
    full, empty = result.curve.iloc[-1], result.curve.iloc[0]
    assert full["tv"] < 1e-6 and full["shared_nucleus"] == 99 and full["connected"]
    assert empty["tv"] > 0.01 and not empty["connected"]


def test_curve_counts_what_the_edges_table_holds(result: TraceResult) -> None:
    for row in result.curve.itertuples():
        kept = result.edges[result.edges["rank"] < row.n_edges]
        for kind in ("residual_attn", "attention", "residual_mlp", "mlp"):
            assert getattr(row, kind) == (kept["kind"] == kind).sum()
        attention, mlp = kept[kept["kind"] == "attention"], kept[kept["kind"] == "mlp"]
        assert row.n_heads_active == len(attention[["layer", "head"]].drop_duplicates())
        assert row.n_mlps_active == mlp["layer"].nunique()
        first_layer_skip = (kept["kind"] == "residual_attn") & (kept["layer"] == 0)
        first_layer_attention = (kept["kind"] == "attention") & (kept["layer"] == 0)
        assert row.connected == bool((first_layer_skip | first_layer_attention).any())


@pytest.mark.parametrize("n_edges", [0, 1, 7, 60])
def test_subgraph_holds_the_first_edges(result: TraceResult, n_edges: int) -> None:
    graph = result.subgraph(n_edges)
    assert isinstance(graph, nx.MultiDiGraph)
    assert graph.number_of_edges() == n_edges
    output = (2 * 3, len(TOKENS) - 1)
    assert set(graph) == nx.ancestors(graph, output) | {output}
    ranks = sorted(rank for _, _, rank in graph.edges(data="rank"))
    assert ranks == list(range(n_edges))


def test_subgraph_edges_lie_between_the_nodes_they_name(result: TraceResult) -> None:
    graph = result.subgraph(result.n_edges)
    assert graph.number_of_nodes() == len(TOKENS) * 5 + 2
    for (depth, source), (next_depth, target), edge in graph.edges(data=True):
        assert next_depth == depth + 1
        assert (edge["source"], edge["target"]) == (source, target)
        assert depth == 2 * edge["layer"] + (edge["kind"] in ("mlp", "residual_mlp"))
    assert graph.nodes[0, 2] == {"depth": 0, "token": 2, "text": "#41"}


@pytest.mark.parametrize("n_edges", [-1, 10**6, 1.5, "5", None])
def test_subgraph_of_an_impossible_size_is_refused(result: TraceResult, n_edges: object) -> None:
    with pytest.raises(SizeError):
        result.subgraph(n_edges)  # type: ignore[arg-type]


def test_top_tokens(result: TraceResult) -> None:
    top = result.top_tokens(k=3)
    p = metrics.softmax(result.full_logits)
    assert top["token_id"].tolist() == np.argsort(-p)[:3].tolist()
    assert top["probability"].tolist() == sorted(p, reverse=True)[:3]
    assert top["text"].tolist() == [f"#{token}" for token in top["token_id"]]
    assert result.top_tokens(50, k=1)["token_id"].item() == result.curve.set_index("n_edges").at[50, "top1"]
    with pytest.raises(SizeError, match="no subgraph of 51 edges was run"):
        result.top_tokens(51)
    for k in (0, -1, 21):
        with pytest.raises(SettingError, match=f"k = {k} is outside 1 to 20"):
            result.top_tokens(k=k)


def test_repr_says_what_was_traced(result: TraceResult) -> None:
    assert repr(result).startswith("TraceResult('tiny-llama', 4 tokens, 171 edges, 6 sizes, next token '#")


def test_size_in_memory_counts_the_logits(result: TraceResult) -> None:
    assert result.logits.nbytes < result.n_bytes < result.logits.nbytes + 200 * result.n_edges + 10_000


def test_same_request_same_result_and_id(result: TraceResult) -> None:
    again = trace_prompt(tiny_model("llama"), list(TOKENS), sizes=[0, 1, 10, 50, 100, 1.0])
    assert again.id == result.id
    pd.testing.assert_frame_equal(again.edges, result.edges)
    pd.testing.assert_frame_equal(again.curve, result.curve)
    assert np.array_equal(again.logits, result.logits)
    other = trace_prompt(tiny_model("llama"), TOKENS, sizes=[0, 1, 10, 50, 100, 1.0], score="l2")
    assert other.id != result.id


def test_a_notebook_shows_a_table_without_markup_from_the_prompt() -> None:
    result = trace_prompt(tiny_model("llama"), TOKENS)
    html = result._repr_html_()
    assert html.startswith("<table><tr><th>model</th><td>tiny-llama</td></tr>")
    assert f"{result.trace.connected:,} edges" in html
    assert "tv &lt;= 0.1" in html
