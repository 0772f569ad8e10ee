"""A subgraph as one HTML file that works offline: pyvis's nodes and edges, and the vis-network bundled with pyvis."""

import html
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Template
from typing import Any, Final

import pandas as pd
from pyvis.edge import Edge

from strace_core import TraceResult

from ..charts import theme
from ..wording.names import component_name
from ..wording.tokens import spoken_token, token_label
from .geometry import HEAD_RADIUS, STATE_RADIUS
from .payload import NODE_KINDS, STAGES, VIS_NETWORK, GraphPicture, token_labels

MAX_ATTENTION_EDGES = 2_000
"""Only this many attention edges are drawn, the strongest."""

_TEXT: Final = "#26232E"
_FAINT: Final = "#C9C6D1"
_LETTER_WIDTH = 6.5
_LABEL_GAP = 12.0
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


def offline_html(picture: GraphPicture, n_edges: int) -> str:
    """Return the subgraph of an evaluated size as a page of its own, which loads nothing.

    The token view draws every edge, but of the attention edges only the strongest. In the component view one line
    stands for all edges of a component. Raises SizeError for a size without a row in the curve.
    """
    result = picture.result
    answer = result.top_tokens(n_edges, k=1).iloc[0]
    edges = result.edges.iloc[:n_edges]
    ids = _NodeIds(picture)
    by_tokens = picture.geometry.view == "tokens"
    lines = list(_token_lines(result, edges, ids) if by_tokens else _component_lines(result, edges, ids))
    answer_label = f"{token_label(answer['text'], 24)} {answer['probability']:.2f}"
    prompt = "".join(result.prompt.token_texts).strip()
    size = f"{n_edges:,} of {result.n_edges:,} edges ({100 * n_edges / result.n_edges:.2g} %)"
    graph = {
        "nodes": _nodes(picture, lines, answer_label),
        "edges": [_edge(line) for line in lines],
        "options": _options(picture),
    }
    return _PAGE.substitute(
        title=html.escape(f"{token_label(prompt)} → {spoken_token(answer['text'])}"),
        facts=html.escape(f"{result.spec.name}: the subgraph keeps {size} and predicts {answer_label}"),
        drawn=_drawn(edges, by_tokens),
        text=_TEXT,
        attention=theme.ATTENTION,
        mlp=theme.MLP,
        residual=theme.RESIDUAL,
        library=VIS_NETWORK.read_text(encoding="utf-8"),
        graph=_script_json(graph),
    )


class _NodeIds:
    """Ids of a picture's nodes by what they are. In the component view the column stands for every token."""

    def __init__(self, picture: GraphPicture) -> None:
        self._ids = {tuple(node["component"]): node["id"] for node in picture.network.nodes}
        self._by_tokens = picture.geometry.view == "tokens"
        self._last = picture.geometry.n_tokens - 1

    def dot(self, layer: int, head: int, token: int) -> int:
        """Return the id of a head, or of the MLP where ``head`` is -1."""
        kind = NODE_KINDS.index("mlp" if head < 0 else "head")
        return self._ids[kind, layer, head, token if self._by_tokens else -1, -1]

    def state(self, layer: int, stage: str, token: int) -> int:
        """Return the id of a state of the residual stream."""
        column = token if self._by_tokens else self._last
        return self._ids[NODE_KINDS.index("state"), layer, -1, column, STAGES.index(stage)]

    @property
    def prediction(self) -> int:
        """The id of the prediction."""
        return self._ids[NODE_KINDS.index("prediction"), -1, -1, -1, -1]


def _token_lines(result: TraceResult, edges: pd.DataFrame, ids: _NodeIds) -> Iterator[Line]:
    """Draw every edge. A thin line joins each head to the state it adds to; an MLP sits on its own edge."""
    texts, parallel = token_labels(result), result.spec.parallel
    attention = edges[edges["kind"] == "attention"]
    for row in attention.nlargest(MAX_ATTENTION_EDGES, "score").itertuples():
        words = f"{component_name(row.layer, row.head)}: {texts[row.source]} → {texts[row.target]}"
        title = f"{words}\nshare {row.score:.3f}, edge {row.rank + 1:,} of the trace"
        head = ids.dot(row.layer, row.head, row.target)
        yield Line(ids.state(row.layer, "pre", row.source), head, "attention", 0.5 + 2 * row.score**0.5, title)
    for row in attention.drop_duplicates(["layer", "head", "target"]).itertuples():
        sums = _after_attention(ids, row.layer, row.target, parallel)
        yield Line(ids.dot(row.layer, row.head, row.target), sums, "join", 0.5, "")
    for row in edges[edges["kind"] != "attention"].itertuples():
        below, above = _ends(ids, row.kind, row.layer, row.target, parallel)
        where = f"at {texts[row.target]}\nshare {row.score:.3f}, edge {row.rank + 1:,} of the trace"
        if row.kind == "mlp":
            mlp = ids.dot(row.layer, -1, row.target)
            yield Line(below, mlp, "mlp", 1.5, f"{component_name(row.layer, -1)} {where}")
            yield Line(mlp, above, "mlp", 1.5, f"{component_name(row.layer, -1)} {where}")
        else:
            yield Line(below, above, "residual", 2.5, f"Residual stream of block {row.layer} {where}")


