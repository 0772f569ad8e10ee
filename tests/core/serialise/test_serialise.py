import json
import os
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import jsonschema
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from strace_core import (
    FileError,
    SettingError,
    SizeError,
    TraceResult,
    decode_result,
    encode_result,
    load_result,
    save_result,
    trace_prompt,
)
from strace_core.evaluate.masked_forward import subgraph_logits
from strace_core.serialise.decode import MAX_EXPANSION, RESULT_ENDINGS
from strace_core.serialise.document import schema
from strace_core.serialise.encode import TABLES
from strace_core.trace.trace import Stretch
from tests.core.tiny_models import tiny_model

TOKENS = (7, 3, 41, 3)
GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="module", params=["llama", "gpt_neox"])
def result(request: pytest.FixtureRequest) -> TraceResult:
    return trace_prompt(tiny_model(request.param), TOKENS, baselines=["random", "complement"], target=4)


def assert_equal(found: TraceResult, expected: TraceResult) -> None:
    for field in ("spec", "prompt", "settings", "stretches", "token_texts", "id", "n_edges", "marks", "density"):
        assert getattr(found, field) == getattr(expected, field), field
    pd.testing.assert_frame_equal(found.curve, expected.curve, check_exact=True)
    pd.testing.assert_frame_equal(found.edges, expected.edges, check_exact=True)
    assert list(found.baselines) == list(expected.baselines)
    for name, curve in expected.baselines.items():
        pd.testing.assert_frame_equal(found.baselines[name], curve, check_exact=True)
    for field in ("scores", "full_logits", "logits"):
        ours, theirs = getattr(found, field), getattr(expected, field)
        assert ours.dtype == theirs.dtype and np.array_equal(ours, theirs), field
    assert np.array_equal(found.trace.order, expected.trace.order)
    pd.testing.assert_frame_equal(found.top_tokens(k=5), expected.top_tokens(k=5))
    assert nx.utils.graphs_equal(found.subgraph(20), expected.subgraph(20))


@pytest.mark.parametrize("ending", RESULT_ENDINGS)
def test_a_loaded_result_equals_the_saved_one(result: TraceResult, tmp_path: Path, ending: str) -> None:
    save_result(result, tmp_path / f"saved{ending}")
    assert_equal(load_result(tmp_path / f"saved{ending}"), result)


def test_a_number_that_json_lacks_survives(result: TraceResult, tmp_path: Path) -> None:
    curve = result.curve.assign(kl=np.inf)
    odd = TraceResult(**{name: getattr(result, name) for name in result.__dataclass_fields__} | {"curve": curve})
    save_result(odd, tmp_path / "odd.json")
    assert np.isinf(load_result(tmp_path / "odd.json").curve["kl"]).all()


