/**
 * The size slider: a native range with a logarithmic track, log(1 + n) / log(1 + E). It stops at computed sizes only;
 * an arrow key moves by one of them.
 */

import { spokenSize } from "./describe.js";

const TRACK = 10_000;

export class SizeSlider {
  /** @param {function(number): void} onStep called when the reader moves it, with an index into the graph's readouts */
  constructor(root, onStep) {
    this.input = root.querySelector("input[type=range]");
    this.input.max = String(TRACK);
    this.onStep = onStep;
    this.step = 0;
    this.input.addEventListener("input", () => this.take(this.nearest(Number(this.input.value) / TRACK)));
    this.input.addEventListener("keydown", (event) => {
      const step = this.stepOfKey(event.key);
      if (step === null || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.take(step);
    });
  }

  load(graph, step) {
    this.graph = graph;
    const whole = Math.log1p(graph.readouts.at(-1).n_edges);
    this.places = graph.readouts.map(({ n_edges }) => (whole > 0 ? Math.log1p(n_edges) / whole : 0));
    this.show(step);
  }

  get last() {
    return this.places.length - 1;
  }

  get size() {
    return this.graph.readouts[this.step].n_edges;
  }

  /** The step nearest to a place on the track. */
  nearest(place) {
    const distance = (step) => Math.abs(this.places[step] - place);
    return this.places.reduce((best, _, step) => (distance(step) < distance(best) ? step : best), 0);
  }

  /** The step that a key leads to, or null for any other key. */
  stepOfKey(key) {
    const tenth = Math.max(1, Math.round(this.places.length / 10));
    const moves = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -tenth, PageUp: tenth };
    if (key === "Home") return 0;
    if (key === "End") return this.last;
    return key in moves ? this.within(this.step + moves[key]) : null;
  }

  within(step) {
    return Math.min(Math.max(0, step), this.last);
  }

  /** The reader's move: the thumb snaps to the step even if that is the current one. */
  take(step) {
    const moved = step !== this.step;
    this.show(step);
    if (moved) this.onStep(step);
  }

  show(step) {
    this.step = step;
    this.input.value = String(Math.round(this.places[step] * TRACK));
    this.input.style.setProperty("--fill", String(this.places[step]));
    this.input.setAttribute("aria-valuetext", spokenSize(this.graph.readouts[step]));
  }
}
