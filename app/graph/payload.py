"""The traced graph as a pyvis network, and the message that mounts it in the graph component.

pyvis builds the network: integer ids, fixed positions from `geometry`, physics off. The component draws the edges
itself, from the columns in the message. The offline page draws them as edges of the network.
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
from ..charts.marks import Mark
from ..wording.names import component_name
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
"""The vis-network bundled with pyvis."""

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
    """What the graph says at one computed size: its place on the curve and its most likely token.

    Attributes:
        n_edges: Edges kept.
        fraction: `n_edges` over all edges, E.
        heads: Attention heads with at least one kept edge.
        mlps: MLPs with at least one kept edge.
        positions: Tokens from which a path leads to the prediction.
        backbone: Whether every residual connection and MLP is included.
        tv: Total variation from the full model's distribution, in [0, 1].
        sub_top: The subgraph's most likely token, as (text, probability).
        full_top: The full model's.
        top1_match: Whether the two are the same token.
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


@dataclass(frozen=True, eq=False)
class GraphPicture:
    """The graph of a result in one view, laid out once: its positions, and its nodes as a pyvis network.

    The network has no edges; its ids count up in the order of `Geometry.nodes`. Do not modify it.
    """

    result: TraceResult
    geometry: Geometry
    network: Network


def picture_of(result: TraceResult, view: View | None = None) -> GraphPicture:
    """Lay out a result's graph. Without a view, or in one that is too large to draw, choose a view that suits it."""
    geometry = geometry_of(result, view)
    network = Network(height="560px", width="100%", directed=True, cdn_resources="in_line")
    network.set_options(json.dumps(_OPTIONS))
    texts = token_labels(result)
    for node_id, placed in enumerate(geometry.nodes()):
        _add_node(network, node_id, placed, texts)
    return GraphPicture(result, geometry, network)


def token_labels(result: TraceResult) -> list[str]:
    """Return the prompt's tokens as visible labels, uncut; whoever draws them cuts them to fit."""
    return [token_label(text) for text in result.prompt.token_texts]


def views_of(result: TraceResult) -> tuple[View, ...]:
    """Return the views in which a result's graph can be drawn."""
    spec = result.spec
    return possible_views(spec.n_layers, spec.n_heads, len(result.prompt.token_texts), result.n_edges)


def geometry_of(result: TraceResult, view: View | None = None) -> Geometry:
    """Return the positions of a result's graph; see `picture_of` for the view."""
    spec, n_tokens = result.spec, len(result.prompt.token_texts)
    wanted = view or default_view(spec.n_layers, spec.n_heads, n_tokens)
    return lay_out(
        wanted if wanted in views_of(result) else "components",
        n_layers=spec.n_layers,
        n_heads=spec.n_heads,
        n_tokens=n_tokens,
        parallel=spec.parallel,
    )


def build_payload(picture: GraphPicture, readouts: Sequence[Readout], *, marks: Sequence[Mark] = ()) -> dict[str, Any]:
    """Return everything the component shows, as one JSON message that is sent once for each graph.

    The token view gets all edges, in the order of inclusion. The component view draws no edges and has to work for
    graphs of any size, so it gets what each component has at each size.

    Args:
        picture: The graph in the view to show.
        readouts: One for each size the slider stops at, ascending.
        marks: Notable sizes, to be marked under the slider.
    """
    result, geometry = picture.result, picture.geometry
    trace = _trace_id(result)
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
        "options": picture.network.options,
        "nodes": _node_columns(picture.network),
        "geometry": _geometry_numbers(geometry),
        "kinds": list(KINDS),
        "readouts": [_spoken(readout) for readout in readouts],
        "marks": [asdict(mark) for mark in marks],
        "palette": _palette(),
    }


def _trace_id(result: TraceResult) -> str:
    """Return the result's id without what the graph does not show: baselines and the target token."""
    plain = replace(result.settings, baselines=(), target=None)
    return replace(result, settings=plain, baselines={}).id


def _add_node(network: Network, node_id: int, placed: PlacedNode, texts: Sequence[str]) -> None:
    """Add a node like `Network.add_node`, which compares each new id with all earlier ones; these ids are unique."""
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
    """Return a node's columns: kind and stage as indices into `NODE_KINDS` and `STAGES`, -1 where it has none."""
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
    stage = {"": "", "pre": ", residual stream before it", "mid": ", residual stream after its attention"}[placed.stage]
    part = {
        "head": component_name(placed.layer, placed.head),
        "mlp": component_name(placed.layer, -1),
        "block": f"Block {placed.layer}",
        "state": f"Block {placed.layer}{stage}",
    }[placed.kind]
    return f"{part} at {texts[placed.token]}" if placed.token >= 0 else part


def _node_columns(network: Network) -> dict[str, list[float]]:
    columns = zip(*(node["component"] for node in network.nodes), strict=True)
    return {
        "x": [node["x"] for node in network.nodes],
        "y": [node["y"] for node in network.nodes],
        **{name: list(column) for name, column in zip(_COMPONENT, columns, strict=True)},
    }


def _geometry_numbers(geometry: Geometry) -> dict[str, Any]:
    """Return the lines between the nodes: spines by column, feet and middles by block, and one more foot on top."""
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
