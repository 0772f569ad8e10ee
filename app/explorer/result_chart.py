"""Charts of the result on the page: saved under the result's name, and clickable where the axis is the size."""

from collections.abc import Mapping
from typing import Any

from .. import session
from ..charts.parts import Drawing, picked_size
from ..show import show_chart
from .view import PanelView


def result_chart(view: PanelView, drawing: Drawing, key: str) -> None:
    """Show a chart in a container with this key."""
    show_chart(drawing, key, view.file_name(key))


def size_chart(view: PanelView, drawing: Drawing, key: str) -> None:
    """Show a chart over sizes, in which a click moves the slider."""
    show_chart(drawing, key, view.file_name(key), on_pick=_move_to_size)


def _move_to_size(picked: Mapping[str, Any]) -> None:
    size = picked_size(picked)
    if size is not None:
        session.visit().move_to(size)
