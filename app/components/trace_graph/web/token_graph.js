/** The token view's graph: all edges in order of inclusion, so that an edge's index is its rank. */

import { decodeColumns } from "./decode.js";
import { Graph } from "./graph.js";
import { HEAD, MID, PRE, STATE, TOKEN } from "./kinds.js";

/** The most attention curves drawn, apart from those of the node in focus. */
const CURVE_LIMIT = 400;

/** Turns a score, the upper half of a 32-bit float, into a number. */
const SHARE = new Float32Array(1);
const SHARE_BITS = new Uint32Array(SHARE.buffer);

export class TokenGraph extends Graph {
  constructor(payload) {
    super(payload);
    this.edges = decodeColumns(payload.edges);
    this.kept = 0;
    /** Kept edges into each node and out of each state. */
    this.into = new Int32Array(this.count);
    this.out = new Int32Array(this.count);
    this.indexEdges();
  }

  /** Find each edge's dot (-1 for residual edges), and sort the attention edges from the strongest down. */
  indexEdges() {
    const { kind, layer, head, target, score } = this.edges;
    const attention = this.kinds.indexOf("attention");
    const mlp = this.kinds.indexOf("mlp");
    const keys = new Float64Array(kind.length).fill(Infinity);
    this.dotOf = new Int32Array(kind.length).fill(-1);
    for (let e = 0; e < kind.length; e++) {
      if (kind[e] === attention) keys[e] = (0xffff - score[e]) * 2 ** 32 + e;
      else if (kind[e] !== mlp) continue;
      const dot = this.dotAt[this.component(layer[e], kind[e] === mlp ? -1 : head[e]) * this.columns + target[e]];
      this.dotOf[e] = dot;
      if (this.firstRank[dot] < 0) this.firstRank[dot] = e;
    }
    this.strongest = Uint32Array.from(keys.sort().filter(Number.isFinite), (key) => key % 2 ** 32);
  }

  /** Move to another size by adding or removing the edges between the two. */
  resize(size) {
    while (this.kept < size) this.step(this.kept++, 1);
    while (this.kept > size) this.step(--this.kept, -1);
    this.size = size;
  }

  /** Add an edge to the subgraph (`change` 1) or remove it (-1). */
  step(edge, change) {
    const { layer, head, source, target } = this.edges;
    const kind = this.kinds[this.edges.kind[edge]];
    const upper = !this.parallel && (kind === "mlp" || kind === "residual_mlp") ? 1 : 0;
    const dot = this.dotOf[edge];
    if (dot >= 0) {
      this.into[dot] += change;
      this.uses[dot] = this.into[dot] > 0 ? 1 : 0;
      this.keptBy[this.component(layer[edge], kind === "mlp" ? -1 : head[edge])] += change;
    } else this.segments[this.segment(layer[edge], upper, target[edge])] += change;
    this.out[this.stateAt[this.segment(layer[edge], upper, source[edge])]] += change;
    const arrival = this.parallel || upper ? this.segment(layer[edge] + 1, PRE, target[edge]) : null;
    this.into[this.stateAt[arrival ?? this.segment(layer[edge], MID, target[edge])]] += change;
  }

  /** An edge's share of what arrives at its node, in (0, 1]. */
  share(edge) {
    SHARE_BITS[0] = this.edges.score[edge] << 16;
    return SHARE[0];
  }

  /** The strongest kept attention edges that pass the filter and `wanted`, at most `limit`. */
  strongestKept(limit, wanted = () => true) {
    const found = [];
    for (const edge of this.strongest) {
      if (found.length >= limit) break;
      if (edge < this.kept && !this.hidden[this.dotOf[edge]] && wanted(edge)) found.push(edge);
    }
    return found;
  }

  /** The edges to draw as curves. */
  curves() {
    return this.strongestKept(CURVE_LIMIT);
  }

  /** A node's own kept attention edges: those into a head, or those that leave or enter a token or a state. */
  own(node) {
    const { source, target, layer } = this.edges;
    const here = this.nodes;
    const token = here.token[node];
    if (here.node_kind[node] === HEAD) return this.strongestKept(Infinity, (edge) => this.dotOf[edge] === node);
    if (here.node_kind[node] === TOKEN) {
      return this.strongestKept(CURVE_LIMIT, (edge) => source[edge] === token || target[edge] === token);
    }
    if (here.node_kind[node] !== STATE) return [];
    const leaves = here.stage[node] === PRE ? here.layer[node] : -1;
    const arrives = this.parallel ? here.layer[node] - 1 : here.stage[node] === MID ? here.layer[node] : -1;
    const touches = (edge) =>
      (layer[edge] === leaves && source[edge] === token) || (layer[edge] === arrives && target[edge] === token);
    return this.strongestKept(CURVE_LIMIT, touches);
  }

  /** The columns touched by a node and its own edges. */
  columnsNear(node, own) {
    const { source, target } = this.edges;
    return new Set([...own.flatMap((edge) => [source[edge], target[edge]]), this.nodes.token[node]]);
  }
}
