/**
 * The size slider: a native range whose track is log(1 + n) / log(1 + E) and which stops at evaluated sizes only.
 * An arrow key is one evaluated size.
 */

const TRACK = 10_000;

class SizeSlider {
  /** `onStep(step)` is called at each move of the reader, with an index into the graph's readouts. */
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

  /** The evaluated size nearest to a place on the track. */
  nearest(place) {
    const distance = (step) => Math.abs(this.places[step] - place);
    return this.places.reduce((best, _, step) => (distance(step) < distance(best) ? step : best), 0);
  }

  /** Where a key leads, or null for a key that leads nowhere. */
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

  /** The reader's move: the thumb snaps to the size even where that is the present one. */
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
