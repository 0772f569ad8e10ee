"""The app's pages; the address says which one to draw."""

import streamlit as st

from . import navigation
from .access.shipped import ASSETS, STYLES
from .explorer.page import explorer
from .glossary import glossary


def run() -> None:
    """Draw the page that the address names; by default the explorer."""
    st.set_page_config("s-Trace Explorer", page_icon=str(ASSETS / "logo.svg"), layout="wide")
    st.html(STYLES / "page.css")
    pages = {navigation.EXPLORER: explorer, navigation.FINDINGS: _findings, navigation.GLOSSARY: glossary}
    st.navigation([navigation.page(name, draw) for name, draw in pages.items()], position="hidden").run()


def _findings() -> None:
    from .findings.page import findings  # imports pyarrow and the analyses, which the explorer does not need

    findings()
