/**
 * The view: one vis-network that stays alive while sizes, themes and graphs change. vis-network holds the
 * nodes and the camera, and tells what is pointed at; `Painter` and `Labeller` draw the picture.
 */

const TELL_AFTER_MS = 120;
const ZOOM_STEP = 1.3;
const ZOOM_RANGE = [0.5, 24];
const MAX_FIT_SCALE = 2;
/** On a narrow screen the graph starts no smaller than this, at its right end, where the prediction is. */
const MIN_FIT_SCALE = 0.3;
const MIN_HEIGHT_PX = 220;
const MARGIN_PX = 16;
const HIT_SIZES = { [HEAD]: 6, [MLP]: 7, [TOKEN]: 9, [BLOCK]: 9, [PREDICTION]: 12 };
const DRAWS_NOTHING = Object.freeze({});
const VIEWS = new WeakMap();

class TraceGraphView {
  constructor(root, vis) {
    this.root = root;
    this.vis = vis;
    this.stage = root.querySelector(".stage");
    this.host = root.querySelector(".canvas");
    this.note = root.querySelector(".note");
    this.tip = document.createElement("div");
    this.focus = null;
    this.selected = null;
    this.moved = false;
    this.nodes = new vis.DataSet();
    this.control = new SizeControl(root, (step, playing) => this.setStep(step, playing));
    this.listen();
  }

  /** Show a graph at a step; keep the vis-network and change only its nodes and options. */
  load(graph, size, maxHeight) {
    clearTimeout(this.telling);
    cancelAnimationFrame(this.frame);
    this.graph = graph;
    this.root.dataset.view = graph.view;
    this.maxHeight = maxHeight;
    this.curves = [];
    this.focus = this.selected = null;
    this.moved = false;
    const items = graph.nodes.node_kind.map((kind, id) => ({
      id,
      x: graph.nodes.x[id],
      y: graph.nodes.y[id],
      shape: "custom",
      size: HIT_SIZES[kind],
      title: this.tip,
      ctxRenderer: () => DRAWS_NOTHING,
    }));
    this.nodes.clear();
    this.nodes.add(items);
    this.openNetwork(graph.options);
    this.control.load(graph, graph.stepOf(size));
    this.apply(this.control.step);
    this.fit();
  }

  openNetwork(options) {
    if (this.network) return this.network.setOptions(options);
    this.network = new this.vis.Network(this.host, { nodes: this.nodes, edges: new this.vis.DataSet() }, options);
    // No keyboard control of its own: the slider and the buttons are the stops of the tab key.
    this.host.firstElementChild.removeAttribute("tabindex");
    const on = (event, act) => this.network.on(event, act);
    on("beforeDrawing", (ctx) => this.paint(ctx));
    on("hoverNode", ({ node }) => this.point(node));
    on("blurNode", () => this.point(null));
    on("click", ({ nodes }) => this.select(nodes[0] ?? null));
    on("zoom", ({ scale }) => this.keepZoom(scale));
    on("dragStart", () => (this.moved = true));
    on("resize", () => this.onResize());
    document.fonts.ready.then(() => this.onResize());
  }

