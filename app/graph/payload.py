"""The traced graph as a pyvis network, and the message that mounts it in the graph component.

pyvis builds the network: integer ids, fixed positions from `strace_explorer.graph.geometry`, physics off. The component
draws the edges itself, from the columns of `build_payload`; an offline export adds edges to the same network.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyvis
from pyvis.network import Network
from pyvis.node import Node

from strace_core import KINDS, TraceResult

from ..charts import theme
from ..wording.tokens import spoken_token, token_label
from .columns import component_columns, edge_columns
from .geometry import (
    HEAD_RADIUS,
    MLP_RADIUS,
    STATE_RADIUS,
    Geometry,
    PlacedNode,
    View,
    default_view,
    lay_out,
    possible_views,
)

VIS_NETWORK: Final = Path(pyvis.__file__).parent / "templates" / "lib" / "vis-9.1.2" / "vis-network.min.js"
"""The vis-network that pyvis brings."""

NODE_KINDS: Final = ("head", "mlp", "token", "block", "prediction", "state")
STAGES: Final = ("pre", "mid")
_SHAPES: Final = {"head": "dot", "mlp": "square", "prediction": "diamond", "state": "dot"}
_COLOURS: Final = {
    "head": theme.ATTENTION,
    "mlp": theme.MLP,
    "prediction": theme.SUBGRAPH,
    "state": theme.RESIDUAL,
}
_SIZES: Final = {"head": HEAD_RADIUS, "mlp": MLP_RADIUS, "state": STATE_RADIUS}
_COMPONENT: Final = ("node_kind", "layer", "head", "token", "stage")
_NO_LABEL: Final = " "  # pyvis writes the id where a label is empty
_OPTIONS: Final = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False},
    "nodes": {"borderWidth": 0, "font": {"color": theme.RULE, "size": 11}},
    "edges": {"smooth": {"enabled": True, "type": "cubicBezier"}, "arrows": {"to": {"enabled": False}}},
    "interaction": {"hover": True, "tooltipDelay": 90, "dragNodes": False, "selectConnectedEdges": False},
}


@dataclass(frozen=True)
class Readout:
    """What one computed size has to say: its place on the curve and its most likely token.

    `fraction` is n_edges / E; `heads` and `mlps` count those with at least one kept edge; `positions` counts the
    tokens from which a path leads to the prediction; `backbone` tells that every residual connection and MLP is in;
    `tv` is the total variation from the full model's distribution, in [0, 1]; the tops are (token text, probability).
    """

    n_edges: int
    fraction: float
    heads: int
    mlps: int
    positions: int
    backbone: bool
    tv: float
    sub_top: tuple[str, float]
    full_top: tuple[str, float]
    top1_match: bool


@dataclass(frozen=True)
class Mark:
    """A notable size under the slider: the number of edges, what happens there, and that in a word or two."""

    n_edges: int
    label: str
    short: str


def token_labels(result: TraceResult) -> list[str]:
    """The prompt's tokens as visible labels, whole; whoever draws them clips them to the room there is."""
    return [token_label(text) for text in result.prompt.token_texts]


def views_of(result: TraceResult) -> tuple[View, ...]:
    """The views in which a result's graph can be shown."""
    spec = result.spec
    return possible_views(spec.n_layers, spec.n_heads, len(result.prompt.token_texts), result.n_edges)


def geometry_of(result: TraceResult, view: View | None = None) -> Geometry:
    """The positions of a result's graph; without a view, the one that suits it. One that is not possible gives way."""
    spec, n_tokens = result.spec, len(result.prompt.token_texts)
    wanted = view or default_view(spec.n_layers, spec.n_heads, n_tokens)
    return lay_out(
        wanted if wanted in views_of(result) else "components",
        n_layers=spec.n_layers,
        n_heads=spec.n_heads,
        n_tokens=n_tokens,
        parallel=spec.parallel,
    )


def build_network(result: TraceResult, view: View | None = None) -> Network:
    """The graph's nodes as a pyvis network without edges; ids count up in the order of `Geometry.nodes`."""
    network = Network(height="560px", width="100%", directed=True, cdn_resources="in_line")
    network.set_options(json.dumps(_OPTIONS))
    texts = token_labels(result)
    for node_id, placed in enumerate(geometry_of(result, view).nodes()):
        _add_node(network, node_id, placed, texts)
    return network


