/** Which parts of a graph the reader wants to see: everything, unless set otherwise. */

import { HEAD, MLP, PRE, STATE } from "./kinds.js";

export class Filter {
  constructor({ n_layers, n_heads }) {
    Object.assign(this, { n_layers, n_heads });
    this.clear();
  }

  clear() {
    this.kinds = { residual: true, attention: true, mlp: true };
    this.from = 0;
    this.to = this.n_layers - 1;
    /** The numbers of the heads shown, or null for all. */
    this.heads = null;
  }

  get active() {
    const { kinds, from, to, heads, n_layers } = this;
    return Object.values(kinds).includes(false) || from > 0 || to < n_layers - 1 || heads !== null;
  }

  fits({ n_layers, n_heads }) {
    return this.n_layers === n_layers && this.n_heads === n_heads;
  }

  shows(kind, layer) {
    return this.kinds[kind] && layer >= this.from && layer <= this.to;
  }

  /** A head of a block, or its MLP where `head` is negative. */
  showsComponent(layer, head) {
    if (head < 0) return this.shows("mlp", layer);
    return this.shows("attention", layer) && (this.heads === null || this.heads.has(head));
  }

  showsNode({ nodes }, node) {
    const layer = nodes.layer[node];
    if ([HEAD, MLP].includes(nodes.node_kind[node])) return this.showsComponent(layer, nodes.head[node]);
    if (nodes.node_kind[node] !== STATE) return true;
    // A state lies between two blocks, or within one.
    return [layer, nodes.stage[node] === PRE ? layer - 1 : layer].some((near) => this.shows("residual", near));
  }

  /** Count the subgraph's edges, heads and MLPs, and how many of each are hidden. */
  tally(graph) {
    const count = { edges: graph.size, hiddenEdges: 0, heads: 0, hiddenHeads: 0, mlps: 0, hiddenMlps: 0 };
    for (let layer = 0; layer < this.n_layers; layer++) {
      for (let head = -1; head < this.n_heads; head++) {
        const kept = graph.keptBy[graph.component(layer, head)];
        const active = kept > 0 ? 1 : 0;
        const hidden = !this.showsComponent(layer, head);
        count[head < 0 ? "mlps" : "heads"] += active;
        if (hidden) count[head < 0 ? "hiddenMlps" : "hiddenHeads"] += active;
        if (hidden) count.hiddenEdges += kept;
      }
      if (this.shows("residual", layer)) continue;
      for (let i = graph.segment(layer, 0, 0); i < graph.segment(layer + 1, 0, 0); i++) {
        count.hiddenEdges += graph.segments[i];
      }
    }
    return count;
  }
}

/** Parse "3", "0, 2" or "0, 5-7" into a set of heads: null for all or an empty text, undefined for anything else. */
export function parseHeads(text, n_heads) {
  if (/^\s*(all)?\s*$/i.test(text)) return null;
  const heads = new Set();
  for (const part of text.replace(/\s*[-–]\s*/g, "-").split(/[,;\s]+/).filter(Boolean)) {
    const found = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (!found) return undefined;
    const [from, to] = [Number(found[1]), Math.min(Number(found[2] ?? found[1]), n_heads - 1)];
    for (let head = from; head <= to; head++) heads.add(head);
  }
  return heads;
}
