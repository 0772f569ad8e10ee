"""What the process keeps between runs and sessions, all of it bounded. The only file that caches.

A session waits in naps for what it asks, hears of progress, and may leave at any nap: see app/service/single_flight.py.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from cachetools import LRUCache, TTLCache, cached

import strace_core
from strace_core import Progress, Prompt, PromptError, StraceError, TraceResult, load_result

from ..access.settings import ModelPlace, place_of, settings
from ..graph.geometry import View
from ..graph.payload import build_network, build_payload
from ..graph.readouts import marks, readouts
from . import loading, studies
from .pace import Pace
from .requests import FIRST as FIRST
from .requests import Cost as Cost
from .requests import TraceRequest as TraceRequest
from .single_flight import BesideOwners, Report, SingleFlight, Workers, unheard
from .studies import StudyRequest

if TYPE_CHECKING:
    import pandas as pd

    from strace_core import (
        Capture,
        HeadDetail,
        LoadedModel,
        MlpDetail,
        PositionDensity,
        SelfCheck,
        StateDetail,
        Verdict,
    )
    from strace_core.study import Study

MOST_SMALL = 256
"""Verdicts, curves of baselines, and details of a result that are kept, each."""

MOST_DENSITIES = 20_000
"""Token positions whose density is kept."""

MOST_STUDIES = 4
"""Studies and parts of studies that are kept."""

MOST_CHARACTERS = 100
"""A text with more of them for each token that may be traced is refused unread."""

VERDICT_SECONDS = 60
"""How long a verdict holds: it speaks of the memory that is free."""


@dataclass(frozen=True)
class _Kept:
    """All that is kept. ``results`` are captures and traces, by bytes together; what is made of a trace is kept
    ``beside`` it; ``models`` stand on ``shelf``."""

    shelf: "LRUCache[str, LoadedModel]"
    models: SingleFlight
    verdicts: SingleFlight
    results: SingleFlight
    curves: SingleFlight
    densities: SingleFlight
    details: SingleFlight
    beside: SingleFlight
    studies: SingleFlight
    findings: SingleFlight
    pace: Pace


@cached({}, condition=threading.Condition())
def _kept() -> _Kept:
    limits = settings()
    # transformers changes state of the whole process while it builds a model: one at a time.
    tracing, looking, building = Workers(limits.workers, "trace"), Workers(2, "look"), Workers(1, "build")
    reading = Workers(2, "study")
    most = limits.cache_mb * 2**20
    shelf: LRUCache[str, LoadedModel] = LRUCache(limits.max_models)
    return _Kept(
        shelf=shelf,
        models=SingleFlight(shelf, building, stoppable=False),
        verdicts=SingleFlight(TTLCache(MOST_SMALL, VERDICT_SECONDS), building, stoppable=False),
        # One that is larger than all that may be kept is kept alone.
        results=SingleFlight(LRUCache(most, getsizeof=lambda kept: min(most, kept.n_bytes)), tracing),
        curves=SingleFlight(LRUCache(MOST_SMALL), tracing),
        densities=SingleFlight(LRUCache(MOST_DENSITIES), tracing),
        details=SingleFlight(LRUCache(MOST_SMALL), looking),
        beside=SingleFlight(BesideOwners(), looking),
        studies=SingleFlight(LRUCache(MOST_STUDIES), reading),
        findings=SingleFlight(LRUCache(MOST_SMALL), reading),
        pace=Pace(LRUCache(MOST_SMALL)),
    )


def clear() -> None:
    """Forget everything."""
    _kept.cache_clear()


def model(name: str, on_progress: Report = unheard) -> "LoadedModel":
    """A loaded model, shared by all sessions. Raises ModelError, also for one that this server does not open."""
    place = place_of(settings(), name)
    return _kept().models.get(place.name, partial(_load, place), on_progress)


def warm(name: str) -> None:
    """Have a model loaded in the background. What is wrong with it hears who asks for it."""
    place = place_of(settings(), name)
    _kept().models.start(place.name, partial(_load, place))


def is_loaded(name: str) -> bool:
    """Whether a model is in memory, so that nothing about it waits for its loading."""
    try:
        return _kept().models.look_up(place_of(settings(), name).name) is not None
    except StraceError:
        return False


def _load(place: ModelPlace, report: Report) -> "LoadedModel":
    report(Progress("load", 0, 1))
    kept = _kept()
    with kept.models.lock:  # room first: memory might not do for one more
        while len(kept.shelf) >= kept.shelf.maxsize:
            kept.shelf.popitem()
    return loading.load(place)


def verdict(name: str, on_progress: Report = unheard) -> "Verdict":
    """What can be said of a model before it is loaded. Raises ModelError for one that this server does not open."""
    place = place_of(settings(), name)
    return _kept().verdicts.get(place.name, lambda report: loading.check(place), on_progress)


def proof(name: str, on_progress: Report = unheard) -> "SelfCheck":
    """The self-check of a model."""
    loaded = model(name, on_progress)
    return _kept().details.get(("proof", loaded.spec), lambda report: strace_core.self_check(loaded), on_progress)


def read(name: str, text: str, on_progress: Report = unheard) -> Prompt:
    """The text as a model reads it. Raises PromptError, also for more tokens than this server traces."""
    loaded, most = model(name, on_progress), settings().max_tokens
    if len(text) > MOST_CHARACTERS * most:  # reading that would take long
        raise PromptError(
            f"the prompt has {len(text):,} characters and this server traces at most {most:,} tokens; shorten it."
        )
    prompt = strace_core.tokenize(loaded, text)
    if len(prompt) > most:
        raise PromptError(f"the prompt has {len(prompt):,} tokens and this server traces at most {most:,}; shorten it.")
    return prompt


def cost(name: str, n_tokens: int, search: str = "best-first", effort: float = 1.0) -> Cost:
    """What the trace of a prediction after ``n_tokens`` takes; the seconds by how fast the model was of late."""
    loaded = model(name)
    found = strace_core.trace_cost(loaded.spec, n_tokens, loaded.dtype_name, sizes="dense")
    return Cost(found.n_edges, found.n_bytes, _kept().pace.seconds(loaded.spec.name, search, effort, found.work))


def capture(name: str, prompt: str, on_progress: Report = unheard) -> "Capture":
    """The full model on a whole prompt, which serves every position. Raises PromptError as :func:`read` does."""
    token_ids = read(name, prompt, on_progress).token_ids
    loaded = model(name, on_progress)
    run = partial(strace_core.capture_prompt, loaded, prompt)
    return _kept().results.get((loaded.spec, token_ids), lambda report: run(on_progress=report), on_progress)


def trace(request: TraceRequest, on_progress: Report = unheard) -> TraceResult:
    """The trace of a request at the slider's sizes. Raises what strace_core's trace_prompt raises."""
    results = _kept().results
    found: TraceResult | None = results.look_up(request)
    if found is not None:
        return found
    if request == FIRST.request and FIRST.path.is_file():
        return results.get(request, lambda report: load_result(FIRST.path), on_progress)
    captured, loaded = capture(request.model, request.prompt, on_progress), model(request.model, on_progress)
    if request.position == len(captured.prompt) - 1:
        request = replace(request, position=-1)
    return results.get(request, partial(_trace, loaded, captured, request), on_progress)


def _trace(loaded: "LoadedModel", captured: "Capture", request: TraceRequest, report: Report) -> TraceResult:
    started = time.monotonic()
    result = strace_core.trace_prompt(
        loaded, captured, position=request.position, score=request.score, search=request.search,
        effort=request.effort, sizes="dense", on_progress=report,
    )  # fmt: skip
    work = strace_core.trace_cost(loaded.spec, len(result.prompt), loaded.dtype_name, sizes="dense").work
    _kept().pace.learn(loaded.spec.name, request.search, request.effort, work, time.monotonic() - started)
    return result


def has_baseline(request: TraceRequest, name: str) -> bool:
    """Whether the curve of a baseline is there at once."""
    return _kept().curves.look_up((request, name)) is not None


def baseline(request: TraceRequest, result: TraceResult, name: str, on_progress: Report = unheard) -> "pd.DataFrame":
    """The curve of a baseline beside the trace of a request."""
    loaded = model(request.model, on_progress)
    add = partial(strace_core.with_baselines, loaded, result, [name])
    return _kept().curves.get((request, name), lambda report: add(on_progress=report).baselines[name], on_progress)


def with_baselines(
    request: TraceRequest, result: TraceResult, names: Sequence[str], on_progress: Report = unheard
) -> TraceResult:
    """The trace of a request with these baselines, of which each is run once. It lasts as long as the trace itself.

    Those that it has already, such as the curve that a guided search began with, come first.
    """
    missing = [name for name in names if name not in result.baselines]
    if not missing:
        return result
    curves = {**result.baselines, **{name: baseline(request, result, name, on_progress) for name in missing}}
    asked = replace(result.settings, baselines=tuple(curves))
    return _kept().beside.get(
        (result, tuple(names)), lambda report: replace(result, settings=asked, baselines=curves), on_progress
    )


def text_density(name: str, prompt: str, score: str, on_progress: Report = unheard) -> "Iterator[PositionDensity]":
    """The density at each position of a passage, in order. Those that are kept come at once."""
    loaded, captured = model(name, on_progress), capture(name, prompt, on_progress)

    def at(position: int, report: Report) -> "PositionDensity":
        one = strace_core.text_density(loaded, captured, score=score, positions=[position], on_progress=report)
        return next(iter(one))

    for position in range(len(captured.prompt)):
        key = (loaded.spec, captured.prompt.token_ids, score, position)
        yield _kept().densities.get(key, partial(at, position), on_progress)


def kept_densities(name: str, prompt: str, score: str) -> "tuple[list[PositionDensity], bool]":
    """The densities at the first positions of a passage, as far as they are kept, and whether they are all."""
    spec, token_ids = model(name).spec, read(name, prompt).token_ids
    found = (_kept().densities.look_up((spec, token_ids, score, position)) for position in range(len(token_ids)))
    rows = list(takewhile(lambda row: row is not None, found))
    return rows, len(rows) == len(token_ids)


def predictions(name: str, prompt: str, on_progress: Report = unheard) -> "pd.DataFrame":
    """What the full model predicts at every position of a prompt; see strace_core's token_predictions."""
    captured, loaded = capture(name, prompt, on_progress), model(name, on_progress)
    key = ("predictions", loaded.spec, captured.prompt.token_ids)
    return _kept().details.get(key, lambda report: strace_core.token_predictions(loaded, captured), on_progress)


