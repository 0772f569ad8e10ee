"""One way to show a chart: its rows, its words, a button that saves it, and the click that moves the size."""

import streamlit as st

from app import state
from app.components.chart_file import chart_file
from app.panels.view import PanelView
from app.views.chart_parts import PICK, picked_size
from app.views.drawings import Drawing
from app.views.exports import file_stem


def drawn(view: PanelView, drawing: Drawing, key: str) -> None:
    """A chart that only shows, in a container of the name ``key``."""
    with st.container(key=key, gap=None):
        st.vega_lite_chart(drawing.rows, drawing.spec, key=f"{key}-chart", alt=drawing.alt)
        _save_button(view, key)


def drawn_to_pick(view: PanelView, drawing: Drawing, key: str) -> None:
    """A chart in which a click moves the size, in a container of the name ``key``."""

    def moved() -> None:
        size = picked_size(state.value_of(f"{key}-chart") or {})
        if size is not None:
            state.visit().move_to(size)

    with st.container(key=key, gap=None):
        st.vega_lite_chart(
            drawing.rows, drawing.spec, key=f"{key}-chart", alt=drawing.alt, on_select=moved, selection_mode=PICK
        )
        _save_button(view, key)


def _save_button(view: PanelView, key: str) -> None:
    chart_file(f"{file_stem(view.result)}_{view.size}-edges_{key}", title=key.replace("-", " "), key=f"{key}-file")
