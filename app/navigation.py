"""The two pages by name, and the links between them."""

from collections.abc import Callable

import streamlit as st

from . import session
from .service.requests import TraceRequest

EXPLORER, FINDINGS = session.EXPLORER, "findings"

_LABELS = {EXPLORER: ("Explorer", ":material/hub:"), FINDINGS: ("Findings", ":material/insights:")}


def page(name: str, draw: Callable[[], None]) -> st.Page:
    """Return a page by name; ``draw`` draws it."""
    title = "s-Trace Explorer" if name == EXPLORER else "s-Trace Findings"
    return st.Page(draw, title=title, url_path=name, default=name == EXPLORER)


def links() -> None:
    """Draw small links to both pages, each as it was last left."""
    addresses = session.visit().addresses
    with st.container(horizontal=True, gap="small", key="pages"):
        for name, (label, icon) in _LABELS.items():
            st.page_link(page(name, _draw_nothing), label=label, icon=icon, query_params=addresses.get(name))


def open_in_explorer(request: TraceRequest) -> None:
    """Switch to the explorer and show a request there."""
    st.switch_page(page(EXPLORER, _draw_nothing), query_params=session.open_in_explorer(request))


def _draw_nothing() -> None:
    """Stand in for the drawing of a page that is only linked to."""
