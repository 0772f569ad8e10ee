"""The two pages of the app, and the ways between them."""

from collections.abc import Callable

import streamlit as st

from app import state
from app.requests import TraceRequest

EXPLORER, FINDINGS = "explorer", "findings"

_LABELS = {EXPLORER: ("Explorer", ":material/hub:"), FINDINGS: ("Findings", ":material/insights:")}


def run(explorer: Callable[[], None]) -> None:
    """Draw the page that the address names. The explorer is the first."""
    chosen = st.navigation([_page(EXPLORER, explorer), _page(FINDINGS, _findings)], position="hidden")
    chosen.run()


def _findings() -> None:
    from app.panels.findings.page import findings  # pyarrow and the analyses, which the explorer does without

    findings()


def _page(name: str, draw: Callable[[], None]) -> st.Page:
    title = "s-Trace Explorer" if name == EXPLORER else "s-Trace Findings"
    return st.Page(draw, title=title, url_path=name, default=name == EXPLORER)


def links() -> None:
    """Small links to both pages, as they were left."""
    addresses = state.visit().addresses
    with st.container(horizontal=True, gap="small", key="pages"):
        for name, (label, icon) in _LABELS.items():
            page = _page(name, _nowhere if name == EXPLORER else _findings)
            st.page_link(page, label=label, icon=icon, query_params=addresses.get(name))


def open_in_explorer(request: TraceRequest) -> None:
    """Leave this page for the explorer, with a prompt."""
    st.switch_page(_page(EXPLORER, _nowhere), query_params=state.open_in_explorer(request))


def _nowhere() -> None:
    """Stands for a page that is only named."""