def _component_lines(result: TraceResult, edges: pd.DataFrame, ids: _NodeIds) -> Iterator[Line]:
    """Draw one line for all edges of a head, an MLP or a segment of the residual stream."""
    parallel = result.spec.parallel
    counts = edges.groupby(["kind", "layer", "head"], observed=True)["target"].agg(["size", "nunique"]).reset_index()
    for row in counts.itertuples():
        is_residual = row.kind.startswith("residual")
        name = f"Residual stream of block {row.layer}" if is_residual else component_name(row.layer, row.head)
        title = f"{name}: {row.size:,} edges at {row.nunique:,} of {len(result.prompt):,} positions"
        below, above = _ends(ids, row.kind, row.layer, 0, parallel)
        if row.kind in ("attention", "mlp"):
            sums = _after_attention(ids, row.layer, 0, parallel) if row.kind == "attention" else above
            yield Line(ids.dot(row.layer, row.head, 0), sums, row.kind, 1.5, title)
        else:
            yield Line(below, above, "residual", 2.5, title)


def _after_attention(ids: _NodeIds, layer: int, token: int, parallel: bool) -> int:
    """Return the state that a block's heads add to."""
    return ids.state(layer + 1, "pre", token) if parallel else ids.state(layer, "mid", token)


def _ends(ids: _NodeIds, kind: str, layer: int, token: int, parallel: bool) -> tuple[int, int]:
    """Return the states below and above an edge that stays at its token."""
    upper = not parallel and kind in ("mlp", "residual_mlp")
    below = ids.state(layer, "mid" if upper else "pre", token)
    whole_block = parallel or upper
    return below, ids.state(layer + 1, "pre", token) if whole_block else _after_attention(ids, layer, token, False)


def _edge(line: Line) -> dict[str, Any]:
    is_join = line.kind == "join"
    colour = {"color": theme.KIND_COLOURS["attention" if is_join else line.kind], "opacity": 0.45 if is_join else 0.8}
    smooth = {"enabled": True, "type": "cubicBezier", "forceDirection": "horizontal", "roundness": 0.35}
    titled = {"title": line.title} if line.title else {}
    look = {"color": colour, "width": round(line.width, 2), **titled}
    return Edge(line.source, line.target, smooth=smooth if line.kind == "attention" else False, **look).options


def _nodes(picture: GraphPicture, lines: list[Line], answer: str) -> list[dict[str, Any]]:
    """Return the nodes as the page draws them: those without a line are faint, labels are cut to their column."""
    touched = {end for line in lines for end in (line.source, line.target)}
    n_letters = max(3, int(picture.geometry.cell_width / _LETTER_WIDTH))
    return [_node(node, node["id"] in touched, answer, n_letters) for node in picture.network.nodes]


def _node(node: Mapping[str, Any], is_touched: bool, answer: str, n_letters: int) -> dict[str, Any]:
    kind = NODE_KINDS[node["component"][0]]
    drawn = {name: value for name, value in node.items() if name != "component"}
    if kind == "prediction":
        plate = {"background": "#FFFFFF", "border": theme.SUBGRAPH}
        return drawn | {"label": answer, "shape": "box", "color": plate, "y": node["y"] - _LABEL_GAP}
    if kind == "block":
        return drawn | {"x": node["x"] - _LABEL_GAP}
    if kind == "token":
        return drawn | {"label": token_label(node["label"], n_letters)}
    if is_touched:
        return drawn
    faint = {"background": "#FFFFFF", "border": _FAINT}
    return drawn | {"color": faint, "size": (STATE_RADIUS if kind == "state" else HEAD_RADIUS) / 2}


def _options(picture: GraphPicture) -> dict[str, Any]:
    font = {"color": _TEXT, "size": 12, "face": "system-ui, sans-serif"}
    nodes = {"borderWidth": 1, "font": font, "labelHighlightBold": False}
    return {**picture.network.options, "nodes": nodes}


def _drawn(edges: pd.DataFrame, by_tokens: bool) -> str:
    """Say what the lines stand for, and how many are left out."""
    n_attention = int((edges["kind"] == "attention").sum())
    if not by_tokens:
        return "A line stands for all edges of a component."
    if n_attention <= MAX_ATTENTION_EDGES:
        return "Every edge of the subgraph is drawn."
    strongest = f"The {MAX_ATTENTION_EDGES:,} strongest of {n_attention:,} attention edges"
    return f"{strongest} are drawn, and all edges of other kinds."


def _script_json(value: object) -> str:
    """Return JSON that is safe inside a script element, whatever texts it holds."""
    text = json.dumps(value)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
