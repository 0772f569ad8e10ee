"""The prompt: tokenized while it is typed, and traced at any of its tokens."""

import streamlit as st

from strace_core import Prompt, StraceError, TraceResult

from .. import session
from ..components.prompt_bar import Reading, prompt_bar
from ..service import cache
from ..service.requests import TraceRequest
from ..wording.presets import preset_of
from ..wording.reading import answer_line, cost_line
from ..wording.text import plain_markdown, sentence
from ..wording.tokens import token_label
from .answer import Shown

KEY = "prompt-bar"


@st.fragment
def prompt_panel(request: TraceRequest, shown: Shown, *, large: bool) -> None:
    """Draw the prompt bar. While a visitor types, only this reruns, to tokenize the draft and estimate its cost."""
    result, opened = shown.result, session.visit().opened
    text = request.prompt if opened is None else "".join(opened.result.prompt.token_texts)

    def read(draft: str) -> Reading:
        if draft != text:
            return read_draft(request, draft)
        if result is None or shown.problem:
            return Reading(problem=shown.problem)
        note = cost_line(len(result.prompt), result.n_edges, seconds=None)
        return _reading(_whole_prompt(shown.request, result), len(result.prompt) - 1, note, answer_line(result))

    prompt_bar(text, read, key=KEY, revision=session.visit().prompt_revision, large=large)
    preset = preset_of(text)
    if opened is not None:
        st.caption(f"Opened from {plain_markdown(opened.name)}, traced with {plain_markdown(opened.result.spec.name)}.")
    elif preset is not None and not shown.problem:
        st.caption(f"What to look for: {preset.look_for}")


def read_draft(request: TraceRequest, draft: str) -> Reading:
    """Tokenize a text, and estimate what tracing it with a request's settings would take."""
    model = request.model
    if not cache.is_loaded(model):
        return Reading(note="loading the model")
    try:
        prompt = cache.read(model, draft)
        cost = cache.cost(model, len(prompt), request.search, request.effort)
    except StraceError as error:
        return Reading(problem=sentence(error))
    return _reading(prompt, len(prompt) - 1, cost_line(len(prompt), cost.n_edges, seconds=cost.seconds), "")


def _whole_prompt(request: TraceRequest | None, result: TraceResult) -> Prompt:
    """Return the tokens of the whole prompt or, where no model is loaded to read it, up to the traced position."""
    if request is None or not cache.is_loaded(request.model):
        return result.prompt
    return cache.read(request.model, request.prompt)


def _reading(prompt: Prompt, position: int, note: str, answer: str) -> Reading:
    return Reading([token_label(text) for text in prompt.token_texts], position, note, "", answer)
