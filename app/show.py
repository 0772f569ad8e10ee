"""One way to show a chart: its rows, its words, a button that saves it, and the click that picks something in it."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from . import session
from .charts.drawings import Drawing
from .charts.parts import PICK, picked_size
from .components.chart_file import chart_file
from .explorer.downloads import file_stem
from .explorer.view import PanelView


def drawn(view: PanelView, drawing: Drawing, key: str) -> None:
    """A chart of a result that only shows, in a container of the name ``key``."""
    shown(drawing, key, _file_name(view, key))


def drawn_to_pick(view: PanelView, drawing: Drawing, key: str) -> None:
    """A chart of a result in which a click moves the size, in a container of the name ``key``."""

    def moved(event: Mapping[str, Any]) -> None:
        size = picked_size(event)
        if size is not None:
            session.visit().move_to(size)

    shown(drawing, key, _file_name(view, key), on_pick=moved)


def shown(
    drawing: Drawing,
    key: str,
    file_name: str,
    *,
    title: str = "",
    on_pick: Callable[[Mapping[str, Any]], None] | None = None,
) -> None:
    """A chart in a container of the name ``key``, with the button that saves it under a name.

    ``title`` is what the button calls it; ``on_pick`` hears what a click has selected.
    """
    how: dict[str, Any] = {}
    if on_pick is not None:
        how = {"on_select": lambda: on_pick(session.value_of(f"{key}-chart") or {}), "selection_mode": PICK}
    with st.container(key=key, gap=None):
        st.vega_lite_chart(drawing.rows, drawing.spec, key=f"{key}-chart", alt=drawing.alt, **how)
        chart_file(file_name, title=title or key.replace("-", " "), key=f"{key}-file")


def _file_name(view: PanelView, key: str) -> str:
    return f"{file_stem(view.result)}_{view.size}-edges_{key}"