  listen() {
    this.root.querySelectorAll("[data-zoom]").forEach((button) => {
      button.addEventListener("click", () => this.zoom(button.dataset.zoom));
    });
    // The plain wheel scrolls the page; vis-network would take it for a zoom.
    const guard = (event) => !(event.ctrlKey || event.metaKey) && event.stopPropagation();
    this.stage.addEventListener("wheel", guard, { capture: true, passive: true });
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.select(null));
  }

  setTheme(theme) {
    this.theme = theme;
    this.network?.redraw();
  }

  /** A move of the slider: repaint in the next frame; tell Python when it rests, and never while playing. */
  setStep(step, playing) {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.apply(step));
    clearTimeout(this.telling);
    if (playing) return;
    const size = this.graph.readouts[step].n_edges;
    this.telling = setTimeout(() => this.tell("size", { graph: this.epoch, n_edges: size }), TELL_AFTER_MS);
  }

  apply(step) {
    const { graph } = this;
    graph.resize(graph.readouts[step].n_edges);
    this.curves = graph.byComponents ? [] : graph.strongestKept(CURVE_LIMIT);
    writeReadout(this.root, graph, step);
    this.network.redraw();
    this.writeNote();
    this.host.setAttribute("aria-label", `Active components by block and token: ${spokenSize(graph.readouts[step])}`);
    this.root.dataset.size = String(graph.size);
  }

  writeNote() {
    const own = this.selected === null ? "" : describeNode(this.graph, this.selected);
    this.note.textContent = own || drawnNote(this.graph, this.curves.length);
  }

  paint(ctx) {
    if (!this.graph || !this.theme) return;
    const scale = this.network.getScale();
    const origin = this.network.canvasToDOM({ x: 0, y: 0 });
    const { clientWidth: width, clientHeight: height } = ctx.canvas;
    const theme = { ...this.theme, ...this.graph.palette };
    const lens = { scale, x: origin.x, y: origin.y, width, height, ratio: ctx.canvas.width / width };
    const own = this.focus === null ? [] : this.graph.own(this.focus);
    new Painter(ctx, this.graph, theme, scale).paint(this.curves, this.focus, own);
    new Labeller(ctx, this.graph, theme, lens).paint(this.focus, own);
  }

  /** The pointer is over a node, or over none: then what is selected stands out. */
  point(node) {
    const standsOut = node ?? this.selected;
    this.focus = standsOut !== null && this.isComponent(standsOut) ? standsOut : null;
    if (node !== null) this.tip.textContent = describeNode(this.graph, node);
    this.network.redraw();
  }

  isComponent(node) {
    return [HEAD, MLP, TOKEN].includes(this.graph.nodes.node_kind[node]);
  }

  select(node) {
    const chosen = node !== null && this.isComponent(node) ? node : null;
    if (chosen === this.selected) return;
    this.selected = chosen;
    if (chosen === null) this.network.unselectAll();
    this.point(null);
    this.writeNote();
    this.tell("selected", { graph: this.epoch, node: this.keyOf(chosen) });
  }

  /** What a node is, in terms that mean the same in every graph of the model. */
  keyOf(node) {
    if (node === null) return null;
    const { node_kind, layer, head, token } = this.graph.nodes;
    const known = (value) => (value < 0 ? null : value);
    const place = { layer: known(layer[node]), head: known(head[node]), token: known(token[node]) };
    return { kind: NODE_KINDS[node_kind[node]], ...place };
  }

  /** The graph in sight, as large as the width and the allowed height let it be. */
  fit() {
    const width = this.host.clientWidth;
    if (!this.network || width === 0) return;
    const frame = this.frameFor(width);
    this.fitScale = frame.scale;
    this.moved = false;
    if (this.host.style.height !== `${frame.height}px`) {
      this.host.style.height = `${frame.height}px`;
      this.network.setSize("100%", `${frame.height}px`);
    }
    this.network.moveTo({ position: frame.centre, scale: frame.scale, animation: false });
    this.nodes.update(this.tokenTargets(frame));
    this.network.redraw();
    this.showZoom();
  }

  /** Where a token is pointed at: a square on its label, which hangs right or left of the spine. */
  tokenTargets({ angle, pitch }) {
    const { nodes, geometry } = this.graph;
    const half = pitch / 2;
    const side = angle ? -half / 2 : half;
    return nodes.node_kind.flatMap((kind, id) =>
      kind === TOKEN ? [{ id, x: nodes.x[id] + side, y: geometry.feet[0] + half, size: half }] : [],
    );
  }

  /** Scale, height and centre that fit the graph and its labels, whose height depends on the scale. */
  frameFor(width) {
    const { left, right, feet, spines } = this.graph.geometry;
    const tall = feet[0] - feet[this.graph.n_layers];
    const ctx = this.host.querySelector("canvas").getContext("2d");
    const pitch = spines.length > 1 ? spines[1] - spines[0] : right;
    const room = width - SIDE_PX - MARGIN_PX;
    let scale = Math.min(Math.max(room / (right - left), MIN_FIT_SCALE), MAX_FIT_SCALE);
    let [foot, angle] = [0, 0];
    for (let pass = 0; pass < 2; pass++) {
      ctx.save();
      ({ height: foot, angle } = planLabels(ctx, this.graph, this.theme, pitch * scale));
      ctx.restore();
      foot += 8;
      scale = Math.min(scale, (this.maxHeight - TOP_PX - foot) / tall);
    }
    const height = Math.max(MIN_HEIGHT_PX, Math.round(tall * scale + TOP_PX + foot));
    const x = Math.max((left + right) / 2, right - room / 2 / scale) - (SIDE_PX - MARGIN_PX) / 2 / scale;
    const y = (feet[0] + feet[this.graph.n_layers]) / 2 + (foot - TOP_PX) / 2 / scale;
    return { scale, height, pitch, angle, centre: { x, y } };
  }

  zoom(which) {
    if (which === "fit") return this.fit();
    const factor = which === "in" ? ZOOM_STEP : 1 / ZOOM_STEP;
    this.keepZoom(this.network.getScale() * factor, true);
  }

  /** Hold the scale within bounds, so that the graph can not get lost. */
  keepZoom(scale, always = false) {
    const [least, most] = ZOOM_RANGE.map((bound) => bound * this.fitScale);
    const held = Math.min(Math.max(scale, least), most);
    this.moved = true;
    if (always || held !== scale) this.network.moveTo({ scale: held, animation: false });
    this.showZoom();
  }

  showZoom() {
    const relative = this.network.getScale() / this.fitScale;
    this.root.querySelector("[data-zoom=fit]").textContent = `${Math.round(relative * 100)} %`;
  }

  onResize() {
    this.control.spreadMarks();
    if (!this.moved) this.fit();
  }

  destroy() {
    this.control.pause();
    clearTimeout(this.telling);
    cancelAnimationFrame(this.frame);
    this.network?.destroy();
  }
}

