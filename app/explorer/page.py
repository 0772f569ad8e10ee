"""The explorer's page: the prompt on top, the sidebar, and the result."""

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
from ..service.requests import TraceRequest
from .answer import Shown, answer
from .prompt import KEY as PROMPT_BAR
from .prompt import prompt_panel
from .result import explore
from .sidebar import sidebar
from .tour import welcome
from .view import Choice

BASELINE_SECONDS = 1.0
"""How long baselines are computed before the page is redrawn with those that are done."""


def explorer() -> None:
    """Run the explorer once."""
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
        presentation()
    bar, progress = st.container(), st.empty()
    request = TraceRequest(choice.model, visit.prompt, visit.position, choice.score, choice.search, choice.effort)
    shown = answer(request, progress, may_load=choice.is_ready)
    with bar:
        prompt_panel(request, shown, large=choice.large)
    if shown.result is not None:
        explore(shown, choice)
    session.write_address()
    catch_up(shown, choice)
    let_the_page_arrive()


def presentation() -> None:
    """Draw the presentation's style, and the button that leaves it."""
    st.html(STYLES / "presentation.css")
    st.button("Leave presentation", key="leave-presentation", on_click=session.leave_presentation)


def catch_up(shown: Shown, choice: Choice) -> None:
    """With the result on the page, load its model if it came from a stored trace, then compute the baselines.

    The page is redrawn when all are done, or after a while with those that are. A move of the slider has to wait for
    the run to end, so a run must not take long.
    """
    request = shown.request
    if request is None or shown.result is None or shown.problem:
        return
    if not cache.is_loaded(request.model):
        cache.model(request.model)
        st.rerun()
    began, is_new = time.monotonic(), False
    for name in choice.baselines:
        if not cache.has_baseline(request, name) and time.monotonic() - began < BASELINE_SECONDS:
            try:
                cache.baseline(request, shown.result, name)
            except (StraceError, RuntimeError, MemoryError, OSError):
                logging.getLogger(__name__).exception("a baseline failed")  # the page is complete without it
                return
            is_new = True
    if is_new:
        st.rerun()
