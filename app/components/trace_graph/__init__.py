"""The graph with its own slider: a Streamlit component around vis-network.

Three components work together, because Streamlit sends a component's code with each of its messages and its
data with each change: the library with the view's code, and the graph, sit in messages that never change, which the
browser keeps, and the view's own message names the graph and a size. A step of the slider is drawn by the browser
alone; Python hears the size when the slider rests, and now and then while it plays.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from ...graph.payload import VIS_NETWORK
from ..assets import asset, script

_VIEW_PARTS = (
    *("filter", "graph", "token_graph", "component_graph", "describe"),
    *("strokes", "paint", "labels", "svg"),
    *("popover", "filter_panel", "readout", "slider", "marks", "player", "telling", "save", "camera", "views"),
    *("trace_graph", "receive", "library"),
)
_EMPTY_VIEW = '<section class="trace-graph loading" aria-label="The traced subgraph"></section>'


@dataclass(frozen=True)
class SelectedNode:
    """A head, an MLP, a token or a state of the graph; None where a part has no meaning for the kind or the view.

    A state of the residual stream has a `stage`: "pre", before block `layer` (n_layers for the final state, from which
    the prediction is read), or "mid", after the attention of block `layer`.
    """

    kind: str
    layer: int | None
    head: int | None
    token: int | None
    stage: str | None


@dataclass(frozen=True)
class GraphState:
    """Where the reader has left the graph: the slider's size in edges, and the selected node, if any.

    `view` is the view that the reader has just asked for by the switch. It is set in the run that the click has
    caused and in no other: remember it, and mount the payload of that view from then on.
    """

    size: int
    selected: SelectedNode | None
    view: Literal["tokens", "components"] | None


def trace_graph(
    payload: Mapping[str, Any],
    *,
    size: int,
    key: str,
    revision: int = 0,
    max_height: int = 340,
    large: bool = False,
    on_change: Callable[[], None] | None = None,
) -> GraphState:
    """Mount the graph of `strace_explorer.graph.payload.build_payload` and return what the reader has set.

    The slider starts at `size` (or the next smaller computed size) and is the reader's from then on: another `size` is
    taken up only with another trace or a higher `revision`. A higher revision keeps view, zoom and selection, the
    other view of a trace keeps size and selection.
    `max_height` bounds the drawing, in pixels, without the controls around it. `large` is for presentations: type,
    controls and that bound grow by two fifths. `on_change` runs before the script when size, selection or view have
    changed.
    """
    epoch = f"{payload['trace']}#{revision}"
    heard = on_change or _unheard
    shown = {"graph": payload["id"], "view": payload["view"], "epoch": epoch, "size": size}
    with st.container(gap=None):
        _LIBRARY(key=f"{key}-library", height=1)
        _STORE(key=f"{key}-store", data=payload, height=1)
        state = _VIEW(
            key=key,
            data=shown | {"max_height": max_height, "large": large},
            on_size_change=heard,
            on_selected_change=heard,
            on_view_change=heard,
        )
    return _read_state(state, payload["trace"], epoch, _computed_size(payload, size))


def _computed_size(payload: Mapping[str, Any], size: int) -> int:
    """Where the slider starts: the largest computed size that is at most `size`."""
    return max(readout["n_edges"] for readout in payload["readouts"] if readout["n_edges"] <= max(0, size))


def _read_state(state: Mapping[str, Any], trace: str, epoch: str, size: int) -> GraphState:
    """The component's state, as far as it is about this trace, and the size about this epoch, not an earlier one."""
    told_size = state.get("size") or {}
    told_node = state.get("selected") or {}
    node = told_node.get("node") if told_node.get("graph") == trace else None
    return GraphState(
        size=int(told_size["n_edges"]) if told_size.get("graph") == epoch else size,
        selected=None if node is None else SelectedNode(**node),
        view=state.get("view"),
    )


def _unheard() -> None:
    """Declares a state to Streamlit where nobody asks to be called."""


def _own_script(*parts: str) -> str:
    return script(*(f"trace_graph/{part}.js" for part in parts))


def _library_script() -> str:
    """vis-network as pyvis ships it, kept from writing to the page's globals; then the view's code, markup, style."""
    bundle = VIS_NETWORK.read_text(encoding="utf-8")
    return (
        "const visNetwork = {};\n"
        f"(function (exports, module) {{\n{bundle}\n}}).call(undefined, visNetwork, {{}});\n"
        f"const TEMPLATE = {json.dumps(asset('trace_graph/trace_graph.html'))};\n"
        f"const STYLE = {json.dumps(asset('trace_graph/trace_graph.css'))};\n"
        f"{_own_script('shared', *_VIEW_PARTS)}"
    )


_LEAVING = script("shared/leaving.js")
_LIBRARY = st.components.v2.component("s_trace_graph_library", js=_library_script())
_STORE = st.components.v2.component("s_trace_graph_store", js=_LEAVING + _own_script("shared", "store"))
_VIEW = st.components.v2.component(
    "s_trace_graph",
    html=_EMPTY_VIEW,
    css=".trace-graph.loading { min-height: 420px; }",
    js=_LEAVING + _own_script("shared", "view"),
)