def test_json_is_valid_by_the_schema_and_readable(result: TraceResult, tmp_path: Path) -> None:
    save_result(result, tmp_path / "saved.json")
    document = json.loads((tmp_path / "saved.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(document, schema())
    columns = {column["name"]: column["values"] for column in document["curve"]}
    assert columns["n_edges"] == result.curve["n_edges"].tolist()
    assert columns["tv"] == result.curve["tv"].tolist()


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_written_for_other_programs(result: TraceResult, tmp_path: Path, table: str) -> None:
    for ending in (".csv", ".parquet"):
        save_result(result, tmp_path / f"table{ending}", table=table)
    expected = result.curve if table == "curve" else result.edges.reset_index()
    parquet, csv = pd.read_parquet(tmp_path / "table.parquet"), pd.read_csv(tmp_path / "table.csv")
    pd.testing.assert_frame_equal(parquet, expected, check_categorical=False, check_exact=True)
    assert list(csv.columns) == list(expected.columns) and len(csv) == len(expected)
    for name in expected.select_dtypes("number"):
        np.testing.assert_allclose(csv[name], expected[name])


def test_a_subgraph_is_written_as_graphml(result: TraceResult, tmp_path: Path) -> None:
    save_result(result, tmp_path / "graph.graphml", at=30)
    graph = nx.read_graphml(tmp_path / "graph.graphml", force_multigraph=True)
    expected = result.subgraph(30)
    assert graph.number_of_edges() == 30
    assert {*graph} == {f"{depth},{token}" for depth, token in expected}
    ranks = sorted(rank for _, _, rank in graph.edges(data="rank"))
    assert ranks == list(range(30))
    save_result(result, tmp_path / "graph.graphml")
    half = result.curve.loc[result.curve["tv"] <= 0.5, "n_edges"].min()
    assert nx.read_graphml(tmp_path / "graph.graphml", force_multigraph=True).number_of_edges() == half


def test_what_xml_cannot_hold_is_named(tmp_path: Path) -> None:
    result = trace_prompt(tiny_model("llama"), TOKENS)
    prompt = type(result.prompt)("x", result.prompt.token_ids, ("a\x00", "\n", "\ufffe", "é<&>"))
    odd = TraceResult(**{name: getattr(result, name) for name in result.__dataclass_fields__} | {"prompt": prompt})
    save_result(odd, tmp_path / "graph.graphml", at=odd.n_edges)
    texts = {*nx.get_node_attributes(nx.read_graphml(tmp_path / "graph.graphml"), "text").values()}
    assert texts == {"a<U+0000>", "<U+000A>", "<U+FFFE>", "é<&>"}


@pytest.mark.parametrize("name", ["result", "result.txt", "result.pkl", "result.json.gz"])
def test_an_unknown_ending_is_refused_and_the_known_ones_named(result: TraceResult, tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match=r"\.json, \.npz, \.csv, \.parquet, \.graphml"):
        save_result(result, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_other_mistakes_when_saving(result: TraceResult, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="no table 'rows'; choose one of curve, edges"):
        save_result(result, tmp_path / "a.csv", table="rows")
    with pytest.raises(SizeError):
        save_result(result, tmp_path / "a.graphml", at=10**9)
    with pytest.raises(FileError, match="cannot be written"):
        save_result(result, tmp_path / "no such folder" / "a.json")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(FileError, match="cannot be written"):
        save_result(result, tmp_path / "folder.json")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.json"]


def test_nothing_is_overwritten_half_way(result: TraceResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "kept.json"
    place.write_text("what was there")

    def full_disk(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(FileError, match="No space left on device"):
        save_result(result, place)
    assert place.read_text() == "what was there"
    assert [path.name for path in tmp_path.iterdir()] == ["kept.json"]


def test_a_file_has_the_permissions_of_any_new_file(result: TraceResult, tmp_path: Path) -> None:
    save_result(result, tmp_path / "ours.csv")
    (tmp_path / "any.csv").touch()
    ours, any_file = (stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ours.csv", "any.csv"))
    assert ours == any_file


@pytest.mark.parametrize("ending", RESULT_ENDINGS)
def test_a_truncated_file_is_refused(result: TraceResult, tmp_path: Path, ending: str) -> None:
    place = tmp_path / f"cut{ending}"
    save_result(result, place)
    whole = place.read_bytes()
    for length in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        place.write_bytes(whole[:length])
        with pytest.raises(FileError, match="is truncated, damaged|is not a saved trace"):
            load_result(place)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "something else"}, "is not a saved trace"),
        ({"version": 3}, "has format version 3, but this program reads up to 2; update it"),
        ({"version": "one"}, "is damaged: version"),
        ({"curve": []}, "is damaged: curve"),
        ({"surprise": 1}, "is damaged: the whole"),
        ({"version": 1}, "is damaged: the whole"),
        ({"arrays": {}}, "the array 'order' is missing"),
    ],
)
def test_a_foreign_newer_or_changed_file_is_refused(
    result: TraceResult, tmp_path: Path, change: dict, said: str
) -> None:
    save_result(result, tmp_path / "saved.json")
    document = json.loads((tmp_path / "saved.json").read_text())
    (tmp_path / "saved.json").write_text(json.dumps(document | change))
    with pytest.raises(FileError, match=said):
        load_result(tmp_path / "saved.json")


def without(columns: list[dict], name: str) -> list[dict]:
    return [column for column in columns if column["name"] != name]


def column(columns: list[dict], name: str) -> list:
    return next(column["values"] for column in columns if column["name"] == name)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["curve"][2]["values"].__setitem__(0, "nan"), "a curve has missing values"),
        (lambda d: d["curve"][2]["values"].__setitem__(0, "inf"), "a curve has missing values"),
        (lambda d: d["curve"][2]["values"].pop(), "different lengths"),
        (lambda d: d.update(curve=without(d["curve"], "tv")), "a curve has no column 'tv' of dtype float64"),
        (lambda d: d.update(curve=without(d["curve"], "mlp")), "a curve has no column 'mlp' of dtype int64"),
        (lambda d: d.update(curve=without(d["curve"], "target_surprisal")), "no column 'target_surprisal'"),
        (lambda d: d["prompt"]["token_texts"].pop(), "not have one text for each token"),
        (lambda d: d["prompt"]["token_texts"].__setitem__(0, "\ud800"), "half of a surrogate pair"),
        (lambda d: d["settings"].update(seed=-1), "settings/seed"),
        (lambda d: d["settings"].update(target=53), "a token id is outside its vocabulary"),
        (lambda d: d["settings"].update(baselines=[]), "its baselines do not match its settings"),
        (lambda d: column(d["baselines"]["random"], "n_edges").reverse(), "its baselines do not match"),
        (lambda d: d["baselines"].update(random=without(d["baselines"]["random"], "n_kept")), "no column 'n_kept'"),
        (lambda d: column(d["curve"], "top1").__setitem__(0, 53), "a token id is outside its vocabulary"),
        (lambda d: d["model"].update(d_vocab=2**31 - 1), "bytes are too few for the arrays"),
        (lambda d: d["model"].update(n_heads=2**20, n_layers=2**20), "bytes are too few for the arrays"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(result: TraceResult, change: Callable, said: str) -> None:
    document = json.loads(encode_result(result, ".json"))
    change(document)
    with pytest.raises(FileError, match=said):
        decode_result(json.dumps(document).encode(), "upload.json")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["stretches"].clear(), "is damaged: stretches"),
        (lambda d: d["stretches"].pop(), "stretches do not ascend to 171 edges"),
        (lambda d: d["stretches"].reverse(), "stretches do not ascend"),
        (lambda d: d["stretches"].append(d["stretches"][-1]), "stretches do not ascend"),
        (lambda d: d["stretches"][0].update(n_edges=0), "is damaged: stretches/0/n_edges"),
        (lambda d: d["stretches"][0].update(search="another"), "is damaged: stretches/0/search"),
        (lambda d: d["settings"].update(search="another"), "is damaged: settings/search"),
        (lambda d: d["settings"].update(search="best-first"), "do not match the search in its settings"),
        (lambda d: d["settings"].update(effort=0), "is damaged: settings/effort"),
        (lambda d: d["settings"].update(effort=float("nan")), "do not match the search in its settings"),
        (lambda d: d["settings"].pop("effort"), "is damaged: settings 'effort'"),
        (lambda d: d.pop("stretches"), "is damaged: the whole 'stretches'"),
        (lambda d: (d["settings"].update(baselines=[]), d["baselines"].clear()), "has no best-first curve"),
    ],
)
def test_a_search_that_is_none_is_refused(change: Callable, said: str) -> None:
    result = trace_prompt(tiny_model("llama"), TOKENS, search="guided", effort=0.1)
    halves = Stretch(80, "guided"), Stretch(171, "best-first")
    document = json.loads(encode_result(replace(result, stretches=halves), ".json"))
    assert decode_result(json.dumps(document).encode(), "upload.json").stretches == halves
    change(document)
    with pytest.raises(FileError, match=said):
        decode_result(json.dumps(document).encode(), "upload.json")


