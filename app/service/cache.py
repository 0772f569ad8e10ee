"""What the process keeps between runs and sessions, all of it bounded. The only module that caches.

A session polls for what it asks, receives progress, and can be cancelled at any poll; see single_flight.py.
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
from ..charts.marks import marks
from ..graph.geometry import View
from ..graph.payload import build_payload, picture_of
from ..graph.readouts import readouts
from ..wording.choices import BEST_FIRST
from . import loading, studies
from .owned_values import OwnedValues
from .pace import Pace
from .requests import FIRST, Cost, TraceRequest
from .single_flight import Report, SingleFlight, Workers, ignore
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

MAX_SMALL = 256
"""Entries of each small store: verdicts, baseline curves, details, findings, paces."""

MAX_DENSITIES = 20_000
"""Token positions whose density is kept."""

MAX_STUDIES = 4
"""Studies, and parts of studies, kept."""

MAX_CHARACTERS_PER_TOKEN = 100
"""A text with more characters than this for each token allowed is refused before it is tokenized."""

VERDICT_SECONDS = 60
"""How long a verdict holds: it depends on the memory that is free."""


@dataclass(frozen=True)
class _Kept:
    """Everything that is kept.

    ``results`` holds captures and traces, bounded by their bytes together. ``derived`` holds what is made from a trace
    for as long as the trace lives. ``shelf`` is the store behind ``models``.
    """

    shelf: "LRUCache[str, LoadedModel]"
    models: SingleFlight
    verdicts: SingleFlight
    results: SingleFlight
    curves: SingleFlight
    densities: SingleFlight
    details: SingleFlight
    derived: SingleFlight
    studies: SingleFlight
    findings: SingleFlight
    pace: Pace


@cached({}, condition=threading.Condition())
def _kept() -> _Kept:
    limits = settings()
    # One model at a time: transformers changes process-wide state while it builds one.
    tracing, looking, building = Workers(limits.workers, "trace"), Workers(2, "look"), Workers(1, "build")
    reading = Workers(2, "study")
    max_bytes = limits.cache_mb * 2**20
    shelf: LRUCache[str, LoadedModel] = LRUCache(limits.max_models)
    return _Kept(
        shelf=shelf,
        models=SingleFlight(shelf, building, cancellable=False),
        verdicts=SingleFlight(TTLCache(MAX_SMALL, VERDICT_SECONDS), building, cancellable=False),
        # A result larger than the whole cache is kept alone.
        results=SingleFlight(LRUCache(max_bytes, getsizeof=lambda kept: min(max_bytes, kept.n_bytes)), tracing),
        curves=SingleFlight(LRUCache(MAX_SMALL), tracing),
        densities=SingleFlight(LRUCache(MAX_DENSITIES), tracing),
        details=SingleFlight(LRUCache(MAX_SMALL), looking),
        derived=SingleFlight(OwnedValues(), looking),
        studies=SingleFlight(LRUCache(MAX_STUDIES), reading),
        findings=SingleFlight(LRUCache(MAX_SMALL), reading),
        pace=Pace(LRUCache(MAX_SMALL)),
    )


def clear() -> None:
    """Forget everything."""
    _kept.cache_clear()


def model(name: str, on_progress: Report = ignore) -> "LoadedModel":
    """Return a loaded model, shared by all sessions. Raises ModelError, also where this server does not open it."""
    place = place_of(settings(), name)
    return _kept().models.get(place.name, partial(_load, place), on_progress)


def is_loaded(name: str) -> bool:
    """Whether a model is in memory, so that nothing has to wait for it to load."""
    try:
        return _kept().models.look_up(place_of(settings(), name).name) is not None
    except StraceError:
        return False


def _load(place: ModelPlace, report: Report) -> "LoadedModel":
    report(Progress("load", 0, 1))
    kept = _kept()
    with kept.models.lock:  # make room first: there may not be memory for one more
        while len(kept.shelf) >= kept.shelf.maxsize:
            kept.shelf.popitem()
    return loading.load(place)


def verdict(name: str, on_progress: Report = ignore) -> "Verdict":
    """Judge a model before it is loaded. Raises ModelError for one that this server does not open."""
    place = place_of(settings(), name)
    return _kept().verdicts.get(place.name, lambda report: loading.check(place), on_progress)


def proof(name: str, on_progress: Report = ignore) -> "SelfCheck":
    """Return the self-check of a model."""
    loaded = model(name, on_progress)
    return _kept().details.get(("proof", loaded.spec), lambda report: strace_core.self_check(loaded), on_progress)


def read(name: str, text: str, on_progress: Report = ignore) -> Prompt:
    """Tokenize a text for a model. Raises PromptError, also for more tokens than this server traces."""
    loaded, max_tokens = model(name, on_progress), settings().max_tokens
    if len(text) > MAX_CHARACTERS_PER_TOKEN * max_tokens:  # would take long to tokenize
        raise PromptError(
            f"the prompt has {len(text):,} characters and this server traces at most {max_tokens:,} tokens; shorten it."
        )
    prompt = strace_core.tokenize(loaded, text)
    if len(prompt) > max_tokens:
        raise PromptError(
            f"the prompt has {len(prompt):,} tokens and this server traces at most {max_tokens:,}; shorten it."
        )
    return prompt


def cost(name: str, n_tokens: int, search: str = BEST_FIRST, effort: float = 1.0) -> Cost:
    """Estimate the cost of tracing a prediction after ``n_tokens``, from how fast the model has been lately."""
    loaded = model(name)
    found = strace_core.trace_cost(loaded.spec, n_tokens, loaded.dtype_name, sizes="dense")
    return Cost(found.n_edges, _kept().pace.seconds(loaded.spec.name, search, effort, found.work))


def capture(name: str, prompt: str, on_progress: Report = ignore) -> "Capture":
    """Run the full model on a whole prompt, for traces at every position. Raises PromptError as :func:`read` does."""
    token_ids = read(name, prompt, on_progress).token_ids
    loaded = model(name, on_progress)
    run = partial(strace_core.capture_prompt, loaded, prompt)
    return _kept().results.get((loaded.spec, token_ids), lambda report: run(on_progress=report), on_progress)


def trace(request: TraceRequest, on_progress: Report = ignore) -> TraceResult:
    """Return the trace of a request at the slider's sizes. Raises what strace_core.trace_prompt raises."""
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
    """Whether the curve of a baseline has been computed."""
    return _kept().curves.look_up((request, name)) is not None


