"""The pages by name, and the links between them."""

from collections.abc import Callable

import streamlit as st

from . import session
from .service.requests import TraceRequest

EXPLORER, FINDINGS, GLOSSARY = session.EXPLORER, "findings", "glossary"

_LABELS = {EXPLORER: "Explorer", FINDINGS: "Findings", GLOSSARY: "Glossary"}


def page(name: str, draw: Callable[[], None]) -> st.Page:
    """Return a page by name; ``draw`` draws it."""
    return st.Page(draw, title=f"s-Trace {_LABELS[name]}", url_path=name, default=name == EXPLORER)


def head(line: str) -> None:
    """Draw the head of a page's sidebar: the title, small links to all pages, each as it was last left, and a line."""
    st.title("s-Trace Explorer")
    addresses = session.visit().addresses
    with st.container(horizontal=True, gap="small", key="pages"):
        for name, label in _LABELS.items():
            st.page_link(page(name, _draw_nothing), label=label, query_params=addresses.get(name))
    st.caption(line)


def open_in_explorer(request: TraceRequest) -> None:
    """Switch to the explorer and show a request there."""
    st.switch_page(page(EXPLORER, _draw_nothing), query_params=session.open_in_explorer(request))


def _draw_nothing() -> None:
    """Stand in for the drawing of a page that is only linked to."""
