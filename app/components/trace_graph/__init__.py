"""The graph with its size slider, drawn by vis-network in the browser.

Three components work together, because Streamlit sends all of a component's data whenever any of it changes. The
vis-network library and the graph are sent in messages of their own, which never change and which the browser keeps. The
view's message only names the graph and a size. The browser draws each step of the slider by itself; Python hears the
size when the slider comes to rest, and now and then while it plays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import streamlit as st

from ...graph.payload import VIS_NETWORK
from ..events import ignore
from ..served import ServedComponent


@dataclass(frozen=True)
class SelectedNode:
    """A head, an MLP, a token or a state of the residual stream; None where a field does not apply.

    A state has a `stage`: "pre", before block `layer` (n_layers for the final state, from which the prediction is
    read), or "mid", after the attention of block `layer`.
    """

    kind: str
    layer: int | None
    head: int | None
    token: int | None
    stage: str | None


@dataclass(frozen=True)
class GraphState:
    """What the reader has set in the graph.

    Attributes:
        size: The slider's size, in edges.
        selected: The selected node, if any.
        view: The view that the reader has just asked for, in the run caused by that click and in no other. Remember it
            and mount the payload of that view from then on.
    """

    size: int
    selected: SelectedNode | None
    view: Literal["tokens", "components"] | None


def trace_graph(
    payload: Mapping[str, Any], *, size: int, key: str, revision: int = 0, large: bool = False
) -> GraphState:
    """Mount a graph and return what the reader has set in it.

    The slider starts at `size`, or at the next smaller computed size. From then on it is the reader's: another `size`
    takes effect only with another trace or a higher `revision`. A higher revision keeps view, zoom and selection; the
    other view of the same trace keeps size and selection.

    Args:
        payload: The message of `strace_explorer.graph.payload.build_payload`.
        size: Where the slider starts, in edges.
        key: The widget's key.
        revision: Increase it to move the slider to `size`.
        large: Use large type and controls and a higher drawing, for presentations.
    """
    epoch = f"{payload['trace']}#{revision}"
    shown = {"graph": payload["id"], "view": payload["view"], "epoch": epoch, "size": size, "large": large}
    with st.container(gap=None):
        _LIBRARY(key=f"{key}-library", data=_vis_network(), height=1)
        _STORE(key=f"{key}-store", data=payload, height=1)
        state = _VIEW(key=key, data=shown, on_size_change=ignore, on_selected_change=ignore, on_view_change=ignore)
    return _read_state(state, payload["trace"], epoch, _computed_size(payload, size))


def _computed_size(payload: Mapping[str, Any], size: int) -> int:
    """Return where the slider starts: the largest computed size that is at most `size`."""
    return max(readout["n_edges"] for readout in payload["readouts"] if readout["n_edges"] <= max(0, size))


def _read_state(state: Mapping[str, Any], trace: str, epoch: str, size: int) -> GraphState:
    """Read the component's state, ignoring a node of another trace and a size of an earlier epoch."""
    told_size = state.get("size") or {}
    told_node = state.get("selected") or {}
    node = told_node.get("node") if told_node.get("graph") == trace else None
    return GraphState(
        size=int(told_size["n_edges"]) if told_size.get("graph") == epoch else size,
        selected=None if node is None else SelectedNode(**node),
        view=state.get("view"),
    )


@cache
def _vis_network() -> bytes:
    """Read the vis-network bundle that pyvis ships. It lies in pyvis's folder, from which Streamlit serves nothing."""
    return VIS_NETWORK.read_bytes()


_LIBRARY = ServedComponent("trace_graph_library", script="trace_graph/web/library.js")
_STORE = ServedComponent("trace_graph_store", script="trace_graph/web/store.js")
_VIEW = ServedComponent(
    "trace_graph",
    script="trace_graph/web/trace_graph.js",
    html='<section class="trace-graph loading" aria-label="The traced subgraph"></section>',
    css=".trace-graph.loading { min-height: 420px; }",
)
