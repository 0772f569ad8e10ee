"""The names of the two pages, and the ways between them."""

from collections.abc import Callable

import streamlit as st

from . import session
from .service.requests import TraceRequest

EXPLORER, FINDINGS = "explorer", "findings"

_LABELS = {EXPLORER: ("Explorer", ":material/hub:"), FINDINGS: ("Findings", ":material/insights:")}


def page(name: str, draw: Callable[[], None]) -> st.Page:
    """A page by name, which ``draw`` draws."""
    title = "s-Trace Explorer" if name == EXPLORER else "s-Trace Findings"
    return st.Page(draw, title=title, url_path=name, default=name == EXPLORER)


def links() -> None:
    """Small links to both pages, as they were left."""
    addresses = session.visit().addresses
    with st.container(horizontal=True, gap="small", key="pages"):
        for name, (label, icon) in _LABELS.items():
            st.page_link(page(name, _nowhere), label=label, icon=icon, query_params=addresses.get(name))


def open_in_explorer(request: TraceRequest) -> None:
    """Leave this page for the explorer, with a prompt."""
    st.switch_page(page(EXPLORER, _nowhere), query_params=session.open_in_explorer(request))


def _nowhere() -> None:
    """Stands for a page that is only named."""
