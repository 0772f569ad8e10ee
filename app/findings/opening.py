"""Opening the prompt of a clicked dot in the explorer."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from strace_core import StraceError
from strace_core.study import is_untrained

from .. import session
from ..access.settings import permitted, settings
from ..charts.parts import picked
from ..service.requests import TraceRequest
from ..wording import findings_captions as captions
from .view import FindingsView

if TYPE_CHECKING:
    import pandas as pd


def can_open(model: str) -> bool:
    """Whether the explorer of this server may load a model."""
    try:
        permitted(settings(), model)
    except StraceError:
        return False
    return True


def opener(view: FindingsView, runs: "pd.DataFrame", model: str) -> Callable[[Mapping[str, Any]], None]:
    """The callback that has the clicked dot's prompt opened in a model."""

    def open_prompt(event: Mapping[str, Any]) -> None:
        row = picked(event, "number")
        if row is not None and row in runs.index:
            run = runs.loc[row]
            effort = session.effort_of(run["search"], view.study.settings.get("effort"))
            session.visit().chosen = TraceRequest(
                model, str(run["text"]), score=str(run["score"]), search=str(run["search"]), effort=effort
            )

    return open_prompt


def note_limits(model: str, opens: bool, n_drawn: int, n_prompts: int) -> None:
    """Say how many prompts are not drawn, and why their dots cannot be opened."""
    notes = []
    if n_drawn < n_prompts:
        notes.append(f"Showing {n_drawn:,} of {n_prompts:,} prompts, the same ones for every model.")
    if not opens:
        notes.append(captions.UNTRAINED_CLOSED if is_untrained(model) else captions.NOT_OFFERED)
    if notes:
        st.caption(" ".join(notes))
