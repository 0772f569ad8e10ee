/** A graph's message, and what follows from a size and a filter: which components are active and which are shown. */

import { Filter } from "./filter.js";
import { HEAD, MLP, NODE_KINDS, STAGES, STATE, TOKEN } from "./kinds.js";

export class Graph {
  constructor(payload) {
    Object.assign(this, payload);
    this.columns = payload.geometry.spines.length;
    this.byComponents = payload.view === "components";
    this.size = 0;
    this.indexNodes();
    this.uses = new Uint16Array(this.count);
    this.firstRank = new Int32Array(this.count).fill(-1);
    this.keptBy = new Int32Array(this.n_layers * (this.n_heads + 1));
    this.segments = new Int32Array(this.n_layers * 2 * this.columns);
    this.show(new Filter(this));
  }

  /** Index nodes by what they are. Heads and MLPs are the dots. */
  indexNodes() {
    const { node_kind, layer, head, token, stage } = this.nodes;
    this.count = node_kind.length;
    this.dots = [];
    this.states = [];
    this.dotAt = new Int32Array(this.n_layers * (this.n_heads + 1) * this.columns).fill(-1);
    this.stateAt = new Int32Array((this.n_layers + 1) * 2 * this.columns).fill(-1);
    for (let node = 0; node < this.count; node++) {
      const column = this.byComponents ? 0 : token[node];
      if (node_kind[node] === STATE) {
        this.states.push(node);
        this.stateAt[this.segment(layer[node], stage[node], column)] = node;
      } else if (node_kind[node] === HEAD || node_kind[node] === MLP) {
        this.dots.push(node);
        this.dotAt[this.component(layer[node], head[node]) * this.columns + column] = node;
      }
    }
  }

  /** A component's index among all: the heads of each block, then its MLP, for which `head` is negative. */
  component(layer, head) {
    return layer * (this.n_heads + 1) + (head < 0 ? this.n_heads : head);
  }

  componentOf(node) {
    return this.component(this.nodes.layer[node], this.nodes.head[node]);
  }

  /** The index of a block's residual edge at a column: stage 0 leads past the attention, stage 1 past the MLP. */
  segment(layer, stage, column) {
    return (layer * 2 + stage) * this.columns + column;
  }

  /** At how many positions a node's component can be active: in the last block only at the traced one. */
  places(node) {
    return this.byComponents && this.nodes.layer[node] < this.n_layers - 1 ? this.tokens.length : 1;
  }

  /** Apply a filter: which nodes it hides, and the dots and states it shows. */
  show(filter) {
    this.filter = filter;
    this.hidden = Uint8Array.from({ length: this.count }, (_, node) => (filter.showsNode(this, node) ? 0 : 1));
    this.shownDots = this.dots.filter((node) => !this.hidden[node]);
    this.shownStates = this.states.filter((node) => !this.hidden[node]);
  }

  /** Kept attention edges that the filter shows. */
  shownAttention() {
    let shown = 0;
    for (let layer = 0; layer < this.n_layers; layer++) {
      for (let head = 0; head < this.n_heads; head++) {
        if (this.filter.showsComponent(layer, head)) shown += this.keptBy[this.component(layer, head)];
      }
    }
    return shown;
  }

  /** The index into `readouts` of the largest size that is at most n. */
  stepOf(n) {
    const after = this.readouts.findIndex((readout) => readout.n_edges > n);
    return after < 0 ? this.readouts.length - 1 : Math.max(0, after - 1);
  }

  get readout() {
    return this.readouts[this.stepOf(this.size)];
  }

  /** Whether a node can be selected. A block's name and the prediction have a tooltip only. */
  isComponent(node) {
    return [HEAD, MLP, TOKEN, STATE].includes(this.nodes.node_kind[node]);
  }

  /** What a node is, in terms that mean the same in every graph of the model. */
  keyOf(node) {
    if (node === null) return null;
    const { node_kind, layer, head, token, stage } = this.nodes;
    const known = (value) => (value < 0 ? null : value);
    const place = { layer: known(layer[node]), head: known(head[node]), token: known(token[node]) };
    return { kind: NODE_KINDS[node_kind[node]], ...place, stage: STAGES[stage[node]] ?? null };
  }

  /** The node of a key, which may come from the other view, or null: a component of all tokens is the last token's. */
  nodeOfKey(key) {
    if (key === null) return null;
    const same = (node, names) => names.every((name) => this.keyOf(node)[name] === key[name]);
    const alike = [...Array(this.count).keys()].filter((node) => same(node, ["kind", "layer", "head", "stage"]));
    const exact = alike.find((node) => same(node, ["token"]));
    return exact ?? (key.kind === "token" ? null : (alike.at(-1) ?? null));
  }
}
