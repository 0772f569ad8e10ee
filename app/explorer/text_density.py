"""Text density: how much of the model each token of a passage takes to predict."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from strace_core import StraceError

from .. import session
from ..components.token_text import token_text
from ..service import cache
from ..wording import captions
from ..wording.density import LEVELS, legend_of, spans_of
from ..wording.presets import PASSAGE
from ..wording.text import plain_markdown, sentence
from .view import PanelView

if TYPE_CHECKING:
    from strace_core import PositionDensity

SHOW_EVERY_SECONDS = 0.5
"""How long positions are measured before the page is redrawn with those that are done."""


def density_panel(view: PanelView) -> None:
    """Draw a passage, measured from left to right; tokens are coloured as soon as they are measured."""
    st.caption(captions.TEXT_DENSITY)
    if not view.has_model:
        st.info(captions.NEEDS_MODEL)
        return
    _passage(view.choice.model, view.choice.score, large=view.choice.large)


@st.fragment
def _passage(model: str, score: str, *, large: bool) -> None:
    visit = session.visit()
    text = st.text_area("Passage", visit.passage or PASSAGE, height=100, max_chars=20_000)
    start, stop, level = st.columns([1, 1, 4], vertical_alignment="bottom")
    if start.button("Measure", type="primary", width="stretch"):
        visit.passage, visit.is_measuring = text, True
    if stop.button("Stop", disabled=not visit.is_measuring, width="stretch"):
        visit.is_measuring = False
    chosen = level.segmented_control("Colour by", list(LEVELS), default=next(iter(LEVELS)), required=True)
    if not visit.passage:
        return
    try:
        rows, is_finished = _measured(model, visit.passage, score, is_measuring=visit.is_measuring)
        predictions = cache.predictions(model, visit.passage)
    except StraceError as error:
        visit.is_measuring = False
        st.error(plain_markdown(sentence(error)))
        return
    if visit.is_measuring and not is_finished:
        st.progress(len(rows) / len(predictions), f"{len(rows)} of {len(predictions)} tokens measured")
    spans = spans_of(predictions, rows, chosen)
    clicked = token_text(spans, legend=legend_of(rows, chosen), key="passage", large=large)
    if clicked is not None and clicked > 0:
        visit.open_at(visit.passage, clicked - 1)
        st.rerun()
    if visit.is_measuring:
        visit.is_measuring = not is_finished
        st.rerun(scope="fragment")


def _measured(model: str, passage: str, score: str, *, is_measuring: bool) -> "tuple[Sequence[PositionDensity], bool]":
    """Return the positions measured so far, in order, and whether that is all. Measure on for a moment if asked to."""
    if not is_measuring:
        return cache.kept_densities(model, passage, score)
    rows, until = [], time.monotonic() + SHOW_EVERY_SECONDS
    for row in cache.text_density(model, passage, score):
        rows.append(row)
        if time.monotonic() > until:
            return rows, False
    return rows, True
