"""The Glossary page: the words used on the other pages."""

import streamlit as st

from . import navigation
from .sending import let_the_page_arrive
from .wording.terms import glossary_text

READABLE_WIDTH = 768
"""Pixels: lines no longer than is good to read."""


def glossary() -> None:
    """Draw the page. Help texts elsewhere link to its headings."""
    with st.sidebar:
        navigation.head("The words used on these pages")
    st.markdown(glossary_text(), width=READABLE_WIDTH)
    let_the_page_arrive()
