/** The size slider with its marks and its player, and the sentences under it. */

const PLAY_MS = 8000;
const CALM_STEP_MS = 900;
const CALM_STEPS = 9;
const MARK_GAP_PX = 8;

/** A native range over the computed sizes; calls `onStep(step, playing)` at each move. */
class SizeControl {
  constructor(root, onStep) {
    this.input = root.querySelector("input[type=range]");
    this.marks = root.querySelector(".marks");
    this.button = root.querySelector(".play");
    this.onStep = onStep;
    this.input.addEventListener("input", () => {
      this.pause();
      this.announce();
      onStep(this.step, false);
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      this.toggle();
    });
    this.button.addEventListener("click", () => this.toggle());
  }

  get step() {
    return Number(this.input.value);
  }

  load(graph, step) {
    this.pause();
    this.graph = graph;
    this.input.max = String(graph.readouts.length - 1);
    this.layMarks();
    this.show(step);
  }

  show(step) {
    this.input.value = String(step);
    this.announce();
  }

  announce() {
    this.input.style.setProperty("--fill", String(this.step / Math.max(1, Number(this.input.max))));
    this.input.setAttribute("aria-valuetext", spokenSize(this.graph.readouts[this.step]));
    for (const mark of this.marks.children) mark.classList.toggle("reached", Number(mark.dataset.step) <= this.step);
  }

  /** Marks at the first computed size that is large enough, in the order of sizes. */
  layMarks() {
    const { readouts, marks } = this.graph;
    const made = marks.map((mark) => this.makeMark(mark, readouts));
    this.marks.replaceChildren(...made.sort((a, b) => a.dataset.step - b.dataset.step));
    this.spreadMarks();
  }

  makeMark(mark, readouts) {
    const found = readouts.findIndex((readout) => readout.n_edges >= mark.n_edges);
    const step = found < 0 ? readouts.length - 1 : found;
    const button = document.createElement("button");
    const text = document.createElement("span");
    text.textContent = mark.short;
    button.append(text);
    button.type = "button";
    button.title = `${mark.label}: ${plural(mark.n_edges, "edge")}`;
    button.dataset.step = String(step);
    button.style.setProperty("--place", String(readouts.length > 1 ? step / (readouts.length - 1) : 0));
    button.addEventListener("click", () => {
      this.pause();
      this.show(step);
      this.onStep(step, false);
    });
    return button;
  }

  /** A label stands right of its tick, or left of it, or a line lower: where it first finds room. */
  spreadMarks() {
    const within = this.marks.clientWidth;
    const marks = [...this.marks.children];
    const ticks = marks.map((mark) => mark.offsetLeft);
    const taken = [];
    marks.forEach((mark, i) => {
      const width = mark.firstElementChild.offsetWidth;
      const shifts = [0, -width, Math.min(0, within - ticks[i] - width)];
      const places = marks.flatMap((_, row) => shifts.map((shift) => spanOf(ticks[i] + shift, width, row)));
      const free = places.find(
        (place) =>
          place.start > -MARK_GAP_PX &&
          place.end < within + MARK_GAP_PX &&
          !(place.row === 0 && ticks.some((tick, j) => j !== i && tick > place.start && tick < place.end)) &&
          !taken.some((other) => other.row === place.row && place.start < other.end && place.end > other.start),
      );
      const { row, start } = free ?? spanOf(ticks[i], width, i);
      taken.push(spanOf(start, width, row));
      mark.style.setProperty("--shift", `${start - ticks[i]}px`);
      mark.style.setProperty("--row", String(row));
    });
    this.marks.style.setProperty("--rows", String(1 + Math.max(-1, ...taken.map(({ row }) => row))));
  }

  toggle() {
    if (this.playing) this.stop();
    else this.play();
  }

  /** Through the sizes in about eight seconds; in a few unhurried steps for who asked for little motion. */
  play() {
    const last = this.graph.readouts.length - 1;
    const from = this.step >= last ? 0 : this.step;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const began = performance.now();
    const perStep = calm ? (CALM_STEP_MS * CALM_STEPS) / Math.max(1, last) : PLAY_MS / Math.max(1, last);
    this.setPlaying(true);
    const advance = (now) => {
      if (!this.playing) return;
      let passed = (now - began) / perStep;
      if (calm) passed = Math.floor((passed * CALM_STEPS) / last) * (last / CALM_STEPS);
      const step = Math.min(last, from + Math.max(0, Math.floor(passed)));
      if (step !== this.step) {
        this.show(step);
        this.onStep(step, true);
      }
      if (step >= last) this.stop();
      else this.frame = requestAnimationFrame(advance);
    };
    this.frame = requestAnimationFrame(advance);
  }

  pause() {
    if (!this.playing) return;
    cancelAnimationFrame(this.frame);
    this.setPlaying(false);
  }

  /** Pause and let Python hear where it stopped. */
  stop() {
    this.pause();
    this.onStep(this.step, false);
  }

  setPlaying(playing) {
    this.playing = playing;
    this.button.classList.toggle("playing", playing);
    this.button.setAttribute("aria-label", playing ? "Pause" : "Play through the sizes");
    this.button.title = playing ? "Pause (space)" : "Play through the sizes (space)";
  }
}

function spanOf(start, width, row) {
  return { start, end: start + width, row };
}

/** Fill the sentences under the slider from one computed size. */
function writeReadout(root, graph, step) {
  const readout = graph.readouts[step];
  const words = {
    kept: COUNT.format(readout.n_edges),
    total: plural(graph.n_edges, "edge"),
    share: `${percent(readout.fraction)} %`,
    heads: COUNT.format(readout.heads),
    "all-heads": plural(graph.n_layers * graph.n_heads, "head"),
    mlps: COUNT.format(readout.mlps),
    "all-mlps": plural(graph.n_layers, "MLP"),
    sub: readout.sub_top[0],
    "sub-share": probability(readout.sub_top[1]),
    full: readout.full_top[0],
    "full-share": probability(readout.full_top[1]),
    verdict: readout.top1_match ? "same token" : "another token",
    tv: readout.tv.toFixed(2),
  };
  for (const [name, text] of Object.entries(words)) {
    root.querySelector(`[data-say="${name}"]`).textContent = text;
  }
  root.querySelector(".distance").style.setProperty("--tv", String(readout.tv));
  root.dataset.match = String(readout.top1_match);
}
