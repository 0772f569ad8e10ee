"""The traced graph as a pyvis network, and the message that mounts it in the graph component.

pyvis builds the network: integer ids, fixed positions from `app.views.geometry`, physics off. The component
draws the edges itself, from the columns of `build_payload`; an offline export adds edges to the same network.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from pyvis.network import Network
from pyvis.node import Node

from app.views import theme
from app.views.geometry import HEAD_RADIUS, MLP_RADIUS, Geometry, PlacedNode, View, default_view, lay_out
from app.views.tokens import spoken_token, token_label
from strace_core import KINDS, TraceResult

NODE_KINDS: Final = ("head", "mlp", "token", "block", "prediction")
_SHAPES: Final = {"head": "dot", "mlp": "square", "prediction": "diamond"}
_COLOURS: Final = {"head": theme.ATTENTION, "mlp": theme.MLP, "prediction": theme.SUBGRAPH}
_SIZES: Final = {"head": HEAD_RADIUS, "mlp": MLP_RADIUS}
_COMPONENT: Final = ("node_kind", "layer", "head", "token")
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

    `fraction` is n_edges / E; `heads` and `mlps` count those with at least one kept edge; `tv` is the total
    variation from the full model's distribution, in [0, 1]; the tops are (token text, probability).
    """

    n_edges: int
    fraction: float
    heads: int
    mlps: int
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


def geometry_of(result: TraceResult, view: View | None = None) -> Geometry:
    """The positions of a result's graph; without a view, the one that suits its number of dots."""
    spec, n_tokens = result.spec, len(result.prompt.token_texts)
    return lay_out(
        view or default_view(spec.n_layers, spec.n_heads, n_tokens),
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
    slider stops at, ascending. Edges are columns in order of inclusion: all of them where curves are drawn; in the
    component view, which draws none and serves graphs of any size, the residual ones alone, with their ranks.
    """
    geometry = geometry_of(result, view)
    edges = result.edges
    columns = edge_columns(edges)
    if geometry.view == "components":
        residual = edges[~edges["kind"].isin(("attention", "mlp"))]
        columns = edge_columns(residual) | {"rank": _encode(residual["rank"].to_numpy(np.int32))}
    return {
        "id": f"{result.id}/{geometry.view}",
        "view": geometry.view,
        "parallel": geometry.parallel,
        "n_layers": geometry.n_layers,
        "n_heads": geometry.n_heads,
        "n_edges": len(edges),
        "tokens": token_labels(result),
        "options": network.options,
        "nodes": _node_columns(network),
        "wakes": {name: _encode(column.to_numpy(np.int32)) for name, column in wakes(edges, network).items()},
        "geometry": _geometry_numbers(geometry),
        "kinds": list(KINDS),
        "edges": columns,
        "readouts": [_spoken(readout) for readout in readouts],
        "marks": [asdict(mark) for mark in marks],
        "palette": _palette(),
    }


def edge_columns(edges: pd.DataFrame) -> dict[str, dict[str, str]]:
    """The columns of the edges as base64 typed arrays, in the order of the rows.

    `kind` is an index into `KINDS`; `head` is 255 where there is none; `score` is the upper half of its
    float32 (bfloat16: two to three digits), enough to order and to show it.
    """
    heads = edges["head"].to_numpy()
    score = edges["score"].to_numpy(np.float32, copy=True).view(np.uint32) >> 16
    codes = pd.Categorical(edges["kind"], categories=list(KINDS)).codes
    positions = np.uint8 if edges["target"].max() < 256 else np.uint16
    columns = {
        "kind": codes.astype(np.uint8),
        "layer": edges["layer"].to_numpy().astype(np.uint8),
        "head": np.where(heads < 0, 255, heads).astype(np.uint8),
        "source": edges["source"].to_numpy().astype(positions),
        "target": edges["target"].to_numpy().astype(positions),
        "score": score.astype(np.uint16),
    }
    return {name: _encode(column) for name, column in columns.items()}


def wakes(edges: pd.DataFrame, network: Network) -> pd.DataFrame:
    """When each head and MLP wakes up at each position: the `rank` of its first edge there, and its `node`.

    `edges` are in order of rank, and so is the answer. In the component view a node wakes once for every
    position that uses it.
    """
    components = pd.DataFrame([node["component"] for node in network.nodes], columns=_COMPONENT)
    dots = components[components["node_kind"] < 2].rename_axis("node").reset_index()
    everywhere = (dots["token"] == -1).all()
    kept = edges[edges["kind"].isin(("attention", "mlp"))]
    first = kept.drop_duplicates(["layer", "head", "target"])[["rank", "layer", "head", "target"]]
    first["token"] = -1 if everywhere else first["target"]
    return first.merge(dots, on=["layer", "head", "token"], validate="many_to_one")[["rank", "node"]]


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
        component=(NODE_KINDS.index(placed.kind), placed.layer, placed.head, placed.token),
    ).options
    network.nodes.append(node)
    network.node_ids.append(node_id)
    network.node_map[node_id] = node


def _node_label(placed: PlacedNode, texts: Sequence[str]) -> str:
    if placed.kind == "token":
        return texts[placed.token]
    return f"L{placed.layer}" if placed.kind == "block" else _NO_LABEL


def _node_title(placed: PlacedNode, texts: Sequence[str]) -> str:
    if placed.kind == "prediction":
        return "The prediction"
    if placed.kind == "token":
        return f"Token {placed.token}: {texts[placed.token]}"
    part = {"head": f", head {placed.head}", "mlp": ", MLP", "block": ""}[placed.kind]
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


def _encode(column: np.ndarray) -> dict[str, str]:
    little_endian = column.astype(column.dtype.newbyteorder("<"))
    return {"dtype": column.dtype.name, "data": base64.b64encode(little_endian.tobytes()).decode("ascii")}
