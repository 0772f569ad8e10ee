/**
 * The view: one vis-network that stays alive while sizes, views, themes and graphs change. vis-network holds the nodes
 * and the camera and reports what is pointed at; `drawPicture` draws.
 */

import { Camera } from "./camera.js";
import { ComponentGraph } from "./component_graph.js";
import { describeNode, describePointed, drawnNote, filterNote, spokenSize } from "./describe.js";
import { FilterPanel } from "./filter_panel.js";
import { BLOCK, HEAD, MLP, PREDICTION, STATE, TOKEN } from "./kinds.js";
import { Marks } from "./marks.js";
import { drawPicture } from "./paint.js";
import { Player } from "./player.js";
import { writeReadout } from "./readout.js";
import { Reporter } from "./reporter.js";
import { SaveMenu } from "./save.js";
import { SizeSlider } from "./slider.js";
import { TokenGraph } from "./token_graph.js";
import { ViewSwitch } from "./views.js";

const HIT_SIZES = { [HEAD]: 6, [MLP]: 7, [TOKEN]: 9, [BLOCK]: 9, [PREDICTION]: 12, [STATE]: 4.5 };
/** How far from the residual stream a click still counts, in world units. */
const STREAM_REACH = 5;
const DRAWS_NOTHING = Object.freeze({});
const LARGE_TYPE = 1.4;
/** The most screen pixels for the drawing, without the controls around it, at normal type. */
const MAX_HEIGHT_PX = 340;

export class TraceGraphView {
  /** @param vis the vis-network library */
  constructor(root, vis) {
    this.root = root;
    this.vis = vis;
    this.stage = root.querySelector(".stage");
    this.host = root.querySelector(".canvas");
    this.note = root.querySelector(".note");
    this.tip = document.createElement("div");
    this.focus = this.selected = null;
    this.curves = [];
    this.reporter = new Reporter();
    this.nodes = new vis.DataSet();
    this.slider = new SizeSlider(root, (step) => {
      this.player.pause();
      this.setStep(step, false);
    });
    this.player = new Player(root, this.slider, (step, playing) => this.setStep(step, playing));
    this.marks = new Marks(root, (step) => this.player.moveTo(step));
    this.views = new ViewSwitch(root, (view) => this.reporter.ask("view", view));
    this.filterPanel = new FilterPanel(root, (filter) => this.setFilter(filter));
    new SaveMenu(root, () => this.sheet(1));
    this.listen();
  }

  listen() {
    // The plain wheel scrolls the page; vis-network would zoom.
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

  /** Show a graph: keep the network and change its nodes and options. Within an epoch the size stays. */
  load(payload, { epoch, size }) {
    const same = this.epoch === epoch;
    const graph = openGraph(payload);
    const start = graph.stepOf(same ? this.slider.size : (this.reporter.knownSize(epoch) ?? size));
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
    this.fit();
    this.selectAgain();
  }

  /** Move to a size that Python asks for; view, zoom and selection stay. */
  moveTo({ epoch, size }) {
    this.stopWaiting();
    this.player.pause();
    this.epoch = epoch;
    const step = this.graph.stepOf(this.reporter.knownSize(epoch) ?? size);
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
    const data = { nodes: this.nodes, edges: new this.vis.DataSet() };
    this.network = new this.vis.Network(this.host, data, options);
    // The tab key stops at the slider and the buttons, not at the canvas.
    this.host.firstElementChild.removeAttribute("tabindex");
    this.camera = new Camera(this.root, this.network, this.host);
    this.camera.onFit = (frame) => this.nodes.update(this.tokenTargets(frame));
    this.network.on("beforeDrawing", (ctx) => this.paint(ctx));
    this.network.on("hoverNode", ({ node }) => this.point(node));
    this.network.on("blurNode", () => this.point(null));
    // vis-network misses a pointer that leaves quickly, so tell it that the pointer is nowhere.
    const canvas = this.host.querySelector("canvas");
    canvas.addEventListener("pointerleave", () => {
      canvas.dispatchEvent(new MouseEvent("mousemove", { clientX: -1, clientY: -1 }));
    });
    // Two quick clicks on neighbours arrive as one double click.
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

  /** Set colours and size of type, and redraw. */
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

  fit() {
    this.camera.fit(this.graph, this.theme, MAX_HEIGHT_PX * this.theme.type);
  }

  /** A move of the slider: repaint in the next frame, and report the size. */
  setStep(step, playing) {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.apply(step));
    this.reporter.size(this.epoch, this.graph.readouts[step].n_edges, playing);
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

  /** What to draw, on a canvas with `ratio` pixels per CSS pixel. */
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

  /** The pointer is over a node, or over none (null); then the selected node is in focus. */
  point(node) {
    const standsOut = node ?? this.selected;
    this.focus = standsOut !== null && this.graph.isComponent(standsOut) ? standsOut : null;
    if (node !== null) this.tip.textContent = describePointed(this.graph, node);
    this.network.redraw();
  }

  /** The state nearest to a point on a token's residual stream; null elsewhere. */
  stateNear({ x, y }) {
    const { shownStates, nodes } = this.graph;
    const stream = shownStates.filter((id) => Math.abs(nodes.x[id] - x) <= STREAM_REACH);
    const heights = stream.map((id) => nodes.y[id]);
    if (y < Math.min(...heights) - STREAM_REACH || y > Math.max(...heights) + STREAM_REACH) return null;
    const distance = (id) => Math.abs(nodes.y[id] - y);
    return stream.reduce((best, id) => (best === null || distance(id) < distance(best) ? id : best), null);
  }

  /** Select a node, or none (null). The prediction stands for the state that it is read from. */
  select(node) {
    const { graph } = this;
    const final = node !== null && graph.nodes.node_kind[node] === PREDICTION ? graph.states.at(-1) : node;
    const chosen = final !== null && graph.isComponent(final) && !graph.hidden[final] ? final : null;
    if (chosen === this.selected) return;
    this.selected = chosen;
    if (chosen === null) this.network.unselectAll();
    this.point(null);
    this.writeNote();
    this.reporter.selected(graph.trace, graph.keyOf(chosen));
  }

  /** Restore the selection that Python knows for this trace; if this view cannot, report that. */
  selectAgain() {
    const { graph } = this;
    const told = this.reporter.knownNode(graph.trace);
    const found = graph.nodeOfKey(told);
    this.selected = found !== null && graph.hidden[found] ? null : found;
    this.point(null);
    this.writeNote();
    const key = graph.keyOf(this.selected);
    if (JSON.stringify(key) !== JSON.stringify(told)) this.reporter.selected(graph.trace, key);
  }

  /** Where a token reacts to the pointer: a square on its label, which hangs right or left of the spine. */
  tokenTargets({ angle, pitch }) {
    const { nodes, geometry } = this.graph;
    const half = pitch / 2;
    const side = angle ? -half / 2 : half;
    return nodes.node_kind.flatMap((kind, id) =>
      kind === TOKEN ? [{ id, x: nodes.x[id] + side, y: geometry.feet[0] + half, size: half }] : [],
    );
  }

  stopWaiting() {
    this.reporter.stopWaiting();
    cancelAnimationFrame(this.frame);
  }

  destroy() {
    this.player.pause();
    this.stopWaiting();
    this.network?.destroy();
  }
}

function openGraph(payload) {
  return payload.view === "components" ? new ComponentGraph(payload) : new TokenGraph(payload);
}