def baseline(request: TraceRequest, result: TraceResult, name: str, on_progress: Report = ignore) -> "pd.DataFrame":
    """Return the curve of a baseline for the trace of a request."""
    loaded = model(request.model, on_progress)
    add = partial(strace_core.with_baselines, loaded, result, [name])
    return _kept().curves.get((request, name), lambda report: add(on_progress=report).baselines[name], on_progress)


def with_baselines(
    request: TraceRequest, result: TraceResult, names: Sequence[str], on_progress: Report = ignore
) -> TraceResult:
    """Return the trace of a request with these baselines, each computed once. It is kept as long as the trace is.

    Baselines that the trace already has, such as the curve a guided search started from, come first.
    """
    missing = [name for name in names if name not in result.baselines]
    if not missing:
        return result
    curves = {**result.baselines, **{name: baseline(request, result, name, on_progress) for name in missing}}
    asked = replace(result.settings, baselines=tuple(curves))
    return _kept().derived.get(
        (result, tuple(names)), lambda report: replace(result, settings=asked, baselines=curves), on_progress
    )


def text_density(name: str, prompt: str, score: str, on_progress: Report = ignore) -> "Iterator[PositionDensity]":
    """Yield the density at each position of a passage, in order. Those that are kept come at once."""
    loaded, captured = model(name, on_progress), capture(name, prompt, on_progress)

    def at(position: int, report: Report) -> "PositionDensity":
        one = strace_core.text_density(loaded, captured, score=score, positions=[position], on_progress=report)
        return next(iter(one))

    for position in range(len(captured.prompt)):
        key = (loaded.spec, captured.prompt.token_ids, score, position)
        yield _kept().densities.get(key, partial(at, position), on_progress)


def kept_densities(name: str, prompt: str, score: str) -> "tuple[list[PositionDensity], bool]":
    """Return the densities kept from the first position of a passage on, and whether they cover all of it."""
    spec, token_ids = model(name).spec, read(name, prompt).token_ids
    found = (_kept().densities.look_up((spec, token_ids, score, position)) for position in range(len(token_ids)))
    rows = list(takewhile(lambda row: row is not None, found))
    return rows, len(rows) == len(token_ids)


def predictions(name: str, prompt: str, on_progress: Report = ignore) -> "pd.DataFrame":
    """Return what the full model predicts at every position of a prompt; see strace_core.token_predictions."""
    captured, loaded = capture(name, prompt, on_progress), model(name, on_progress)
    key = ("predictions", loaded.spec, captured.prompt.token_ids)
    return _kept().details.get(key, lambda report: strace_core.token_predictions(loaded, captured), on_progress)


def head_detail(request: TraceRequest, layer: int, head: int, target: int) -> "HeadDetail":
    """Inspect a head at one token of a trace; see strace_core.inspect_head."""
    return _detail(request, "inspect_head", layer, head, target)


def mlp_detail(request: TraceRequest, layer: int, token: int) -> "MlpDetail":
    """Inspect an MLP at one token of a trace; see strace_core.inspect_mlp."""
    return _detail(request, "inspect_mlp", layer, token)


def state_detail(request: TraceRequest, layer: int, stage: str, token: int, n_edges: int) -> "StateDetail":
    """Inspect a state of a trace, in the model and in a subgraph; see strace_core.inspect_state."""
    return _detail(request, "inspect_state", layer, stage, token, n_edges)


def _detail(request: TraceRequest, inspector: str, *place: int | str) -> Any:
    result, captured, loaded = trace(request), capture(request.model, request.prompt), model(request.model)
    inspect = partial(getattr(strace_core, inspector), loaded, captured, result, *place)
    return _kept().details.get((request, inspector, *place), lambda report: inspect(), ignore)


def graph_payload(result: TraceResult, view: View | None = None, on_progress: Report = ignore) -> dict[str, Any]:
    """Return the graph component's message about a result in one view. Do not modify it."""

    def compute(report: Report) -> dict[str, Any]:
        return build_payload(picture_of(result, view), readouts(result), marks=marks(result))

    return _kept().derived.get((result, view or ""), compute, on_progress)


def study(request: StudyRequest) -> "Study":
    """Return a part of a study. Raises FileError for a study that cannot be read."""
    kept, whole = _kept().studies, replace(request, part=studies.WHOLE)
    found: Study = kept.get(whole, lambda report: studies.load(request.place), ignore)
    return kept.get(request, lambda report: studies.restricted(found, request.part), ignore)


def finding(request: StudyRequest, analysis: str, **options: Any) -> "pd.DataFrame":
    """Return the table of a strace_core.study analysis, over a part of a study. Do not modify it."""
    of = study(request)
    key = (request, analysis, *sorted(options.items()))
    return _kept().findings.get(key, lambda report: studies.analyse(of, analysis, options), ignore)
