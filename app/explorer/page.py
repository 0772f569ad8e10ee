"""The explorer's page: what stands where, and which part answers to which."""

import logging
import time

import streamlit as st

from strace_core import StraceError

from .. import session
from ..access.settings import settings
from ..access.shipped import STYLES
from ..components.prompt_bar import prompt_order
from ..sending import let_the_page_arrive
from ..service import cache
from .answer import Shown, answer
from .prompt import KEY as PROMPT_BAR
from .prompt import prompt_panel
from .result import explore
from .sidebar import Choice, sidebar
from .tour import welcome

PATIENCE_SECONDS = 1.0
"""How long baselines run before the page is drawn with those that are there."""


def explorer() -> None:
    """One run of the explorer."""
    visit = session.visit()
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
    session.write_address()
    catch_up(shown, choice)
    let_the_page_arrive()


def leave_presentation() -> None:
    """What presenting changes around the panels, and the way out of it."""
    st.html(STYLES / "presentation.css")
    st.button("Leave presentation", key="leave-presentation", on_click=session.leave_presentation)


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
