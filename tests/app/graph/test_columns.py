"""The columns that the graph component is fed with, against a look at each edge."""

import base64
import json

import numpy as np
import pandas as pd
import pytest

from strace_core import KINDS, TraceResult
from strace_explorer.graph.columns import component_columns, edge_columns
from tests.app.traces import made_up_trace


def decode(column: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(column["data"]), dtype=column["dtype"])


@pytest.mark.parametrize("parallel", [False, True])
def test_edge_columns_round_trip(parallel: bool) -> None:
    result = made_up_trace(4, 3, ["a", "b", "c"], parallel=parallel)
    columns = {name: decode(column) for name, column in edge_columns(result.edges).items()}
    edges = result.edges
    assert [KINDS[code] for code in columns["kind"]] == edges["kind"].tolist()
    assert [-1 if head == 255 else head for head in columns["head"]] == edges["head"].tolist()
    for name in ("layer", "source", "target"):
        assert columns[name].tolist() == edges[name].tolist()
    shares = (columns["score"].astype(np.uint32) << 16).view(np.float32)
    np.testing.assert_allclose(shares, edges["score"], rtol=2**-7)
    assert (np.diff(columns["score"].astype(int)[edges["score"].argsort(kind="stable")]) >= 0).all()


def test_a_message_of_280_000_edges_is_a_few_megabytes() -> None:
    n_edges = 280_000
    random = np.random.default_rng(0)
    edges = pd.DataFrame(
        {
            "kind": "attention",
            "layer": random.integers(0, 12, n_edges),
            "head": random.integers(0, 12, n_edges),
            "source": random.integers(0, 64, n_edges),
            "target": random.integers(0, 64, n_edges),
            "score": random.random(n_edges),
        }
    )
    assert len(json.dumps(edge_columns(edges))) < 2.7e6


@pytest.mark.parametrize(("name", "values"), [("source", [299]), ("target", [300]), ("layer", [999])])
def test_numbers_beyond_one_byte_survive(name: str, values: list[int]) -> None:
    far = pd.DataFrame(
        {"kind": ["attention"], "layer": [999], "head": [0], "source": [299], "target": [300], "score": [0.5]}
    )
    assert decode(edge_columns(far)[name]).tolist() == values


@pytest.mark.parametrize("parallel", [False, True])
def test_component_columns_count_what_each_size_keeps(parallel: bool) -> None:
    result = made_up_trace(4, 3, ["a", "b", "c", "d", "e"], parallel=parallel)
    sizes = result.curve["n_edges"].to_numpy()[:-3]
    columns = component_columns(result.edges, sizes, 4, 3)
    tables = {name: decode(column) for name, column in columns.items()}
    for row, size in enumerate(sizes):
        uses, kept, residual = _counted(result, int(size))
        assert tables["uses"].reshape(len(sizes), 16)[row].tolist() == uses
        assert tables["kept"].reshape(len(sizes), 16)[row].tolist() == kept
        assert tables["residual"].reshape(len(sizes), 8)[row].tolist() == residual
    ranks = result.edges[result.edges["kind"].isin(["attention", "mlp"])]
    for place, first in enumerate(tables["first"]):
        layer, head = divmod(place, 4)
        own = ranks[(ranks["layer"] == layer) & (ranks["head"] == (-1 if head == 3 else head))]
        assert first == own["rank"].min()


def _counted(result: TraceResult, size: int) -> tuple[list[int], list[int], list[int]]:
    """Positions and edges of every component, and residual edges of every block and stage, edge by edge."""
    positions: list[set[int]] = [set() for _ in range(16)]
    kept, residual = [0] * 16, [0] * 8
    for edge in result.edges.iloc[:size].itertuples():
        if edge.kind.startswith("residual"):
            residual[2 * edge.layer + (edge.kind == "residual_mlp")] += 1
        else:
            place = 4 * edge.layer + (3 if edge.kind == "mlp" else edge.head)
            positions[place].add(edge.target)
            kept[place] += 1
    return [len(tokens) for tokens in positions], kept, residual


def test_a_component_that_is_never_active_has_no_first_edge() -> None:
    edges = made_up_trace(2, 2, ["a", "b"]).edges
    without = edges[~((edges["kind"] == "attention") & (edges["head"] == 1))]
    first = decode(component_columns(without, np.array([0, 5]), 2, 2)["first"])
    assert [place for place, rank in enumerate(first) if rank < 0] == [1, 4]
