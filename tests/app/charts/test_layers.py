import numpy as np
import pandas as pd
import pytest

from strace_core import TraceResult
from strace_explorer.charts import layers
from strace_explorer.charts.layers import MAX_COLUMNS, Part, nearest, shown_sizes
from tests.app.traces import made_up_trace

TOKENS = [" a", " b", " c", " d", " e"]


@pytest.fixture(scope="module", params=[False, True], ids=["sequential", "parallel"])
def result(request: pytest.FixtureRequest) -> TraceResult:
    return made_up_trace(3, 4, TOKENS, parallel=request.param)


def kept(result: TraceResult, n_edges: int, kind: str, layer: int) -> pd.DataFrame:
    edges = result.edges
    return edges[(edges["rank"] < n_edges) & (edges["kind"] == kind) & (edges["layer"] == layer)]


def test_active_heads_are_those_with_a_kept_edge(result: TraceResult) -> None:
    frame = layers.frame(result, 20, "heads")
    for row in frame.itertuples():
        n_heads = kept(result, row.n_edges, "attention", row.layer)["head"].nunique()
        assert (row.share, row.says) == (n_heads / 4, f"{n_heads} of 4")
    assert set(frame["layer"]) == {0, 1, 2}


def test_mlps_are_counted_by_token(result: TraceResult) -> None:
    for row in layers.frame(result, 20, "mlps").itertuples():
        n_tokens = kept(result, row.n_edges, "mlp", row.layer)["target"].nunique()
        there = 1 if row.layer == 2 else len(TOKENS)  # only the traced position is left in the last block
        assert (row.share, row.says) == (n_tokens / there, f"{n_tokens} of {there}")


@pytest.mark.parametrize("part", ["heads", "mlps"])
def test_cells_cover_the_axis_without_gaps_and_hold_their_size(result: TraceResult, part: Part) -> None:
    row = layers.frame(result, 20, part).query("layer == 1")
    assert (row["start"].iloc[0], row["end"].iloc[-1]) == (1, result.n_edges)
    assert row["start"].tolist()[1:] == row["end"].tolist()[:-1]
    assert (row["start"] <= row["n_edges"]).all() and (row["n_edges"] <= row["end"]).all()


def test_shown_sizes_were_evaluated() -> None:
    sizes = np.arange(5_000)
    shown = shown_sizes(sizes, 4_999)
    assert len(shown) <= MAX_COLUMNS
    assert (shown[0], shown[-1]) == (1, 4_999)
    assert set(shown) <= set(sizes)


def test_the_nearest_size_is_nearest_on_a_log_axis() -> None:
    assert nearest(np.array([1, 10, 100]), 40) == 100
    assert nearest(np.array([1, 10, 100]), 30) == 10
    assert nearest(np.array([1, 10, 100]), 0) == 1


def test_the_rule_stands_at_the_size_itself(result: TraceResult) -> None:
    frame = layers.frame(result, 20, "heads")
    assert set(frame["at"]) == {20}
    assert frame.loc[frame["current"], "n_edges"].nunique() == 1
    assert set(layers.frame(result, 0, "heads")["at"]) == {1}


def test_the_first_block_is_at_the_bottom_as_in_the_graph() -> None:
    cells = layers.spec(3, "mlps")["layer"][0]
    assert cells["encoding"]["y"]["sort"] == "descending"


def test_a_map_of_many_blocks_stays_on_a_screen() -> None:
    heights = [layers.spec(n_layers, "heads")["height"] for n_layers in (2, 6, 24, 80)]
    assert heights == sorted(heights) and heights[2] <= 360


def test_a_cell_is_clicked_itself() -> None:
    (cell,) = layers.spec(3, "heads")["params"]
    assert "nearest" not in cell["select"] or cell["select"]["nearest"] is False
    assert cell["select"]["fields"] == ["n_edges", "moment"]
