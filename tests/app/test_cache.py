import threading
from collections.abc import Iterator

import pytest

from app import cache
from app.cache import TraceRequest
from strace_core import Progress, PromptError, TraceResult

REQUEST = TraceRequest("demo-llama", "The capital of France is", "l1")


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    cache.trace.cache_clear()
    yield
    cache.trace.cache_clear()


def unheard(progress: Progress) -> None:
    """Nobody listens."""


def test_a_request_is_computed_once() -> None:
    reports: list[Progress] = []
    first = cache.trace(REQUEST, reports.append)
    assert reports
    reports.clear()
    assert cache.trace(TraceRequest(*vars(REQUEST).values()), reports.append) is first
    assert not reports
    assert cache.trace(TraceRequest("demo-llama", REQUEST.prompt, "l2"), unheard) is not first


def test_sessions_that_ask_at_the_same_time_share_one_computation() -> None:
    reports: list[Progress] = []
    results: list[TraceResult] = []
    threads = [threading.Thread(target=lambda: results.append(cache.trace(REQUEST, reports.append))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4 and len(set(map(id, results))) == 1
    assert [progress.stage for progress in reports].count("grow") == 1


def test_a_failure_is_not_kept_and_blocks_nobody() -> None:
    for _ in range(2):
        with pytest.raises(PromptError):
            cache.trace(TraceRequest("demo-llama", " ", "l1"), unheard)


def test_what_is_kept_is_bounded_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    first = cache.trace(REQUEST, unheard)
    assert cache.trace.cache.currsize == first.n_bytes
    assert cache.trace.cache.maxsize == cache.MAX_TRACE_BYTES


def test_the_graphs_message_is_made_once_and_is_this_results() -> None:
    result = cache.trace(REQUEST, unheard)
    payload = cache.graph_payload(result)
    assert payload["id"].startswith(result.id)
    assert payload["n_edges"] == result.n_edges
    assert cache.graph_payload(result) == payload
