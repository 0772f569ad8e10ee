"""A button in a chart's corner that saves it as SVG, as it stands on the page.

Streamlit's own toolbar saves a chart as PNG alone, and leaves out the menu that Vega would bring.
"""

import streamlit as st

from ..assets import asset


def chart_file(name: str, *, title: str, key: str) -> None:
    """Mount the button right after a chart. The file is called ``name``.svg; the button calls the chart ``title``."""
    _BUTTON(key=key, data={"name": name, "title": title}, height="content")


_BUTTON = st.components.v2.component(
    "s_trace_chart_file",
    html=asset("chart_file/chart_file.html"),
    css=asset("chart_file/chart_file.css"),
    js=asset("chart_file/chart_file.js"),
)
