"""One way to show a chart: its rows, its words, and the click that moves the size."""

import streamlit as st

from app import state
from app.views.chart_parts import PICK, picked_size
from app.views.drawings import Drawing


def drawn(drawing: Drawing, key: str) -> None:
    """A chart that only shows, in a container of the name ``key``."""
    with st.container(key=key):
        st.vega_lite_chart(drawing.rows, drawing.spec, key=f"{key}-chart", alt=drawing.alt)


def drawn_to_pick(drawing: Drawing, key: str) -> None:
    """A chart in which a click moves the size, in a container of the name ``key``."""

    def moved() -> None:
        size = picked_size(state.value_of(f"{key}-chart") or {})
        if size is not None:
            state.visit().move_to(size)

    with st.container(key=key):
        st.vega_lite_chart(
            drawing.rows, drawing.spec, key=f"{key}-chart", alt=drawing.alt, on_select=moved, selection_mode=PICK
        )