def head_detail(request: TraceRequest, layer: int, head: int, target: int) -> "HeadDetail":
    """What a head does at one token of a trace; see strace_core's inspect_head."""
    return _detail(request, "inspect_head", layer, head, target)


def mlp_detail(request: TraceRequest, layer: int, token: int) -> "MlpDetail":
    """What an MLP does at one token of a trace; see strace_core's inspect_mlp."""
    return _detail(request, "inspect_mlp", layer, token)


def state_detail(request: TraceRequest, layer: int, stage: str, token: int, n_edges: int) -> "StateDetail":
    """What a state of a trace says, in the model and in a subgraph; see strace_core's inspect_state."""
    return _detail(request, "inspect_state", layer, stage, token, n_edges)


def _detail(request: TraceRequest, inspector: str, *place: int | str) -> Any:
    result, captured, loaded = trace(request), capture(request.model, request.prompt), model(request.model)
    inspect = partial(getattr(strace_core, inspector), loaded, captured, result, *place)
    return _kept().details.get((request, inspector, *place), lambda report: inspect(), unheard)


def graph_payload(result: TraceResult, view: View | None = None, on_progress: Report = unheard) -> dict[str, Any]:
    """The graph component's message about a result in one view; not to be changed."""

    def compute(report: Report) -> dict[str, Any]:
        return build_payload(result, build_network(result, view), readouts(result), view=view, marks=marks(result))

    return _kept().beside.get((result, view or ""), compute, on_progress)


def study(request: StudyRequest) -> "Study":
    """A part of a study. Raises FileError for one that cannot be read."""
    kept, whole = _kept().studies, replace(request, part=studies.WHOLE)
    found: Study = kept.get(whole, lambda report: studies.load(request.place), unheard)
    return kept.get(request, lambda report: studies.restricted(found, request.part), unheard)


def finding(request: StudyRequest, analysis: str, **options: Any) -> "pd.DataFrame":
    """A table of strace_core's analyses, over a part of a study; not to be changed."""
    of = study(request)
    key = (request, analysis, *sorted(options.items()))
    return _kept().findings.get(key, lambda report: studies.analyse(of, analysis, options), unheard)
