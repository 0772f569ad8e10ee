/** The form that sets the filter, with a sentence about what it hides. */

import { filterNote } from "./describe.js";
import { Filter, parseHeads } from "./filter.js";
import { Popover } from "./popover.js";

export class FilterPanel {
  /** @param {function(Filter): void} onChange called after each change */
  constructor(root, onChange) {
    this.root = root;
    this.onChange = onChange;
    this.filter = null;
    this.popover = new Popover(root, "filter");
    this.form = this.popover.panel;
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("input", () => this.read());
    this.field("clear").addEventListener("click", () => {
      this.filter.clear();
      this.write();
      this.onChange(this.filter);
    });
  }

  field(name) {
    return this.form.elements.namedItem(name);
  }

  /** The filter for a graph: the current one if the model has the same shape, else a new one. */
  filterFor(graph) {
    if (!this.filter?.fits(graph)) {
      this.filter = new Filter(graph);
      this.write();
    }
    return this.filter;
  }

  write() {
    const { filter } = this;
    for (const [kind, shown] of Object.entries(filter.kinds)) this.field(kind).checked = shown;
    for (const end of ["from", "to"]) {
      this.field(end).max = String(filter.n_layers - 1);
      this.field(end).value = String(filter[end]);
    }
    this.field("heads").value = "";
    this.setValid(true);
  }

  read() {
    const { filter } = this;
    for (const kind of Object.keys(filter.kinds)) filter.kinds[kind] = this.field(kind).checked;
    filter.from = this.block("from", 0);
    filter.to = this.block("to", filter.n_layers - 1);
    const heads = parseHeads(this.field("heads").value, filter.n_heads);
    this.setValid(heads !== undefined);
    if (heads !== undefined) filter.heads = heads;
    this.onChange(filter);
  }

  block(name, otherwise) {
    const { value, valueAsNumber } = this.field(name);
    return value === "" || Number.isNaN(valueAsNumber) ? otherwise : valueAsNumber;
  }

  setValid(valid) {
    this.field("heads").setAttribute("aria-invalid", String(!valid));
  }

  /** Say what is hidden at the current size. */
  say(graph) {
    const { active } = this.filter;
    this.popover.button.classList.toggle("active", active);
    this.form.querySelector("[role=status]").textContent = active ? filterNote(graph) : "hides nothing";
  }
}
