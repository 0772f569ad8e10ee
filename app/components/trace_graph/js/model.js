/**
 * A graph's message decoded, and what follows from a size: which components are active, which edges are
 * drawn. Edges come in order of inclusion; the subgraph of size n is those of rank below n.
 */

const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, int32: Int32Array };
const NODE_KINDS = ["head", "mlp", "token", "block", "prediction"];
const [HEAD, MLP, TOKEN, BLOCK, PREDICTION] = NODE_KINDS.keys();
/** Attention curves drawn at most, unless they belong to the node in focus. */
const CURVE_LIMIT = 400;

/** A column of the message as a typed array. */
function decodeColumn({ dtype, data }) {
  const text = atob(data);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new ARRAYS[dtype](bytes.buffer);
}

function decodeColumns(columns) {
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, decodeColumn(column)]));
}

/** Everything the painter and the readouts ask about one graph. */
class Graph {
  constructor(payload) {
    Object.assign(this, payload);
    this.edges = decodeColumns(payload.edges);
    this.wakes = decodeColumns(payload.wakes);
    this.attention = payload.kinds.indexOf("attention");
    this.mlp = payload.kinds.indexOf("mlp");
    this.residualMlp = payload.kinds.indexOf("residual_mlp");
    this.columns = payload.geometry.spines.length;
    this.byComponents = payload.view === "components";
    this.size = 0;
    this.awake = 0;
    this.kept = 0;
    this.keptAttention = 0;
    this.indexNodes();
    this.indexEdges();
    this.segments = new Uint16Array(this.n_layers * 2 * this.columns);
  }

  /** Finds a head's or an MLP's node from its block, head and column; counts the positions it may work at. */
  indexNodes() {
    const { node_kind, layer, head, token } = this.nodes;
    this.dots = [];
    this.dotAt = new Int32Array(this.n_layers * (this.n_heads + 1) * this.columns).fill(-1);
    node_kind.forEach((kind, node) => {
      if (kind !== HEAD && kind !== MLP) return;
      this.dots.push(node);
      this.dotAt[this.slot(layer[node], head[node], token[node])] = node;
    });
    this.uses = new Uint16Array(node_kind.length);
    this.firstRank = new Int32Array(node_kind.length).fill(-1);
    this.wakes.node.forEach((node, i) => {
      if (this.firstRank[node] < 0) this.firstRank[node] = this.wakes.rank[i];
    });
  }

  slot(layer, head, token) {
    const place = head < 0 ? this.n_heads : head;
    return (layer * (this.n_heads + 1) + place) * this.columns + (this.byComponents ? 0 : token);
  }

  /** The node each edge belongs to (-1 for residual edges), and the attention edges from the strongest down. */
  indexEdges() {
    const { kind, layer, head, target, score } = this.edges;
    this.nodeOf = new Int32Array(kind.length).fill(-1);
    const keys = new Float64Array(kind.length).fill(Infinity);
    for (let e = 0; e < kind.length; e++) {
      if (kind[e] === this.attention) keys[e] = (0xffff - score[e]) * 2 ** 32 + e;
      if (kind[e] === this.attention || kind[e] === this.mlp) {
        this.nodeOf[e] = this.dotAt[this.slot(layer[e], kind[e] === this.mlp ? -1 : head[e], target[e])];
      }
    }
    const sorted = keys.sort().filter(Number.isFinite);
    this.strongest = Uint32Array.from(sorted, (key) => key % 2 ** 32);
  }

  /** How many positions could use a node: all, but one alone in the last block. */
  places(node) {
    return this.byComponents && this.nodes.layer[node] < this.n_layers - 1 ? this.tokens.length : 1;
  }

  /** Residual edges of a block at a column: stage 0 up to the attention's sum, stage 1 up to the MLP's. */
  segment(layer, stage, column) {
    return (layer * 2 + stage) * this.columns + column;
  }

  /** The place of an edge in the order of inclusion: where all edges were sent, its index. */
  rank(edge) {
    return this.edges.rank ? this.edges.rank[edge] : edge;
  }

  /** Move to another size, by the edges between the two. */
  resize(size) {
    const count = this.edges.kind.length;
    while (this.kept < count && this.rank(this.kept) < size) this.count(this.kept++, 1);
    while (this.kept > 0 && this.rank(this.kept - 1) >= size) this.count(--this.kept, -1);
    const { rank, node } = this.wakes;
    while (this.awake < rank.length && rank[this.awake] < size) this.uses[node[this.awake++]] += 1;
    while (this.awake > 0 && rank[this.awake - 1] >= size) this.uses[node[--this.awake]] -= 1;
    this.size = size;
  }

  /** Add an edge to what is kept, or take it away. */
  count(edge, step) {
    const { kind, layer, target } = this.edges;
    if (kind[edge] === this.attention) this.keptAttention += step;
    else if (kind[edge] !== this.mlp) {
      const column = this.byComponents ? 0 : target[edge];
      this.segments[this.segment(layer[edge], kind[edge] === this.residualMlp ? 1 : 0, column)] += step;
    }
  }

  /** An edge's share of what arrives at its node, in (0, 1]. */
  share(edge) {
    SHARE_BITS[0] = this.edges.score[edge] << 16;
    return SHARE[0];
  }

  /** The strongest kept attention edges that `wanted` lets through, at most `limit`. */
  strongestKept(limit, wanted = () => true) {
    const found = [];
    for (const edge of this.strongest) {
      if (found.length >= limit) break;
      if (edge < this.kept && wanted(edge)) found.push(edge);
    }
    return found;
  }

  /** Kept attention edges of a node: those into a head; for a token, those that leave it or arrive at it. */
  own(node) {
    const { node_kind, token } = this.nodes;
    if (node_kind[node] === HEAD) return this.strongestKept(Infinity, (edge) => this.nodeOf[edge] === node);
    if (node_kind[node] !== TOKEN) return [];
    const { source, target } = this.edges;
    return this.strongestKept(CURVE_LIMIT, (edge) => [source[edge], target[edge]].includes(token[node]));
  }

  /** The index into `readouts` of the largest size that is at most n. */
  stepOf(n) {
    const after = this.readouts.findIndex((readout) => readout.n_edges > n);
    return after < 0 ? this.readouts.length - 1 : Math.max(0, after - 1);
  }
}

const SHARE = new Float32Array(1);
const SHARE_BITS = new Uint32Array(SHARE.buffer);
