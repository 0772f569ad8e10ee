"""What the process keeps between runs and sessions: models and traces, both bounded. The only file that caches."""

import gc
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st
from cachetools import LRUCache, cached

from app.views.graph import build_network, build_payload
from app.views.readouts import marks, readouts
from strace_core import LoadedModel, Progress, TraceResult, load_model, trace_prompt

MAX_MODELS = 2
"""Loaded models kept."""

MAX_TRACE_BYTES = 512 * 2**20
"""Memory that kept traces may hold, all sessions together; the least recently used go first."""


@dataclass(frozen=True)
class TraceRequest:
    """All that a trace depends on."""

    model: str
    prompt: str
    score: str


@st.cache_resource(max_entries=MAX_MODELS, show_spinner=False)
def model(name: str) -> LoadedModel:
    """A loaded model, shared by all sessions. Raises ModelError."""
    loaded = load_model(name)
    _set_long_lived_objects_aside()
    return loaded


def _set_long_lived_objects_aside() -> None:
    """Spare the garbage collector what is there to stay.

    Streamlit collects after every run. Over all that torch and transformers hold that takes a quarter of a second, in
    which the run's last messages wait.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _key(request: TraceRequest, on_progress: Callable[[Progress], None]) -> TraceRequest:
    return request


@cached(
    LRUCache(MAX_TRACE_BYTES, getsizeof=lambda result: result.n_bytes), key=_key, condition=threading.Condition()
)
def trace(request: TraceRequest, on_progress: Callable[[Progress], None]) -> TraceResult:
    """The one backend computation of a request; sessions that ask for it at the same time wait for the first."""
    return trace_prompt(
        model(request.model), request.prompt, score=request.score, sizes="dense", on_progress=on_progress
    )


def graph_payload(result: TraceResult) -> dict[str, Any]:
    """The graph component's message about a result, made once."""
    return _graph_payload(result.id, result)


@st.cache_data(max_entries=8, show_spinner=False)
def _graph_payload(result_id: str, _result: TraceResult) -> dict[str, Any]:
    return build_payload(_result, build_network(_result), readouts(_result), marks=marks(_result))
