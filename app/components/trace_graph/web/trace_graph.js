/**
 * The view: one vis-network that stays alive while sizes, views, themes and graphs change. vis-network holds the
 * nodes and the camera, and tells what is pointed at; `drawPicture` draws.
 */

const HIT_SIZES = { [HEAD]: 6, [MLP]: 7, [TOKEN]: 9, [BLOCK]: 9, [PREDICTION]: 12, [STATE]: 4.5 };
/** How far from the residual stream a click still means it, in the world's units. */
const STREAM_REACH = 5;
const DRAWS_NOTHING = Object.freeze({});
const LARGE_TYPE = 1.4;

class TraceGraphView {
  constructor(root) {
    this.root = root;
    this.stage = root.querySelector(".stage");
    this.host = root.querySelector(".canvas");
    this.note = root.querySelector(".note");
    this.tip = document.createElement("div");
    this.focus = this.selected = null;
    this.curves = [];
    this.telling = new Telling();
    this.nodes = new visNetwork.DataSet();
    this.slider = new SizeSlider(root, (step) => {
      this.player.pause();
      this.setStep(step, false);
    });
    this.player = new Player(root, this.slider, (step, playing) => this.setStep(step, playing));
    this.marks = new Marks(root, (step) => this.player.moveTo(step));
    this.views = new ViewSwitch(root, (view) => this.telling.ask("view", view));
    this.filterPanel = new FilterPanel(root, (filter) => this.setFilter(filter));
    new SaveMenu(root, () => this.sheet(1));
    this.listen();
  }

  listen() {
    // The plain wheel scrolls the page; vis-network would take it for a zoom.
    const guard = (event) => !(event.ctrlKey || event.metaKey) && event.stopPropagation();
    this.stage.addEventListener("wheel", guard, { capture: true, passive: true });
    this.root.addEventListener("keydown", (event) => this.onKey(event));
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
    const acts = {
      Escape: () => this.select(null),
      "+": () => this.camera.zoom("in"),
      "-": () => this.camera.zoom("out"),
      0: () => this.camera.zoom("fit"),
      f: () => this.camera.toggleFullScreen(),
      " ": () => event.target.matches("input") && this.player.toggle(),
    };
    const act = acts[event.key];
    if (!act || act() === false) return;
    if (event.key !== "Escape") event.preventDefault();
    event.stopPropagation();
  }

  /** Show a graph; keep the vis-network and change only its nodes and options. Within an epoch the size stays. */
  load(payload, { epoch, size, max_height }) {
    const same = this.epoch === epoch;
    const graph = openGraph(payload);
    const start = graph.stepOf(same ? this.slider.size : (this.telling.knownSize(epoch) ?? size));
    this.stopWaiting();
    if (!same) this.player.pause();
    Object.assign(this, { epoch, graph, curves: [], focus: null, selected: null });
    this.root.dataset.view = graph.view;
    graph.show(this.filterPanel.filterFor(graph));
    this.nodes.clear();
    this.nodes.add(Array.from({ length: graph.count }, (_, id) => this.itemOf(id)));
    this.openNetwork(graph.options);
    this.slider.load(graph, start);
    this.marks.load(graph, this.slider.places);
    this.views.show(graph.view, graph.views);
    this.apply(start);
    this.maxHeight = max_height;
    this.fit();
    this.selectAgain();
  }

  /** Another size asked for by Python: the picture stays as it is but for the size. */
  moveTo({ epoch, size }) {
    this.stopWaiting();
    this.player.pause();
    this.epoch = epoch;
    const step = this.graph.stepOf(this.telling.knownSize(epoch) ?? size);
    this.slider.show(step);
    this.apply(step);
  }

  itemOf(id) {
    const { x, y, node_kind } = this.graph.nodes;
    const look = { shape: "custom", size: HIT_SIZES[node_kind[id]], ctxRenderer: () => DRAWS_NOTHING };
    return { id, x: x[id], y: y[id], title: this.tip, hidden: this.graph.hidden[id] === 1, ...look };
  }

  openNetwork(options) {
    if (this.network) return this.network.setOptions(options);
    const data = { nodes: this.nodes, edges: new visNetwork.DataSet() };
    this.network = new visNetwork.Network(this.host, data, options);
    // No keyboard control of its own: the slider and the buttons are the stops of the tab key.
    this.host.firstElementChild.removeAttribute("tabindex");
    this.camera = new Camera(this.root, this.network, this.host);
    this.camera.onFit = (frame) => this.nodes.update(this.tokenTargets(frame));
    this.network.on("beforeDrawing", (ctx) => this.paint(ctx));
    this.network.on("hoverNode", ({ node }) => this.point(node));
    this.network.on("blurNode", () => this.point(null));
    // vis-network hears nothing of a pointer that leaves at once, so it is told of one that is nowhere.
    const canvas = this.host.querySelector("canvas");
    canvas.addEventListener("pointerleave", () => {
      canvas.dispatchEvent(new MouseEvent("mousemove", { clientX: -1, clientY: -1 }));
    });
    // Two quick clicks on neighbours are told as one double click.
    for (const click of ["click", "doubleClick"]) {
      this.network.on(click, ({ nodes, pointer }) => this.select(nodes[0] ?? this.stateNear(pointer.canvas)));
    }
    this.network.on("resize", () => this.onResize());
    document.fonts.ready.then(() => this.onResize());
  }

