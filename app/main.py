"""The explorer's page: what stands where, and which part answers to which. And the way to the findings beside it."""

import logging
import time
from pathlib import Path

import streamlit as st

from app import cache, pages, state
from app.components.prompt_bar import prompt_order
from app.panels.answer import Shown, answer
from app.panels.explore import explore
from app.panels.prompt import KEY as PROMPT_BAR
from app.panels.prompt import prompt_panel
from app.panels.sidebar import Choice, sidebar
from app.panels.welcome import welcome
from app.sending import let_the_page_arrive
from app.settings import settings
from strace_core import StraceError

ROOT = Path(__file__).resolve().parents[1]

PATIENCE_SECONDS = 1.0
"""How long baselines run before the page is drawn with those that are there."""


def main() -> None:
    """One run of the page that the address names."""
    st.set_page_config("s-Trace Explorer", page_icon=str(ROOT / "assets" / "logo.svg"), layout="wide")
    st.html(ROOT / "app" / "page.css")
    pages.run(explorer)


def explorer() -> None:
    """One run of the explorer."""
    visit = state.visit()
    with st.container(gap=None):
        order = prompt_order(key=PROMPT_BAR)
        tour = st.container()
    if order is not None:
        visit.open_at(order.text, order.position)
    choice = sidebar(settings())
    with tour:
        welcome(choice.tours, large=choice.large)
    if choice.large:
        leave_presentation()
    bar, progress = st.container(), st.empty()
    request = cache.TraceRequest(choice.model, visit.prompt, visit.position, choice.score, choice.search, choice.effort)
    shown = answer(request, progress, may_load=choice.is_ready)
    with bar:
        prompt_panel(request, shown, large=choice.large)
    if shown.result is not None:
        explore(shown, choice)
    state.write_address()
    catch_up(shown, choice)
    let_the_page_arrive()


def leave_presentation() -> None:
    """What presenting changes around the panels, and the way out of it."""
    st.html(ROOT / "app" / "presentation.css")
    st.button("Leave presentation", key="leave-presentation", on_click=state.leave_presentation)


def catch_up(shown: Shown, choice: Choice) -> None:
    """With the picture on the page: load the model behind a stored picture, then run the baselines.

    The page is drawn again when all are there, or earlier with those that are: a move of the slider meanwhile waits for
    the end of a run.
    """
    request = shown.request
    if request is None or shown.result is None or shown.problem:
        return
    if not cache.is_loaded(request.model):
        cache.model(request.model)
        st.rerun()
    began, is_new = time.monotonic(), False
    for name in choice.baselines:
        if not cache.has_baseline(request, name) and time.monotonic() - began < PATIENCE_SECONDS:
            try:
                cache.baseline(request, shown.result, name)
            except (StraceError, RuntimeError, MemoryError, OSError):
                logging.getLogger(__name__).exception("a baseline failed")  # the page does without
                return
            is_new = True
    if is_new:
        st.rerun()


main()
