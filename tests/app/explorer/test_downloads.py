"""The files a visitor can download."""

import io
import json

import networkx as nx
import pandas as pd
import pytest

from strace_core import TraceResult, decode_result
from strace_explorer.explorer.downloads import Download, downloads
from tests.app.traces import made_up_trace


@pytest.fixture(scope="module")
def result() -> TraceResult:
    return made_up_trace(2, 3, ["The", " capital", " of", " France", " is"])


@pytest.fixture(scope="module")
def files(result: TraceResult) -> dict[str, Download]:
    return {file.name: file for file in downloads(result, 12)}


def test_names_tell_model_prompt_and_size(files: dict[str, Download]) -> None:
    stem = "made-up_the-capital-of-france"
    assert list(files) == [
        f"{stem}_curve.csv",
        f"{stem}_edges.csv",
        f"{stem}_edges.parquet",
        f"{stem}.json",
        f"{stem}.npz",
        f"{stem}_12-edges.graphml",
        f"{stem}_12-edges.html",
    ]


def test_results_open_again(result: TraceResult, files: dict[str, Download]) -> None:
    for ending in (".json", ".npz"):
        (file,) = [file for file in files.values() if file.name.endswith(ending)]
        assert decode_result(file.make(), file.name).id == result.id


def test_tables_are_those_of_the_result(result: TraceResult, files: dict[str, Download]) -> None:
    content = {name.rsplit("_", 1)[-1]: file.make() for name, file in files.items()}
    curve = pd.read_csv(io.BytesIO(content["curve.csv"]))
    assert curve["n_edges"].tolist() == result.curve["n_edges"].tolist()
    assert pd.read_csv(io.BytesIO(content["edges.csv"]))["rank"].tolist() == list(range(result.n_edges))
    assert pd.read_parquet(io.BytesIO(content["edges.parquet"]))["layer"].tolist() == result.edges["layer"].tolist()


def test_the_graph_files_hold_the_size_on_screen(files: dict[str, Download]) -> None:
    graph, page = [file for file in files.values() if "_12-edges" in file.name]
    assert nx.read_graphml(io.BytesIO(graph.make())).number_of_edges() == 12
    assert page.make().startswith(b"<!doctype html>") and page.mime == "text/html"


def test_a_json_result_is_named_and_typed_as_such(files: dict[str, Download]) -> None:
    (file,) = [file for file in files.values() if file.mime == "application/json"]
    assert json.loads(file.make())["format"] == "strace-result"