@pytest.mark.parametrize("ending", RESULT_ENDINGS)
def test_a_guided_result_equals_the_saved_one(ending: str) -> None:
    result = guided_trace()
    assert_equal(decode_result(encode_result(result, ending), f"upload{ending}"), result)


@pytest.mark.parametrize("ending", RESULT_ENDINGS)
def test_bytes_are_those_of_the_file(result: TraceResult, tmp_path: Path, ending: str) -> None:
    content = encode_result(result, ending.upper())
    assert_equal(decode_result(content, f"any name{ending.upper()}"), result)
    save_result(result, tmp_path / f"saved{ending}")
    (tmp_path / f"written{ending}").write_bytes(content)
    assert_equal(load_result(tmp_path / f"written{ending}"), load_result(tmp_path / f"saved{ending}"))


def test_what_a_result_takes_is_a_small_multiple_of_its_file(result: TraceResult) -> None:
    """So that the bound on what is unpacked refuses no file of ours."""
    arrays = (result.trace.order, result.scores, result.full_logits, result.logits)
    for ending in RESULT_ENDINGS:
        assert 4 * sum(array.nbytes for array in arrays) < MAX_EXPANSION * len(encode_result(result, ending))


def test_mistakes_about_bytes_are_named(result: TraceResult) -> None:
    with pytest.raises(FileError, match="'.pkl' has no supported file extension"):
        encode_result(result, ".pkl")
    with pytest.raises(SettingError, match="no table 'rows'"):
        encode_result(result, ".csv", table="rows")
    with pytest.raises(FileError, match="'a.csv' cannot be loaded"):
        decode_result(encode_result(result, ".csv"), "a.csv")
    with pytest.raises(FileError, match="'a.npz' is truncated, damaged or not an archive"):
        decode_result(encode_result(result, ".json"), "a.npz")
    with pytest.raises(FileError, match="'a.json' is truncated, damaged or not JSON"):
        decode_result(encode_result(result, ".npz"), "a.json")


