/** The component view's graph: tables of each component's edges at each computed size, whatever the prompt's length. */

import { decodeColumns } from "./decode.js";
import { Graph } from "./graph.js";

export class ComponentGraph extends Graph {
  constructor(payload) {
    super(payload);
    this.tables = decodeColumns(payload.components);
    for (const node of this.dots) this.firstRank[node] = this.tables.first[this.componentOf(node)];
  }

  resize(size) {
    const step = this.stepOf(size);
    const rowOf = (table, width) => table.subarray(step * width, (step + 1) * width);
    const uses = rowOf(this.tables.uses, this.keptBy.length);
    this.keptBy.set(rowOf(this.tables.kept, this.keptBy.length));
    this.segments.set(rowOf(this.tables.residual, this.segments.length));
    for (const node of this.dots) this.uses[node] = uses[this.componentOf(node)];
    this.size = size;
  }

  /** This view draws no single edges. */
  curves() {
    return [];
  }

  own() {
    return [];
  }

  columnsNear() {
    return null;
  }
}
