"""The graph with its own slider: a Streamlit component around vis-network.

Three components work together, because Streamlit sends a component's code with each of its messages and its
data with each change: the library and the graph sit in messages that never change, which the browser keeps,
and the view's own message names the graph and a size. A step of the slider is drawn by the browser alone;
Python hears the size when the slider rests.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import pyvis
import streamlit as st

_HERE = resources.files(__package__)
_VIS_NETWORK = Path(pyvis.__file__).parent / "templates" / "lib" / "vis-9.1.2" / "vis-network.min.js"
_VIEW_PARTS = ("shared", "model", "describe", "paint", "labels", "controls", "trace_graph")


@dataclass(frozen=True)
class SelectedNode:
    """A head, an MLP or a token of the graph; None where a part has no meaning for the kind or the view."""

    kind: str
    layer: int | None
    head: int | None
    token: int | None


@dataclass(frozen=True)
class GraphState:
    """Where the reader has left the graph: the slider's size in edges, and the selected node, if any."""

    size: int
    selected: SelectedNode | None


def trace_graph(
    payload: Mapping[str, Any],
    *,
    size: int,
    key: str,
    revision: int = 0,
    max_height: int = 380,
    on_change: Callable[[], None] | None = None,
) -> GraphState:
    """Mount the graph of `app.views.graph.build_payload` and return what the reader has set.

    The slider starts at `size` (or the next smaller computed size) and is the reader's from then on: another
    `size` is taken up only with another graph or a higher `revision`. `max_height` bounds the drawing, in
    pixels, without the controls around it. `on_change` runs before the script when the size or the selection
    has changed.
    """
    epoch = f"{payload['id']}#{revision}"
    heard = on_change or _unheard
    with st.container(gap=None):
        _LIBRARY(key=f"{key}-library", height=1)
        _STORE(key=f"{key}-store", data=payload, height=1)
        state = _VIEW(
            key=key,
            data={"graph": payload["id"], "epoch": epoch, "size": size, "max_height": max_height},
            on_size_change=heard,
            on_selected_change=heard,
        )
    return _read_state(state, epoch, _computed_size(payload, size))


def _computed_size(payload: Mapping[str, Any], size: int) -> int:
    """Where the slider starts: the largest computed size that is at most `size`."""
    return max(readout["n_edges"] for readout in payload["readouts"] if readout["n_edges"] <= max(0, size))


def _read_state(state: Mapping[str, Any], epoch: str, size: int) -> GraphState:
    """The component's state, as far as it is about this graph and not left over from an earlier one."""
    told_size = state.get("size") or {}
    told_node = state.get("selected") or {}
    node = told_node.get("node") if told_node.get("graph") == epoch else None
    return GraphState(
        size=int(told_size["n_edges"]) if told_size.get("graph") == epoch else size,
        selected=None if node is None else SelectedNode(**node),
    )


def _unheard() -> None:
    """Declares a state to Streamlit where nobody asks to be called."""


def _asset(name: str) -> str:
    return _HERE.joinpath(name).read_text(encoding="utf-8")


def _script(*parts: str) -> str:
    return "\n".join(_asset(f"js/{part}.js") for part in parts)


def _library_script() -> str:
    """vis-network as pyvis ships it, kept from writing to the page's globals."""
    bundle = _VIS_NETWORK.read_text(encoding="utf-8")
    return (
        "const visNetwork = {};\n"
        f"(function (exports, module) {{\n{bundle}\n}}).call(undefined, visNetwork, {{}});\n"
        f"{_script('shared', 'library')}"
    )


_LIBRARY = st.components.v2.component("s_trace_graph_library", js=_library_script())
_STORE = st.components.v2.component("s_trace_graph_store", js=_script("shared", "store"))
_VIEW = st.components.v2.component(
    "s_trace_graph",
    html=_asset("trace_graph.html"),
    css=_asset("trace_graph.css"),
    js=_script(*_VIEW_PARTS),
)
