"""From a request to the result on the page, with progress while it is traced and the last result if that fails."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from strace_core import Progress, StraceError, TraceResult

from .. import session
from ..service import cache
from ..service.requests import TraceRequest
from ..wording.text import sentence

PATIENCE_SECONDS = 0.3
"""How long a trace may take before a progress bar appears."""

STAGES = {
    "wait": "Waiting for other visitors' traces",
    "load": "Loading the model",
    "capture": "Running the full model",
    "score": "Scoring edges",
    "grow": "Growing the trace",
}
"""What the progress bar says in each stage before the subgraphs are run."""


@dataclass(frozen=True)
class Shown:
    """What the page shows.

    Attributes:
        result: The trace; None if there is none to show.
        request: The request it answers; None for an opened file.
        problem: Why the visitor's request could not be traced; empty if it could.
    """

    result: TraceResult | None
    request: TraceRequest | None
    problem: str = ""


def answer(request: TraceRequest, place: DeltaGenerator, *, may_load: bool) -> Shown:
    """Return the trace of a request; if it fails, the reason and the last trace that worked."""
    visit = session.visit()
    if visit.opened is not None:
        return Shown(visit.opened.result, None)
    if not may_load:
        return _last_good("")
    result, problem = traced(request, place)
    if result is None:
        return _last_good(problem)
    visit.last_good = request
    return Shown(result, request)


def _last_good(problem: str) -> Shown:
    request = session.visit().last_good
    if request is None:
        return Shown(None, None, problem)
    result, _ = traced(request, st.empty())
    return Shown(result, None if result is None else request, problem)


def traced(request: TraceRequest, place: DeltaGenerator) -> tuple[TraceResult | None, str]:
    """Return the trace of a request, or None and the reason. Progress is shown in ``place`` meanwhile."""
    try:
        return cache.trace(request, _progress_bar(place)), ""
    except StraceError as error:
        return None, sentence(error)
    except (RuntimeError, MemoryError, OSError) as error:
        logging.getLogger(__name__).exception("a trace failed")
        kind = type(error).__name__
        return None, f"The computation failed ({kind}). Try a shorter prompt or another model."
    finally:
        place.empty()


def _progress_bar(place: DeltaGenerator) -> Callable[[Progress], None]:
    """Return a report that shows progress in ``place`` once a trace has taken a while."""
    started = time.monotonic()
    latest = ""

    def report(progress: Progress) -> None:
        nonlocal latest
        if time.monotonic() - started < PATIENCE_SECONDS:
            return
        if progress.stage == "search":
            text = f"Searching for a better order: step {progress.done + 1} of {progress.total}"
        else:
            text = STAGES.get(progress.stage, f"Running subgraph {progress.done} of {progress.total}")
        if text != latest:
            place.progress(progress.done / progress.total if progress.stage not in STAGES else 0.0, text)
            latest = text

    return report
