/** Notable sizes under the slider. Those at the same step share a label. */

import { plural } from "./numbers.js";

const MARK_GAP_PX = 8;

export class Marks {
  /** @param {function(number): void} onPick called when the reader clicks a mark */
  constructor(root, onPick) {
    this.host = root.querySelector(".marks");
    this.onPick = onPick;
  }

  /** Make one button for each computed size at which something happens, in order of size. */
  load(graph, places) {
    const stepOf = (mark) => {
      const found = graph.readouts.findIndex(({ n_edges }) => n_edges >= mark.n_edges);
      return found < 0 ? graph.readouts.length - 1 : found;
    };
    const byStep = new Map();
    for (const mark of graph.marks) byStep.set(stepOf(mark), [...(byStep.get(stepOf(mark)) ?? []), mark]);
    const steps = [...byStep.keys()].sort((a, b) => a - b);
    this.host.replaceChildren(...steps.map((step) => this.button(step, places[step], byStep.get(step))));
    this.spread();
  }

  button(step, place, marks) {
    const button = document.createElement("button");
    button.textContent = marks.map(({ short }) => short).join(" · ");
    button.type = "button";
    button.title = marks.map(({ label, n_edges }) => `${plural(n_edges, "edge")}: ${label}`).join("\n");
    button.dataset.step = String(step);
    button.style.setProperty("--place", String(place));
    button.addEventListener("click", () => this.onPick(step));
    return button;
  }

  reach(step) {
    for (const mark of this.host.children) mark.classList.toggle("reached", Number(mark.dataset.step) <= step);
  }

  /** Place each label at its tick, on as few lines as possible, covering neither another label nor a tick. */
  spread() {
    const within = this.host.clientWidth;
    const marks = [...this.host.children];
    const labels = marks.map((mark) => {
      return { tick: Number(mark.style.getPropertyValue("--place")) * within, width: mark.offsetWidth };
    });
    let places = null;
    for (let rows = 1; !places && rows <= marks.length; rows++) places = placeLabels(labels, within, rows, []);
    places ??= labels.map(({ tick, width }, row) => placeOf(tick, width, Math.min(0, within - tick - width), row));
    marks.forEach((mark, i) => {
      mark.style.setProperty("--shift", `${places[i].start - places[i].tick}px`);
      mark.style.setProperty("--row", String(places[i].row));
      mark.classList.toggle("centred", places[i].start < places[i].tick && places[i].tick < places[i].end);
    });
    this.host.style.setProperty("--rows", String(Math.max(0, ...places.map(({ row }) => row + 1))));
  }
}

/** Place the remaining labels so that all fit into `rows` lines; null if that is impossible. */
function placeLabels(labels, within, rows, placed) {
  if (placed.length === labels.length) return placed;
  const { tick, width } = labels[placed.length];
  for (let row = 0; row < rows; row++) {
    for (const shift of [0, -width, -width / 2]) {
      const place = placeOf(tick, width, shift, row);
      if (place.start < -MARK_GAP_PX || place.end > within + MARK_GAP_PX) continue;
      if (placed.some((other) => collide(place, other) || collide(other, place))) continue;
      const found = placeLabels(labels, within, rows, [...placed, place]);
      if (found) return found;
    }
  }
  return null;
}

function placeOf(tick, width, shift, row) {
  return { tick, row, start: tick + shift, end: tick + shift + width };
}

/** Whether a label covers another one, or the tick that leads down to it. */
function collide(label, other) {
  const overlap = label.row === other.row && label.start < other.end && label.end > other.start;
  return overlap || (other.row >= label.row && other.tick > label.start && other.tick < label.end);
}
