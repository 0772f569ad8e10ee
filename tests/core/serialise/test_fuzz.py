"""Anything at all as input: a StraceError or a right answer, never another exception."""

import contextlib
import json
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strace_core import (
    FileError,
    SettingError,
    StraceError,
    check_model,
    decode_result,
    encode_result,
    load_model,
    tokenize,
    trace_prompt,
)
from strace_core.evaluate.sizes import resolve_sizes
from tests.core.tiny_models import CONFIGS, D_VOCAB, tiny_model

TINY, DEMO = tiny_model("llama"), load_model("demo-llama", device="cpu")
quick = settings(max_examples=60, deadline=None, derandomize=True)

odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.integers(-3, D_VOCAB + 3))
)
ids = st.lists(st.integers(0, D_VOCAB - 1), min_size=1, max_size=6)


@quick
@given(st.one_of(st.text(max_size=40), odd))
def test_any_prompt_is_tokenised_or_refused(prompt: object) -> None:
    try:
        found = tokenize(DEMO, prompt)
    except StraceError as error:
        assert str(error)
        return
    assert len(found) == len(found.token_texts) > 0
    assert all(isinstance(text, str) and text for text in found.token_texts)


@quick
@given(st.one_of(ids, odd), st.one_of(st.integers(-7, 7), odd), st.one_of(st.sampled_from(["l1", "random"]), odd))
def test_any_request_is_traced_or_refused(prompt: object, position: object, score: object) -> None:
    try:
        result = trace_prompt(TINY, prompt, position=position, score=score, sizes=[0, 1.0])
    except StraceError as error:
        assert str(error)
        return
    assert result.curve["tv"].iloc[-1] < 1e-5


@quick
@given(
    ids,
    st.one_of(st.lists(st.sampled_from(["random", "complement"])), st.lists(odd, max_size=3), odd),
    st.one_of(st.none(), st.integers(0, D_VOCAB - 1), odd),
    st.one_of(st.integers(0, 9), odd),
)
def test_any_baselines_target_and_seed(
    prompt: list[int], baselines: list[object], target: object, seed: object
) -> None:
    try:
        result = trace_prompt(TINY, prompt, sizes=[3, 1.0], baselines=baselines, target=target, seed=seed)
    except StraceError as error:
        assert str(error)
        return
    assert set(result.baselines) == set(baselines)


@quick
@given(st.one_of(odd, st.lists(st.one_of(st.integers(-2, 300), st.floats(), st.text(max_size=2)))), st.integers(1, 300))
def test_any_sizes_are_resolved_or_refused(request: object, n_edges: int) -> None:
    try:
        counts = resolve_sizes(request, n_edges)
    except StraceError as error:
        assert str(error)
        return
    assert (np.diff(counts) > 0).all() and counts[0] >= 0 and counts[-1] <= n_edges


@pytest.fixture(scope="module")
def saved() -> dict[str, bytes]:
    result = trace_prompt(TINY, (1, 2, 3), sizes=[0, 9, 1.0], baselines=["random"], target=3)
    return {ending: encode_result(result, ending) for ending in (".json", ".npz")}


def assert_opens_or_is_refused(content: bytes, ending: str) -> None:
    """What opens can be asked anything that a page asks."""
    try:
        result = decode_result(content, f"upload{ending}")
    except FileError as error:
        assert str(error)
        return
    assert sorted(result.trace.order.tolist()) == list(range(result.n_edges))
    assert len(result.curve) == len(result.logits)
    assert result.edges.shape == (result.n_edges, 7)
    assert result.subgraph(result.n_edges).number_of_edges() == result.n_edges
    assert len(result.composition("component")) and len(result.recovery)
    assert all(isinstance(text, str) for text in result.top_tokens(int(result.curve["n_edges"].iloc[0]))["text"])
    assert repr(result) and result._repr_html_().encode() and result.id
    with contextlib.suppress(SettingError):  # without the empty or the full graph
        assert result.density is not None
    assert decode_result(encode_result(result, ending), f"again{ending}").id == result.id


@quick
@given(st.binary(max_size=200), st.sampled_from([".json", ".npz"]))
def test_any_bytes_are_no_result(content: bytes, ending: str) -> None:
    assert_opens_or_is_refused(content, ending)


@quick
@given(st.data())
def test_a_file_with_changed_bytes(saved: dict[str, bytes], data: st.DataObject) -> None:
    ending = data.draw(st.sampled_from([".json", ".npz"]))
    content = bytearray(saved[ending])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    assert_opens_or_is_refused(bytes(content), ending)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.sampled_from(["llama", "gpt2", "mixtral", "gpt_neox", "opt"]), st.data())
def test_a_config_with_a_changed_value_gets_a_verdict(architecture: str, data: st.DataObject) -> None:
    config = CONFIGS[architecture].to_dict()
    key = data.draw(st.sampled_from(sorted(config)))
    config[key] = data.draw(st.one_of(odd.filter(lambda value: not isinstance(value, bytes)), st.just(2**40)))
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of transformers, about values that it mends by itself
        (Path(folder) / "config.json").write_text(json.dumps(config))
        verdict = check_model(folder)
    assert verdict.status in ("supported", "not supported")
    assert verdict.reason and verdict.report()


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a JSON document."""
    if isinstance(value, dict):
        below = value.items()
    elif isinstance(value, list):
        below = enumerate(value[:3])
    else:
        return [path]
    return [path, *(place for key, part in below for place in places(part, (*path, key)))] if path else [
        place for key, part in below for place in places(part, (key,))
    ]  # fmt: skip


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.data())
def test_a_document_with_a_changed_value(saved: dict[str, bytes], data: st.DataObject) -> None:
    document = json.loads(saved[".json"])
    *path, last = data.draw(st.sampled_from(places(document)))
    holder = document
    for key in path:
        holder = holder[key]
    holder[last] = data.draw(
        st.one_of(
            st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False),
            st.text(max_size=5), st.just([]), st.just({}), st.lists(st.integers(0, 5), max_size=3),
        )
    )  # fmt: skip
    assert_opens_or_is_refused(json.dumps(document).encode(), ".json")