def build_payload(
    result: TraceResult,
    network: Network,
    readouts: Sequence[Readout],
    *,
    view: View | None = None,
    marks: Sequence[Mark] = (),
) -> dict[str, Any]:
    """Everything the component shows, as one JSON message that is sent once for a graph.

    `network` is `build_network` of the same result and view. `readouts` has one entry for each size the
    slider stops at, ascending. The token view is sent all edges in order of inclusion; the component view, which draws
    none and serves graphs of any size, what each component has at each size.
    """
    geometry, trace = geometry_of(result, view), _trace_id(result)
    sizes = np.array([readout.n_edges for readout in readouts])
    if geometry.view == "tokens":
        contents = {"edges": edge_columns(result.edges)}
    else:
        contents = {"components": component_columns(result.edges, sizes, geometry.n_layers, geometry.n_heads)}
    return contents | {
        "id": f"{trace}/{geometry.view}",
        "trace": trace,
        "view": geometry.view,
        "views": views_of(result),
        "model": result.spec.name,
        "parallel": geometry.parallel,
        "n_layers": geometry.n_layers,
        "n_heads": geometry.n_heads,
        "n_edges": result.n_edges,
        "tokens": token_labels(result),
        "options": network.options,
        "nodes": _node_columns(network),
        "geometry": _geometry_numbers(geometry),
        "kinds": list(KINDS),
        "readouts": [_spoken(readout) for readout in readouts],
        "marks": [asdict(mark) for mark in marks],
        "palette": _palette(),
    }


def _trace_id(result: TraceResult) -> str:
    """The result's id without what the graph does not show: baselines, and a token asked about."""
    plain = replace(result.settings, baselines=(), target=None)
    return replace(result, settings=plain, baselines={}).id


def _add_node(network: Network, node_id: int, placed: PlacedNode, texts: Sequence[str]) -> None:
    """As `Network.add_node`, which looks for each new id among all earlier ones; these are unique anyway."""
    node = Node(
        node_id,
        _SHAPES.get(placed.kind, "text"),
        label=_node_label(placed, texts),
        title=_node_title(placed, texts),
        x=round(placed.at.x, 2),
        y=round(placed.at.y, 2),
        size=_SIZES.get(placed.kind, 6),
        color=_COLOURS.get(placed.kind, theme.RULE),
        component=_component_of(placed),
    ).options
    network.nodes.append(node)
    network.node_ids.append(node_id)
    network.node_map[node_id] = node


def _component_of(placed: PlacedNode) -> tuple[int, int, int, int, int]:
    """A node's columns: its kind and stage as indices into `NODE_KINDS` and `STAGES`, -1 for what it has not."""
    stage = STAGES.index(placed.stage) if placed.stage else -1
    return (NODE_KINDS.index(placed.kind), placed.layer, placed.head, placed.token, stage)


def _node_label(placed: PlacedNode, texts: Sequence[str]) -> str:
    if placed.kind == "token":
        return texts[placed.token]
    return f"L{placed.layer}" if placed.kind == "block" else _NO_LABEL


def _node_title(placed: PlacedNode, texts: Sequence[str]) -> str:
    if placed.kind == "prediction":
        return "The prediction"
    if placed.kind == "token":
        return f"Token {placed.token}: {texts[placed.token]}"
    stage = {"": "", "pre": ": residual stream before it", "mid": ": residual stream after its attention"}[placed.stage]
    part = {"head": f", head {placed.head}", "mlp": ", MLP", "block": "", "state": stage}[placed.kind]
    where = f" at {texts[placed.token]}" if placed.token >= 0 else ""
    return f"Block {placed.layer}{part}{where}"


def _node_columns(network: Network) -> dict[str, list[float]]:
    columns = zip(*(node["component"] for node in network.nodes), strict=True)
    return {
        "x": [node["x"] for node in network.nodes],
        "y": [node["y"] for node in network.nodes],
        **{name: list(column) for name, column in zip(_COMPONENT, columns, strict=True)},
    }


def _geometry_numbers(geometry: Geometry) -> dict[str, Any]:
    """The lines between the nodes: spines by column, feet and middles by block (one foot more, on top)."""
    layers = range(geometry.n_layers)
    return {
        "spines": [round(geometry.spine_x(column), 2) for column in range(geometry.n_columns)],
        "feet": [round(geometry.foot_y(layer), 2) for layer in range(geometry.n_layers + 1)],
        "mids": [round(geometry.mid_y(layer), 2) for layer in layers],
        "left": geometry.left,
        "right": geometry.right,
        "headRadius": HEAD_RADIUS,
        "mlpRadius": MLP_RADIUS,
        "stateRadius": STATE_RADIUS,
    }


def _spoken(readout: Readout) -> dict[str, Any]:
    tops = {"sub_top": readout.sub_top, "full_top": readout.full_top}
    return asdict(readout) | {name: (spoken_token(text), share) for name, (text, share) in tops.items()}


def _palette() -> Mapping[str, str]:
    return {
        "attention": theme.ATTENTION,
        "mlp": theme.MLP,
        "residual": theme.RESIDUAL,
        "subgraph": theme.SUBGRAPH,
        "fullModel": theme.FULL_MODEL,
    }
