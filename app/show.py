"""Show a chart: the picture, its alternative text, a save button, and what a click does."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from . import session
from .charts.parts import PICK, Drawing
from .components.chart_file import chart_file

OnPick = Callable[[Mapping[str, Any]], None]
"""Receives what a click has selected."""


def show_chart(drawing: Drawing, key: str, file_name: str, *, title: str = "", on_pick: OnPick | None = None) -> None:
    """Draw a chart in a container of its own, with a button that saves it.

    Args:
        drawing: The chart.
        key: The key of the container.
        file_name: The saved file's name, without its ending.
        title: What the button calls the chart; by default the key, in words.
        on_pick: Receives what a click selects. Without it the chart is not clickable.
    """
    options: dict[str, Any] = {}
    if on_pick is not None:
        options = {"on_select": lambda: on_pick(session.value_of(f"{key}-chart") or {}), "selection_mode": PICK}
    with st.container(key=key, gap=None):
        st.vega_lite_chart(drawing.rows, drawing.spec, key=f"{key}-chart", alt=drawing.alt, **options)
        chart_file(file_name, title=title or key.replace("-", " "), key=f"{key}-file")
