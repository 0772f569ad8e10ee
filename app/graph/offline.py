"""A subgraph as one HTML file that needs no network: pyvis's nodes and edges, and the vis-network that pyvis brings."""

import html
import json
from collections.abc import Iterator
from dataclasses import dataclass
from string import Template
from typing import Any, Final

import pandas as pd
from pyvis.edge import Edge
from pyvis.network import Network

from strace_core import TraceResult

from ..charts import theme
from ..wording.tokens import spoken_token, token_label
from .geometry import HEAD_RADIUS, STATE_RADIUS, View
from .payload import NODE_KINDS, STAGES, VIS_NETWORK, build_network, geometry_of, token_labels

MOST_ATTENTION_EDGES = 2_000
"""Attention edges drawn at most, the strongest."""

_TEXT: Final = "#26232E"
_FAINT: Final = "#C9C6D1"
_LETTER_WIDTH = 6.5
_PLATE_RISE = 12.0
_PAGE: Final = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<title>$title</title>
<style>
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; color: $text; background: #fff; font: 15px/1.5 system-ui, sans-serif; }
header, footer { padding: 10px 18px; }
h1 { margin: 0; font-size: 19px; unicode-bidi: plaintext; overflow-wrap: anywhere; }
h1 { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
p { margin: 0; }
#network { flex: 1; min-height: 320px; border: solid #dcd9e4; border-width: 1px 0; }
i { display: inline-block; width: 10px; height: 10px; margin: 0 4px 0 12px; }
.vis-tooltip { position: absolute; visibility: hidden; padding: 5px 9px; border: 1px solid #dcd9e4; border-radius: 6px;
  background: #f6f5f9; font-size: 13px; white-space: pre-line; max-width: 320px; pointer-events: none; }
</style>
</head>
<body>
<header><h1>$title</h1><p>$facts</p></header>
<div id="network" role="img" aria-label="$facts"></div>
<footer><p>$drawn<i style="background: $attention; border-radius: 50%"></i>attention
<i style="background: $mlp"></i>MLP<i style="background: $residual; width: 3px"></i>residual stream</p></footer>
<script>$library</script>
<script>
const graph = $graph;
const data = {nodes: new vis.DataSet(graph.nodes), edges: new vis.DataSet(graph.edges)};
new vis.Network(document.getElementById("network"), data, graph.options).fit({maxZoomLevel: 2.5});
</script>
</body>
</html>
""")


@dataclass(frozen=True)
class Line:
    """An edge to draw between two nodes of the network."""

    source: int
    target: int
    kind: str
    width: float
    title: str


def offline_html(result: TraceResult, n_edges: int, view: View | None = None) -> str:
    """The subgraph of an evaluated size as a page of its own, which loads nothing.

    In the token view every edge is a line, of the attention edges the strongest; in the component view a line stands
    for all edges of a component. Raises SizeError for a size without a row in the curve.
    """
    answer = result.top_tokens(n_edges, k=1).iloc[0]
    network = build_network(result, view)
    edges = result.edges.iloc[:n_edges]
    nodes = _Nodes(network)
    by_tokens = geometry_of(result, view).view == "tokens"
    lines = list(_token_lines(result, edges, nodes) if by_tokens else _component_lines(result, edges, nodes))
    network.edges.extend(_option(line) for line in lines)
    answer_label = f"{token_label(answer['text'], 24)} {answer['probability']:.2f}"
    _dress(network, nodes, lines, answer_label, geometry_of(result, view).cell_width)
    prompt = "".join(result.prompt.token_texts).strip()
    size = f"{n_edges:,} of {result.n_edges:,} edges ({100 * n_edges / result.n_edges:.2g} %)"
    return _PAGE.substitute(
        title=html.escape(f"{token_label(prompt)} → {spoken_token(answer['text'])}"),
        facts=html.escape(f"{result.spec.name}: the subgraph keeps {size} and predicts {answer_label}"),
        drawn=_drawn(edges, by_tokens),
        text=_TEXT,
        attention=theme.ATTENTION,
        mlp=theme.MLP,
        residual=theme.RESIDUAL,
        library=VIS_NETWORK.read_text(encoding="utf-8"),
        graph=_script_json({"nodes": network.nodes, "edges": network.edges, "options": _options(network)}),
    )


class _Nodes:
    """Ids of the network's nodes by what they are; in the component view the column stands for every token."""

    def __init__(self, network: Network) -> None:
        components = [tuple(node["component"]) for node in network.nodes]
        self._ids = {component: node["id"] for component, node in zip(components, network.nodes, strict=True)}
        self._column = None if NODE_KINDS.index("token") in {kind for kind, *_ in components} else components[-1][3]

    def dot(self, layer: int, head: int, token: int) -> int:
        """A head, or the MLP where ``head`` is -1."""
        kind = NODE_KINDS.index("mlp" if head < 0 else "head")
        return self._ids[kind, layer, head, token if self._column is None else -1, -1]

    def state(self, layer: int, stage: str, token: int) -> int:
        """A state of the residual stream."""
        column = token if self._column is None else self._column
        return self._ids[NODE_KINDS.index("state"), layer, -1, column, STAGES.index(stage)]

    @property
    def prediction(self) -> int:
        """The prediction."""
        return self._ids[NODE_KINDS.index("prediction"), -1, -1, -1, -1]


def _token_lines(result: TraceResult, edges: pd.DataFrame, nodes: _Nodes) -> Iterator[Line]:
    """Every edge as a line; a head adds one thin line to its sum, an MLP is a station on its edge."""
    texts, parallel = token_labels(result), result.spec.parallel
    attention = edges[edges["kind"] == "attention"]
    for row in attention.nlargest(MOST_ATTENTION_EDGES, "score").itertuples():
        words = f"Block {row.layer}, head {row.head}: {texts[row.source]} → {texts[row.target]}"
        title = f"{words}\nshare {row.score:.3f}, edge {row.rank + 1:,} of the trace"
        head = nodes.dot(row.layer, row.head, row.target)
        yield Line(nodes.state(row.layer, "pre", row.source), head, "attention", 0.5 + 2 * row.score**0.5, title)
    for row in attention.drop_duplicates(["layer", "head", "target"]).itertuples():
        sums = _after_attention(nodes, row.layer, row.target, parallel)
        yield Line(nodes.dot(row.layer, row.head, row.target), sums, "join", 0.5, "")
    for row in edges[edges["kind"] != "attention"].itertuples():
        below, above = _ends(nodes, row.kind, row.layer, row.target, parallel)
        title = f"Block {row.layer} at {texts[row.target]}\nshare {row.score:.3f}, edge {row.rank + 1:,} of the trace"
        if row.kind == "mlp":
            mlp = nodes.dot(row.layer, -1, row.target)
            yield Line(below, mlp, "mlp", 1.5, f"MLP, {title}")
            yield Line(mlp, above, "mlp", 1.5, f"MLP, {title}")
        else:
            yield Line(below, above, "residual", 2.5, f"Residual stream, {title}")


def _component_lines(result: TraceResult, edges: pd.DataFrame, nodes: _Nodes) -> Iterator[Line]:
    """One line for all edges of a head, an MLP or a stretch of the residual stream."""
    parallel = result.spec.parallel
    counts = edges.groupby(["kind", "layer", "head"], observed=True)["target"].agg(["size", "nunique"]).reset_index()
    for row in counts.itertuples():
        part = "residual stream" if row.kind.startswith("residual") else "MLP" if row.head < 0 else f"head {row.head}"
        title = f"Block {row.layer}, {part}: {row.size:,} edges at {row.nunique:,} of {len(result.prompt):,} positions"
        below, above = _ends(nodes, row.kind, row.layer, 0, parallel)
        if row.kind in ("attention", "mlp"):
            sums = _after_attention(nodes, row.layer, 0, parallel) if row.kind == "attention" else above
            yield Line(nodes.dot(row.layer, row.head, 0), sums, row.kind, 1.5, title)
        else:
            yield Line(below, above, "residual", 2.5, title)


def _after_attention(nodes: _Nodes, layer: int, token: int, parallel: bool) -> int:
    """The state that a block's heads add to."""
    return nodes.state(layer + 1, "pre", token) if parallel else nodes.state(layer, "mid", token)


def _ends(nodes: _Nodes, kind: str, layer: int, token: int, parallel: bool) -> tuple[int, int]:
    """The states below and above an edge that stays at its token."""
    upper = not parallel and kind in ("mlp", "residual_mlp")
    below = nodes.state(layer, "mid" if upper else "pre", token)
    whole_block = parallel or upper
    return below, nodes.state(layer + 1, "pre", token) if whole_block else _after_attention(nodes, layer, token, False)


def _option(line: Line) -> dict[str, Any]:
    is_join = line.kind == "join"
    colour = {"color": theme.KIND_COLOURS["attention" if is_join else line.kind], "opacity": 0.45 if is_join else 0.8}
    smooth = {"enabled": True, "type": "cubicBezier", "forceDirection": "horizontal", "roundness": 0.35}
    titled = {"title": line.title} if line.title else {}
    look = {"color": colour, "width": round(line.width, 2), **titled}
    return Edge(line.source, line.target, smooth=smooth if line.kind == "attention" else False, **look).options


def _dress(network: Network, nodes: _Nodes, lines: list[Line], answer: str, pitch: float) -> None:
    """Nodes that no line touches step back; labels are cut to the room that a column has."""
    touched = {end for line in lines for end in (line.source, line.target)} | {nodes.prediction}
    letters = max(3, int(pitch / _LETTER_WIDTH))
    for node in network.nodes:
        kind = NODE_KINDS[node.pop("component")[0]]
        if kind == "prediction":
            plate = {"background": "#FFFFFF", "border": theme.SUBGRAPH}
            node.update(label=answer, shape="box", color=plate, y=node["y"] - _PLATE_RISE)
        elif kind == "block":
            node["x"] -= _PLATE_RISE
        elif kind == "token":
            node["label"] = token_label(node["label"], letters)
        elif node["id"] not in touched:
            node["color"] = {"background": "#FFFFFF", "border": _FAINT}
            node["size"] = (STATE_RADIUS if kind == "state" else HEAD_RADIUS) / 2


def _options(network: Network) -> dict[str, Any]:
    font = {"color": _TEXT, "size": 12, "face": "system-ui, sans-serif"}
    return {**network.options, "nodes": {"borderWidth": 1, "font": font, "labelHighlightBold": False}}


def _drawn(edges: pd.DataFrame, by_tokens: bool) -> str:
    """What the lines stand for, and how many are left out."""
    n_attention = int((edges["kind"] == "attention").sum())
    if not by_tokens:
        return "A line stands for all edges of a component."
    if n_attention <= MOST_ATTENTION_EDGES:
        return "Every edge of the subgraph is drawn."
    return f"The {MOST_ATTENTION_EDGES:,} strongest of {n_attention:,} attention edges are drawn, and every other edge."


def _script_json(value: object) -> str:
    """JSON that is safe inside a script element, whatever texts are in it."""
    text = json.dumps(value)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
