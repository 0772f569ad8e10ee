"""The Glossary page: the words used on the other pages."""

import streamlit as st

from . import navigation
from .sending import let_the_page_arrive
from .wording.terms import glossary_text


def glossary() -> None:
    """Draw the page. Help texts elsewhere link to its headings."""
    with st.sidebar:
        navigation.head("The words used on these pages")
    with st.container(key="glossary"):
        st.markdown(glossary_text())
    let_the_page_arrive()
