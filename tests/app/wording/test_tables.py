import pytest

from strace_core import TraceResult
from strace_explorer.wording import tables
from strace_explorer.wording.tables import components_table, edges_table, placed_token
from tests.app.traces import made_up_trace

NASTY = ["<img src=x onerror=alert(1)>", "</script>", "a\nb", "\ud83d", "مرحبا", "", "\u202eright"]


@pytest.fixture(scope="module")
def result() -> TraceResult:
    return made_up_trace(3, 4, [" a", " b", " c", " d"])


def test_components_are_those_with_a_kept_edge_in_order_of_their_first(result: TraceResult) -> None:
    table = components_table(result, 30).rows
    kept = result.edges.query("rank < 30 and kind in ('attention', 'mlp')")
    by_place = kept.groupby(["layer", "head"])
    groups = {(layer, "MLP" if head < 0 else f"head {head}"): edges for (layer, head), edges in by_place}
    assert set(zip(table["Block"], table["Part"], strict=True)) == set(groups)
    assert table["Active from size"].is_monotonic_increasing
    for row in table.to_dict("records"):
        edges = groups[row["Block"], row["Part"]]
        assert row["Edges kept"] == len(edges)
        assert row["Active at tokens"] == edges["target"].nunique()
        assert row["Active from size"] == edges["rank"].min() + 1
        assert row["Strongest source"] == placed_token(result, edges.loc[edges["score"].idxmax(), "source"])


def test_edges_stand_in_the_order_of_the_trace(result: TraceResult) -> None:
    table = edges_table(result, 12).rows
    edges = result.edges.iloc[:12]
    assert table["Rank"].tolist() == list(range(1, 13))
    assert table["Block"].tolist() == edges["layer"].tolist()
    assert table["Score"].tolist() == pytest.approx(edges["score"].tolist(), abs=1e-4)
    assert table["Source"].tolist() == [placed_token(result, source) for source in edges["source"]]
    assert set(table["Kind"]) <= {"attention", "MLP", "residual past attention", "residual past the MLP"}


def test_what_does_not_fit_is_counted(result: TraceResult, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 25)
    table = edges_table(result, 60)
    assert (len(table.rows), table.left_out, table.note) == (25, 35, "35 more not shown")
    monkeypatch.undo()
    everything = components_table(result, result.n_edges)
    assert everything.left_out == 0 and everything.note == ""
    monkeypatch.setattr(tables, "MAX_ROWS", 3)
    few = components_table(result, result.n_edges)
    assert len(few.rows) == 3 and few.left_out == len(everything.rows) - 3


def test_the_empty_graph_has_empty_tables(result: TraceResult) -> None:
    assert components_table(result, 0).rows.empty
    assert edges_table(result, 0).rows.empty


def test_tokens_in_tables_are_visible_and_on_one_line() -> None:
    result = made_up_trace(2, 2, NASTY)
    edges, components = edges_table(result, result.n_edges).rows, components_table(result, result.n_edges).rows
    shown = {*edges["Source"], *edges["Target"], *components["Strongest source"]}
    labels = ["<img src=x onerror=…", "</script>", "a⏎b", "�", "مرحبا", "∅", "�right"]
    assert shown == {f"{label} ({position})" for position, label in enumerate(labels)}
