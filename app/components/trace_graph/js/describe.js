/** Words and numbers: every sentence the component writes. Texts of tokens stay text, never markup. */

const COUNT = new Intl.NumberFormat("en-US");

function plural(n, word) {
  return `${COUNT.format(n)} ${word}${n === 1 ? "" : "s"}`;
}

/** 0.031 -> "3.1", with two digits that say something. */
function percent(fraction) {
  const value = fraction * 100;
  if (value === 0 || value >= 10) return value.toFixed(value === 100 || value === 0 ? 0 : 1);
  return String(Number(value.toPrecision(2)));
}

function probability(p) {
  return p < 0.001 ? "under 0.001" : p < 0.095 ? p.toFixed(3) : p.toFixed(2);
}

/** A token in quotes, isolated so that right-to-left text does not turn the sentence around. */
function quoted(text) {
  return `‘\u2068${text}\u2069’`;
}

/** For a screen reader at each step of the slider. */
function spokenSize(readout) {
  const size = `${plural(readout.n_edges, "edge")}, ${percent(readout.fraction)} percent`;
  return `${size}, predicts ${readout.sub_top[0]}`;
}

/** The tooltip of a node at the graph's present size. */
function describeNode(graph, node) {
  const kind = graph.nodes.node_kind[node];
  if (kind === TOKEN) return describeToken(graph, graph.nodes.token[node]);
  if (kind === BLOCK) return describeBlock(graph, graph.nodes.layer[node]);
  if (kind === PREDICTION) return describePrediction(graph);
  return describeComponent(graph, node);
}

function describeComponent(graph, node) {
  const { layer, head, token } = graph.nodes;
  const name = head[node] < 0 ? `Block ${layer[node]}, MLP` : `Block ${layer[node]}, head ${head[node]}`;
  const at = token[node] < 0 ? "" : ` at ${quoted(graph.tokens[token[node]])}`;
  const first = graph.firstRank[node];
  const since = first < 0 ? "in no subgraph" : `first at size ${COUNT.format(first + 1)}`;
  if (!graph.uses[node]) return `${name}${at}: not in this subgraph, ${since}`;
  if (graph.byComponents) {
    return `${name}: active at ${graph.uses[node]} of ${plural(graph.places(node), "position")}, ${since}`;
  }
  if (head[node] < 0) return `${name}${at}: active, ${since}`;
  const own = graph.own(node);
  const read = own.slice(0, 3).map((edge) => quoted(graph.tokens[graph.edges.source[edge]]));
  const more = own.length > read.length ? ", …" : "";
  return `${name}${at}: ${plural(own.length, "edge")} in, ${since}\nreads ${read.join(", ")}${more}`;
}

function describeToken(graph, token) {
  const { source, target } = graph.edges;
  const kept = graph.strongestKept(Infinity);
  const out = kept.filter((edge) => source[edge] === token && target[edge] !== token).length;
  const into = kept.filter((edge) => target[edge] === token && source[edge] !== token).length;
  const own = kept.filter((edge) => target[edge] === token && source[edge] === token).length;
  const [later, earlier, itself] = [out, into, own].map((count) => COUNT.format(count));
  const counts = `${later} to later tokens, ${earlier} from earlier ones, ${itself} to itself`;
  return `Token ${token}: ${quoted(graph.tokens[token])}\nattention edges kept: ${counts}`;
}

function describeBlock(graph, layer) {
  const active = new Set();
  let mlp = false;
  for (const node of graph.dots) {
    if (graph.nodes.layer[node] !== layer || !graph.uses[node]) continue;
    if (graph.nodes.head[node] < 0) mlp = true;
    else active.add(graph.nodes.head[node]);
  }
  const heads = `${active.size} of ${plural(graph.n_heads, "head")} active`;
  return `Block ${layer}: ${heads}, MLP ${mlp ? "active" : "not in this subgraph"}`;
}

function describePrediction(graph) {
  const { sub_top, full_top } = graph.readouts[graph.stepOf(graph.size)];
  return [
    `Most likely next token`,
    `this subgraph: ${quoted(sub_top[0])} ${probability(sub_top[1])}`,
    `full model: ${quoted(full_top[0])} ${probability(full_top[1])}`,
  ].join("\n");
}

/** What the picture leaves out, or nothing. */
function drawnNote(graph, drawn) {
  if (graph.byComponents || drawn >= graph.keptAttention) return "";
  return `${COUNT.format(drawn)} strongest of ${COUNT.format(graph.keptAttention)} attention edges drawn`;
}
