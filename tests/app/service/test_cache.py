"""What sessions share: computed once and correctly, bounded, and gone without a trace when cancelled."""

import gc
import json
import shutil
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from strace_core import (
    BASELINES,
    ModelError,
    Progress,
    PromptError,
    TraceResult,
    bundled_models,
    inspect_head,
    inspect_mlp,
    inspect_state,
    load_model,
    load_result,
    text_density,
    token_predictions,
    trace_prompt,
    with_baselines,
)
from strace_explorer.access.settings import Settings
from strace_explorer.service import cache
from strace_explorer.service.pace import relative_duration
from strace_explorer.service.requests import FIRST, TraceRequest
from tests.app.traces import made_up_trace

REPOSITORY = Path(__file__).resolve().parents[3]
REQUEST = TraceRequest("demo-llama", "Once upon a time there was")
Limit = Callable[..., None]


class LeavingError(BaseException):
    """Ends a run as Streamlit does: no handler of errors stops it."""


@pytest.fixture(scope="module", autouse=True)
def empty() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Limit]:
    """Start with an empty cache under other settings."""

    def set_to(**settings: Any) -> None:
        monkeypatch.setattr(cache, "settings", lambda: Settings(**settings))
        cache.clear()

    yield set_to
    cache.clear()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a copy of a model."""
    shutil.copytree(REPOSITORY / "assets" / "models" / "demo-gpt2", tmp_path / "own" / "copy")
    return (tmp_path / "own").resolve()


def direct(request: TraceRequest, **options: Any) -> TraceResult:
    """The same trace, without the cache."""
    model = load_model(request.model)
    return trace_prompt(model, request.prompt, position=request.position, score=request.score, sizes="dense", **options)


def assert_same(found: TraceResult, expected: TraceResult) -> None:
    assert found.id == expected.id
    np.testing.assert_array_equal(found.trace.order, expected.trace.order)
    pd.testing.assert_frame_equal(found.curve, expected.curve, rtol=1e-4, atol=1e-5)


def leave_at(stage: str) -> Callable[[Progress], None]:
    def report(progress: Progress) -> None:
        if progress.stage == stage:
            raise LeavingError

    return report


def test_a_request_is_computed_once_and_is_the_trace() -> None:
    reports: list[Progress] = []
    first = cache.trace(REQUEST, reports.append)
    assert_same(first, direct(REQUEST))
    reports.clear()
    assert cache.trace(TraceRequest(*vars(REQUEST).values()), reports.append) is first
    assert not reports
    assert cache.trace(TraceRequest(REQUEST.model, REQUEST.prompt, score="l2")).settings.score == "l2"


def test_one_capture_serves_every_position() -> None:
    captured = cache.capture(REQUEST.model, REQUEST.prompt)
    for position in range(len(captured.prompt)):
        request = TraceRequest(REQUEST.model, REQUEST.prompt, position)
        assert_same(cache.trace(request), direct(request))
    assert cache.capture(REQUEST.model, REQUEST.prompt) is captured
    assert cache.trace(TraceRequest(REQUEST.model, REQUEST.prompt, position)) is cache.trace(REQUEST)


def test_ten_sessions_at_once_get_the_right_answers() -> None:
    names = "Anna Ben Clara David Emma".split()
    requests = [TraceRequest(model, f"{name} went to the shop and") for model in bundled_models() for name in names]
    found: dict[TraceRequest, TraceResult] = {}
    barrier = threading.Barrier(len(requests))

    def session(request: TraceRequest) -> None:
        barrier.wait()
        found[request] = cache.trace(request)

    threads = [threading.Thread(target=session, args=(request,)) for request in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 10
    for request, result in found.items():
        assert_same(result, direct(request))


def test_what_a_visitor_gets_wrong_is_said_and_not_kept(limit: Limit) -> None:
    for _ in range(2):
        with pytest.raises(PromptError, match="is empty"):
            cache.trace(TraceRequest("demo-llama", " "))
        with pytest.raises(ModelError, match="does not open"):
            cache.trace(TraceRequest("owner/name", "a"))
    limit(max_tokens=5)
    assert len(cache.trace(TraceRequest("demo-llama", "The dogs near the")).prompt) == 5
    for ask in (cache.read, cache.capture):
        with pytest.raises(PromptError, match="has 6 tokens and this server traces at most 5; shorten it"):
            ask("demo-llama", "The dogs near the park")
        with pytest.raises(PromptError, match="has 501 characters and this server traces at most 5 tokens"):
            ask("demo-llama", " " * 501)


def test_what_is_kept_is_bounded_by_bytes(limit: Limit) -> None:
    limit(cache_mb=2)
    results: list[weakref.ref[TraceResult]] = []
    for name in ("Anna", "Ben", "Clara", "David"):
        results.append(weakref.ref(cache.trace(TraceRequest("demo-llama", f"When {name} went to the shop, she"))))
    largest = max(result.n_bytes for result in filter(None, (each() for each in results)))
    assert largest < 2 * 2**20 < 4 * largest, "the test wants several results to fit, but not all"
    gc.collect()
    held = [each() is not None for each in results]
    assert not held[0] and held[-1]
    last = TraceRequest("demo-llama", "When David went to the shop, she")
    assert cache.trace(last) is results[-1]()


def test_what_is_larger_than_all_that_may_be_kept_is_kept_alone(limit: Limit) -> None:
    limit(cache_mb=1)
    small = weakref.ref(cache.trace(REQUEST))
    large = TraceRequest("demo-llama", "word " * 60)
    found = cache.trace(large)
    assert found.n_bytes > 2**20
    assert cache.trace(large) is found
    gc.collect()
    assert small() is None


def test_a_stopped_trace_leaves_nothing_and_blocks_nobody() -> None:
    request = TraceRequest("demo-gpt2", "word " * 120)  # long enough to be left on the way
    with pytest.raises(LeavingError):
        cache.trace(request, leave_at("subgraphs"))
    assert_same(cache.trace(request), direct(request))


def test_a_model_is_loaded_once_and_room_is_made_before_the_next(limit: Limit) -> None:
    limit(max_models=1)
    first = cache.model("demo-llama")
    assert cache.model("demo-llama") is first and cache.is_loaded("demo-llama")
    weights = weakref.ref(first.module)
    del first
    cache.model("demo-gpt2")
    assert (cache.is_loaded("demo-llama"), cache.is_loaded("demo-gpt2")) == (False, True)
    gc.collect()
    assert weights() is None
    assert not cache.is_loaded("nothing of the kind")


def test_loading_a_model_reports_progress(limit: Limit) -> None:
    limit()
    reports: list[Progress] = []
    loaded = cache.model("demo-gpt2", reports.append)
    assert cache.is_loaded("demo-gpt2") and cache.model("demo-gpt2") is loaded
    assert {progress.stage for progress in reports} <= {"wait", "load"}


def test_a_model_of_the_operators_goes_by_its_short_name(limit: Limit, root: Path) -> None:
    limit(model_roots=(root,))
    result = cache.trace(TraceRequest("copy", REQUEST.prompt))
    assert result.spec.name == "copy"
    assert cache.verdict("copy").report().startswith("copy: supported")
    expected = direct(TraceRequest("demo-gpt2", REQUEST.prompt))
    np.testing.assert_array_equal(result.trace.order, expected.trace.order)


def test_a_broken_model_is_explained_without_its_path_and_not_kept(limit: Limit, root: Path) -> None:
    limit(model_roots=(root,))
    weights = (root / "copy" / "model.safetensors").read_bytes()
    (root / "copy" / "model.safetensors").write_bytes(b"broken")
    for _ in range(2):
        with pytest.raises(ModelError, match="the weights of 'copy' cannot be loaded") as refused:
            cache.model("copy")
        assert str(root) not in str(refused.value)
    (root / "copy" / "model.safetensors").write_bytes(weights)
    assert cache.model("copy").spec.name == "copy"
    config = json.loads((root / "copy" / "config.json").read_text())
    (root / "copy" / "config.json").write_text(json.dumps(config | {"model_type": "no such thing"}))
    limit(model_roots=(root,))
    verdict = cache.verdict("copy")
    assert not verdict.is_supported and str(root) not in verdict.report()


def test_a_model_that_does_not_fit_is_not_loaded(limit: Limit, monkeypatch: pytest.MonkeyPatch) -> None:
    limit()
    monkeypatch.setattr("strace_core.compatibility.available_bytes", lambda device: 1000)
    with pytest.raises(ModelError, match="does not fit in the free memory"):
        cache.model("demo-llama")


def test_a_verdict_and_a_proof() -> None:
    verdict = cache.verdict("demo-llama")
    assert verdict.is_supported and cache.verdict("demo-llama") is verdict
    assert cache.proof("demo-llama").ok and cache.proof("demo-llama") is cache.proof("demo-llama")
    with pytest.raises(ModelError):
        cache.verdict("owner/name")


def test_baselines_are_those_of_a_whole_trace_and_run_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    request = TraceRequest("demo-llama", "The baselines of this are")
    runs: list[str] = []

    def counted(model: Any, result: TraceResult, names: list[str], **options: Any) -> TraceResult:
        runs.extend(names)
        return with_baselines(model, result, names, **options)

    monkeypatch.setattr("strace_core.with_baselines", counted)
    names = tuple(BASELINES)
    assert not any(cache.has_baseline(request, name) for name in names)
    plain = cache.trace(request)
    found = cache.with_baselines(request, plain, names)
    expected = direct(request, baselines=names)
    assert_same(found, expected)
    assert [*found.baselines] == [*expected.baselines]
    for name in names:
        pd.testing.assert_frame_equal(found.baselines[name], expected.baselines[name], rtol=1e-4, atol=1e-5)
    assert all(cache.has_baseline(request, name) for name in names)
    assert cache.with_baselines(request, plain, names) is found
    assert cache.with_baselines(request, plain, names[:1]).settings.baselines == names[:1]
    assert cache.with_baselines(request, plain, ()) is plain is cache.trace(request)
    assert sorted(runs) == sorted(names)


def test_a_guided_trace_keeps_the_papers_curve_beside_its_baselines() -> None:
    request = TraceRequest("demo-llama", "3 + 4 =", search="guided", effort=0.5)
    plain, expected = cache.trace(request), direct(request, search="guided", effort=0.5)
    assert_same(plain, expected)
    found = cache.with_baselines(request, plain, ["random"])
    assert [*found.baselines] == ["best-first", "random"] == [*found.settings.baselines]
    assert found.baselines["best-first"] is plain.baselines["best-first"]
    assert cache.with_baselines(request, plain, ["best-first"]) is plain
    assert cache.trace(TraceRequest("demo-llama", "3 + 4 =")).settings.search == "best-first"


def test_a_passage_goes_on_where_it_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    passage = "The dogs near the park"
    positions: list[int] = []

    def counted(model: Any, capture: Any, **options: Any) -> Any:
        positions.extend(options["positions"])
        return text_density(model, capture, **options)

    monkeypatch.setattr("strace_core.text_density", counted)
    ask = ("demo-llama", passage, "l1")
    assert cache.kept_densities(*ask) == ([], False)
    rows = cache.text_density(*ask)
    begun = [next(rows), next(rows)]
    rows.close()
    assert cache.kept_densities(*ask) == (begun, False)
    finished = list(cache.text_density(*ask))
    assert finished[:2] == begun
    assert positions == [0, 1, 2, 3, 4, 5]
    assert cache.kept_densities(*ask) == (finished, True)
    model = load_model("demo-llama")
    assert finished == list(text_density(model, cache.capture("demo-llama", passage), score="l1"))


def test_the_cost_is_that_of_the_trace_and_learns_from_traces(limit: Limit) -> None:
    limit()
    before = cache.cost("demo-llama", 6)
    assert before.seconds > 0
    result = cache.trace(TraceRequest("demo-llama", "The dogs near the park"))
    assert before.n_edges == result.n_edges
    after = cache.cost("demo-llama", 6)
    assert after.seconds != before.seconds
    assert cache.cost("demo-llama", 50).seconds > after.seconds
    assert cache.cost("demo-llama", 50).n_edges > after.n_edges


def test_the_cost_of_a_search_is_learned_apart(limit: Limit) -> None:
    limit()
    usual, guided = cache.cost("demo-llama", 6), cache.cost("demo-llama", 6, "guided")
    assert guided.seconds == pytest.approx(relative_duration("guided", 1) * usual.seconds)
    longer = cache.cost("demo-llama", 6, "guided", 4)
    assert longer.seconds / guided.seconds == pytest.approx(
        relative_duration("guided", 4) / relative_duration("guided", 1)
    )
    assert relative_duration("guided", 4) > relative_duration("guided", 1) > relative_duration("best-first", 4) == 1
    cache.trace(TraceRequest("demo-llama", "The dogs near the park", search="guided"))
    assert cache.cost("demo-llama", 6) == usual
    seen = cache.cost("demo-llama", 6, "guided")
    assert seen.seconds != guided.seconds
    cache.trace(TraceRequest("demo-llama", "The dogs near the park"))
    assert cache.cost("demo-llama", 6) != usual and cache.cost("demo-llama", 6, "guided") == seen


def test_details_are_those_of_the_trace_and_kept() -> None:
    result, captured = cache.trace(REQUEST), cache.capture(REQUEST.model, REQUEST.prompt)
    model, n_edges = cache.model(REQUEST.model), int(result.curve["n_edges"].iloc[-2])
    head = cache.head_detail(REQUEST, 1, 2, 3)
    pd.testing.assert_frame_equal(head.sources, inspect_head(model, captured, result, 1, 2, 3).sources)
    assert cache.head_detail(REQUEST, 1, 2, 3) is head
    mlp = inspect_mlp(model, captured, result, 1, 3)
    pd.testing.assert_frame_equal(cache.mlp_detail(REQUEST, 1, 3).promoted, mlp.promoted)
    state = inspect_state(model, captured, result, 2, "mid", 3, n_edges)
    pd.testing.assert_frame_equal(cache.state_detail(REQUEST, 2, "mid", 3, n_edges).subgraph, state.subgraph)
    predicted = cache.predictions(REQUEST.model, REQUEST.prompt)
    pd.testing.assert_frame_equal(predicted, token_predictions(model, captured))


def test_the_graphs_message_is_made_once_for_each_view_and_forgotten_with_the_result() -> None:
    result = made_up_trace(2, 3, [" a", " b"])
    payload = cache.graph_payload(result)
    assert payload["id"].startswith(result.id) and payload["n_edges"] == result.n_edges
    assert cache.graph_payload(result) is payload
    assert cache.graph_payload(result, "components")["view"] == "components"
    held = weakref.ref(result)
    del result
    gc.collect()
    assert held() is None


def test_a_file_that_claims_to_be_another_result_is_not_taken_for_it() -> None:
    result, other = (made_up_trace(2, 3, [" a", " b"], seed=seed) for seed in (0, 1))
    object.__setattr__(other, "id", result.id)
    assert cache.graph_payload(other) != cache.graph_payload(result)


def test_the_first_picture_is_there_before_the_model() -> None:
    code = (
        "import sys\n"
        "from strace_explorer.service import cache\n"
        "from strace_explorer.service.requests import FIRST\n"
        "result = cache.trace(FIRST.request)\n"
        "cache.graph_payload(result)\n"
        "heavy = {'torch', 'transformers', 'numba'} & sys.modules.keys()\n"
        "assert not heavy, heavy\n"
        "sys.stdout.write(result.id)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == direct(FIRST.request).id


def test_the_first_picture_is_what_a_trace_would_be() -> None:
    assert_same(load_result(FIRST.path), direct(FIRST.request))
