/** The sentences about a graph and its nodes. Texts of tokens stay text and are never markup. */

import { BLOCK, MID, PRE, PREDICTION, STATE, TOKEN } from "./kinds.js";
import { COUNT, percent, plural, probability, quoted } from "./numbers.js";

export function spokenSize(readout) {
  const size = `${plural(readout.n_edges, "edge")}, ${percent(readout.fraction)} percent`;
  return `${size}, predicts ${readout.sub_top[0]}`;
}

/** A node's tooltip at the current size. */
export function describeNode(graph, node) {
  const kind = graph.nodes.node_kind[node];
  if (kind === TOKEN) return describeToken(graph, graph.nodes.token[node]);
  if (kind === BLOCK) return describeBlock(graph, graph.nodes.layer[node]);
  if (kind === PREDICTION) return describePrediction(graph);
  if (kind === STATE) return describeState(graph, node);
  return describeComponent(graph, node);
}

/** A node's tooltip, with what a click shows where the picture does not tell. */
export function describePointed(graph, node) {
  const kind = graph.nodes.node_kind[node];
  const click = kind === STATE || kind === PREDICTION ? "\nClick for its logit lens: what it predicts by itself" : "";
  return describeNode(graph, node) + click;
}

function describeComponent(graph, node) {
  const { layer, head, token } = graph.nodes;
  const name = head[node] < 0 ? `L${layer[node]} MLP` : `L${layer[node]}H${head[node]}`;
  const at = token[node] < 0 ? "" : ` at ${quoted(graph.tokens[token[node]])}`;
  const first = graph.firstRank[node];
  const since = first < 0 ? "in no subgraph" : `first at size ${COUNT.format(first + 1)}`;
  if (!graph.uses[node]) return `${name}${at}: not in this subgraph, ${since}`;
  if (graph.byComponents) {
    const edges = plural(graph.keptBy[graph.componentOf(node)], "edge");
    return `${name}: active at ${graph.uses[node]} of ${plural(graph.places(node), "position")}, ${edges}, ${since}`;
  }
  if (head[node] < 0) return `${name}${at}: active, ${since}`;
  const own = graph.own(node);
  const read = own.slice(0, 3).map((edge) => quoted(graph.tokens[graph.edges.source[edge]]));
  const more = own.length > read.length ? ", …" : "";
  return `${name}${at}: ${plural(own.length, "edge")} in, ${since}\nreads ${read.join(", ")}${more}`;
}

function describeState(graph, node) {
  const { layer, token, stage } = graph.nodes;
  const at = quoted(graph.tokens[token[node]]);
  let name = `Residual stream at ${at} before block ${layer[node]}`;
  if (stage[node] === MID) name = `Residual stream at ${at} after the attention of block ${layer[node]}`;
  else if (layer[node] === 0) name = `Embedding of ${at}, before block 0`;
  else if (layer[node] === graph.n_layers) name = `Residual stream at ${at} after the last block`;
  if (graph.byComponents) return name;
  const [into, out] = [graph.into[node], graph.out[node]];
  if (layer[node] === graph.n_layers) return `${name}: ${plural(into, "edge")} in; the prediction is read from it`;
  if (layer[node] === 0 && stage[node] === PRE) return `${name}: ${plural(out, "edge")} out`;
  if (!into) return `${name}: zero, because no edge of this subgraph leads here`;
  return `${name}: ${plural(into, "edge")} in, ${COUNT.format(out)} out`;
}

function describeToken(graph, token) {
  const { source, target } = graph.edges;
  const kept = graph.strongestKept(Infinity);
  const out = kept.filter((edge) => source[edge] === token && target[edge] !== token).length;
  const into = kept.filter((edge) => target[edge] === token && source[edge] !== token).length;
  const own = kept.filter((edge) => target[edge] === token && source[edge] === token).length;
  const [later, earlier, itself] = [out, into, own].map((count) => COUNT.format(count));
  const counts = `${later} to later tokens, ${earlier} from earlier tokens, ${itself} to itself`;
  return `Token ${token}: ${quoted(graph.tokens[token])}\nattention edges kept: ${counts}`;
}

function describeBlock(graph, layer) {
  const heads = Array.from({ length: graph.n_heads }, (_, head) => graph.keptBy[graph.component(layer, head)]);
  const active = heads.filter((kept) => kept > 0).length;
  const mlp = graph.keptBy[graph.component(layer, -1)] > 0 ? "active" : "not in this subgraph";
  return `Block ${layer}: ${active} of ${plural(graph.n_heads, "head")} active, MLP ${mlp}`;
}

function describePrediction(graph) {
  const { sub_top, full_top } = graph.readout;
  return [
    `Most likely next token`,
    `this subgraph: ${quoted(sub_top[0])} ${probability(sub_top[1])}`,
    `full model: ${quoted(full_top[0])} ${probability(full_top[1])}`,
  ].join("\n");
}

/** How many of the attention edges that pass the filter are drawn, unless all are. */
export function drawnNote(graph, drawn) {
  const shown = graph.shownAttention();
  if (graph.byComponents || drawn >= shown) return "";
  return `the strongest ${COUNT.format(drawn)} of ${COUNT.format(shown)} attention edges drawn`;
}

/** How much of the subgraph the filter hides. */
export function filterNote(graph) {
  const { edges, hiddenEdges, heads, hiddenHeads, mlps, hiddenMlps } = graph.filter.tally(graph);
  const parts = [
    [hiddenEdges, edges, "edge"],
    [hiddenHeads, heads, "head"],
    [hiddenMlps, mlps, "MLP"],
  ].filter(([hidden], i) => i === 0 || hidden > 0);
  return `hides ${parts.map(([hidden, all, word]) => `${COUNT.format(hidden)} of ${plural(all, word)}`).join(", ")}`;
}