/** The page's theme, from the custom properties that Streamlit sets around a component. */
function readTheme(parent) {
  const style = getComputedStyle(parent.host ?? parent);
  const read = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  return {
    text: read("--st-text-color", "#31333f"),
    background: read("--st-background-color", "#ffffff"),
    font: read("--st-font", "sans-serif"),
  };
}

async function receive(root, { data, parentElement, setStateValue }) {
  const state = VIEWS.get(root);
  const vis = await whenShared((all) => all.vis);
  const payload = await whenShared((all) => [...all.payloads.values()].find(({ id }) => id === data.graph));
  if (VIEWS.get(root) !== state || state.wanted !== data) return;
  state.view ??= new TraceGraphView(root, vis);
  state.view.tell = setStateValue;
  state.view.setTheme(readTheme(parentElement));
  // A theme switch sends the first message again: the slider's own value wins within an epoch.
  if (state.view.epoch === data.epoch) return;
  state.view.epoch = data.epoch;
  for (const [name, colour] of Object.entries(payload.palette)) root.style.setProperty(`--tg-${name}`, colour);
  root.classList.remove("loading");
  state.view.load(new Graph(payload), data.size, data.max_height);
}

/** Streamlit calls this at every change of data or theme, with the same element while the page stands. */
export default function (component) {
  const root = component.parentElement.querySelector(".trace-graph");
  if (!VIEWS.has(root)) VIEWS.set(root, { view: null, wanted: null });
  VIEWS.get(root).wanted = component.data;
  receive(root, component).catch((error) => {
    root.querySelector(".note").textContent = error.message;
    console.error(error);
  });
  return () => {
    VIEWS.get(root)?.view?.destroy();
    VIEWS.delete(root);
  };
}