  onResize() {
    this.marks.spread();
    this.camera.onResize();
  }

  /** Colours and size of type; what is drawn already is drawn again. */
  setLook(theme, large) {
    const type = large ? LARGE_TYPE : 1;
    const resized = this.theme && this.theme.type !== type;
    this.root.classList.toggle("large", large);
    this.theme = { ...theme, type };
    if (resized) {
      this.marks.spread();
      this.fit();
    } else this.network?.redraw();
  }

  /** Bound the drawing's height, given in pixels at the usual size of type. */
  setHeight(maxHeight) {
    if (this.maxHeight === maxHeight) return;
    this.maxHeight = maxHeight;
    this.fit();
  }

  fit() {
    this.camera.fit(this.graph, this.theme, this.maxHeight * this.theme.type);
  }

  /** A move of the slider: repaint in the next frame; tell Python when it rests, and now and then while playing. */
  setStep(step, playing) {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.apply(step));
    this.telling.size(this.epoch, this.graph.readouts[step].n_edges, playing);
  }

  apply(step) {
    const { graph } = this;
    const readout = graph.readouts[step];
    graph.resize(readout.n_edges);
    this.curves = graph.curves();
    this.marks.reach(step);
    writeReadout(this.root, graph, readout);
    this.filterPanel.say(graph);
    this.network.redraw();
    this.writeNote();
    this.host.setAttribute("aria-label", `Active components by block and token: ${spokenSize(readout)}`);
    this.root.dataset.size = String(graph.size);
  }

  setFilter(filter) {
    const { graph } = this;
    const before = graph.hidden;
    graph.show(filter);
    const changed = [...graph.hidden.keys()].filter((node) => graph.hidden[node] !== before[node]);
    this.nodes.update(changed.map((id) => ({ id, hidden: graph.hidden[id] === 1 })));
    if (this.selected !== null && graph.hidden[this.selected]) this.select(null);
    this.apply(this.slider.step);
  }

  writeNote() {
    const { graph, selected } = this;
    const filtered = graph.filter.active ? `The filter ${filterNote(graph)}` : "";
    const lines = [selected === null ? "" : describeNode(graph, selected), filtered, drawnNote(graph, this.curves.length)];
    this.note.textContent = lines.filter(Boolean).join("\n");
  }

  /** What there is to draw, for a canvas of `ratio` pixels to a pixel of the page. */
  sheet(ratio) {
    const { graph, curves, focus, selected } = this;
    const own = focus === null ? [] : graph.own(focus);
    const theme = { ...this.theme, ...graph.palette };
    return { graph, theme, lens: this.camera.lens(ratio), scene: { curves, focus, own, selected } };
  }

  paint(ctx) {
    if (!this.graph || !this.theme || !this.camera?.fitScale) return;
    const { graph, theme, lens, scene } = this.sheet(ctx.canvas.width / ctx.canvas.clientWidth);
    drawPicture(ctx, graph, theme, lens, scene);
  }

  /** The pointer is over a node, or over none: then what is selected stands out. */
  point(node) {
    const standsOut = node ?? this.selected;
    this.focus = standsOut !== null && this.graph.isComponent(standsOut) ? standsOut : null;
    if (node !== null) this.tip.textContent = describePointed(this.graph, node);
    this.network.redraw();
  }

  /** Where somebody points at a token's residual stream: the state that lies nearest along it. Elsewhere null. */
  stateNear({ x, y }) {
    const { shownStates, nodes } = this.graph;
    const stream = shownStates.filter((id) => Math.abs(nodes.x[id] - x) <= STREAM_REACH);
    const heights = stream.map((id) => nodes.y[id]);
    if (y < Math.min(...heights) - STREAM_REACH || y > Math.max(...heights) + STREAM_REACH) return null;
    const distance = (id) => Math.abs(nodes.y[id] - y);
    return stream.reduce((best, id) => (best === null || distance(id) < distance(best) ? id : best), null);
  }

  /** Select a node, or none; the prediction stands for the state that it is read from. */
  select(node) {
    const { graph } = this;
    const final = node !== null && graph.nodes.node_kind[node] === PREDICTION ? graph.states.at(-1) : node;
    const chosen = final !== null && graph.isComponent(final) && !graph.hidden[final] ? final : null;
    if (chosen === this.selected) return;
    this.selected = chosen;
    if (chosen === null) this.network.unselectAll();
    this.point(null);
    this.writeNote();
    this.telling.selected(graph.trace, graph.keyOf(chosen));
  }

  /** What Python takes for selected in this trace stays so; where the view has it not, Python hears. */
  selectAgain() {
    const { graph } = this;
    const told = this.telling.knownNode(graph.trace);
    const found = graph.nodeOfKey(told);
    this.selected = found !== null && graph.hidden[found] ? null : found;
    this.point(null);
    this.writeNote();
    const key = graph.keyOf(this.selected);
    if (JSON.stringify(key) !== JSON.stringify(told)) this.telling.selected(graph.trace, key);
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

  stopWaiting() {
    this.telling.stopWaiting();
    cancelAnimationFrame(this.frame);
  }

  destroy() {
    this.player.pause();
    this.stopWaiting();
    this.network?.destroy();
  }
}