def test_a_text_that_a_document_lacks_is_named_by_its_id(result: TraceResult) -> None:
    document = json.loads(encode_result(result, ".json"))
    found = decode_result(json.dumps(document | {"token_texts": {}}).encode(), "upload.json").top_tokens(k=3)
    assert found["text"].tolist() == [f"#{token}" for token in found["token_id"]]


def test_an_order_that_is_none_is_refused(result: TraceResult, tmp_path: Path) -> None:
    twice = result.trace.order.copy()
    twice[0] = twice[1]
    broken = TraceResult(
        **{name: getattr(result, name) for name in result.__dataclass_fields__}
        | {"trace": type(result.trace)(result.layout, twice)}
    )
    save_result(broken, tmp_path / "saved.npz")
    with pytest.raises(FileError, match="does not contain every edge exactly once"):
        load_result(tmp_path / "saved.npz")


def test_a_packed_array_that_unpacks_to_more_is_refused_unread(result: TraceResult, tmp_path: Path) -> None:
    """An archive whose entry is a hundred megabytes of zeros, small when packed."""
    save_result(result, tmp_path / "saved.npz")
    swollen = BytesIO()
    with zipfile.ZipFile(tmp_path / "saved.npz") as old, zipfile.ZipFile(swollen, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, bytes(10**8) if name == "logits.npy" else old.read(name))
    (tmp_path / "saved.npz").write_bytes(swollen.getvalue())
    with pytest.raises(FileError, match="the array 'logits' is missing or does not have shape"):
        load_result(tmp_path / "saved.npz")


def test_a_pickle_in_an_archive_is_not_opened(result: TraceResult, tmp_path: Path) -> None:
    save_result(result, tmp_path / "saved.npz")
    pickled = BytesIO()
    np.save(pickled, np.array([{"a": 1}] * result.n_edges, dtype=object), allow_pickle=True)
    changed = BytesIO()
    with zipfile.ZipFile(tmp_path / "saved.npz") as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, pickled.getvalue() if name == "scores.npy" else old.read(name))
    (tmp_path / "saved.npz").write_bytes(changed.getvalue())
    with pytest.raises(FileError, match="damaged"):
        load_result(tmp_path / "saved.npz")


@pytest.mark.parametrize("name", ["absent.json", "table.csv", "folder.json"])
def test_what_does_not_open_again_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(FileError, match="cannot be read|cannot be loaded"):
        load_result(tmp_path / name)


def test_a_file_of_the_first_version_keeps_its_meaning() -> None:
    """Made, by a program of that time, by the call below."""
    golden = load_result(GOLDEN / "tiny-llama.json")
    again = trace_prompt(tiny_model("llama"), TOKENS, sizes=[0, 5, 50, 1.0])
    assert golden.stretches == again.stretches == (Stretch(171, "best-first"),)
    assert_close(golden, again)


def test_a_file_of_the_second_version_keeps_its_meaning() -> None:
    """Made by the call below. A search may find another order elsewhere; this one's subgraphs stay what they are."""
    golden, model = load_result(GOLDEN / "tiny-llama-guided.json"), tiny_model("llama")
    assert golden.stretches == (Stretch(102, "guided"), Stretch(171, "best-first"))
    assert (golden.settings.search, golden.settings.effort) == ("guided", 0.1)
    assert list(golden.baselines) == ["best-first"]
    sizes = golden.curve["n_edges"].to_numpy()
    ((_, logits),) = subgraph_logits(model, golden.prompt.token_ids, golden.trace, sizes)
    np.testing.assert_allclose(golden.logits, logits, atol=1e-3)
    paper = trace_prompt(model, TOKENS, sizes=sizes.tolist())
    np.testing.assert_allclose(golden.baselines["best-first"]["tv"], paper.curve["tv"], atol=1e-4)


def guided_trace() -> TraceResult:
    return trace_prompt(tiny_model("llama"), TOKENS, sizes=[0, 5, 50, 1.0], search="guided", effort=0.1)


def assert_close(golden: TraceResult, again: TraceResult) -> None:
    assert golden.spec == again.spec and golden.prompt == again.prompt and golden.settings == again.settings
    assert golden.curve["n_edges"].tolist() == [0, 5, 50, 171]
    np.testing.assert_allclose(golden.curve["tv"], again.curve["tv"], atol=1e-4)
    np.testing.assert_allclose(golden.scores, again.scores, atol=1e-4)
    np.testing.assert_allclose(golden.logits, again.logits, atol=1e-3)
    assert golden.edges.head(5)["kind"].tolist() == again.edges.head(5)["kind"].tolist()
