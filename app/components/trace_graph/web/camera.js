/** Where the graph stands in its frame: fitted, or zoomed and moved by the reader, in the page or in full screen. */

import { planLabels, SIDE_PX, TOP_PX } from "./labels.js";

const ZOOM_STEP = 1.3;
const ZOOM_RANGE = [0.5, 24];
const MAX_FIT_SCALE = 2;
/** On a narrow screen the graph starts no smaller than this, at its right end with the prediction. */
const MIN_FIT_SCALE = 0.3;
const MIN_HEIGHT_PX = 220;
const MARGIN_PX = 16;
const FULL_SCREEN_REST_PX = 72;

export class Camera {
  constructor(root, network, host) {
    Object.assign(this, { root, network, host, moved: false });
    this.fullScreen = root.querySelector(".full-screen");
    this.fullScreen.hidden = !document.fullscreenEnabled;
    this.fullScreen.addEventListener("click", () => this.toggleFullScreen());
    root.addEventListener("fullscreenchange", () => this.onFullScreen());
    root.querySelectorAll("[data-zoom]").forEach((button) => {
      button.addEventListener("click", () => this.zoom(button.dataset.zoom));
    });
    network.on("zoom", ({ scale }) => this.keepZoom(scale));
    network.on("dragStart", () => (this.moved = true));
  }

  /** Fit the graph into the frame's width and `maxHeight` pixels. */
  fit(graph, theme, maxHeight) {
    Object.assign(this, { graph, theme, maxHeight });
    this.refit();
  }

  refit() {
    const width = this.host.clientWidth;
    if (!this.graph || width === 0) return;
    const frame = this.frameFor(width, this.fillsScreen ? this.screenHeight() : this.maxHeight);
    this.fitScale = frame.scale;
    this.moved = false;
    if (this.host.style.height !== `${frame.height}px`) {
      this.host.style.height = `${frame.height}px`;
      this.network.setSize("100%", `${frame.height}px`);
    }
    this.network.moveTo({ position: frame.centre, scale: frame.scale, animation: false });
    this.onFit?.(frame);
    this.network.redraw();
    this.showZoom();
  }

  /** Find the scale, height and centre that fit the graph and its labels, whose height depends on the scale. */
  frameFor(width, maxHeight) {
    const { graph, theme } = this;
    const { left, right, feet, spines } = graph.geometry;
    const [side, top] = [SIDE_PX * theme.type, TOP_PX * theme.type];
    const tall = feet[0] - feet[graph.n_layers];
    const ctx = this.host.querySelector("canvas").getContext("2d");
    const pitch = spines.length > 1 ? spines[1] - spines[0] : right;
    const room = width - side - MARGIN_PX;
    const most = MAX_FIT_SCALE * (this.fillsScreen ? 2 : theme.type);
    let scale = Math.min(Math.max(room / (right - left), MIN_FIT_SCALE), most);
    let [foot, angle] = [0, 0];
    for (let pass = 0; pass < 2; pass++) {
      ctx.save();
      ({ height: foot, angle } = planLabels(ctx, graph, theme, pitch * scale));
      ctx.restore();
      foot += 8;
      scale = Math.min(scale, (maxHeight - top - foot) / tall);
    }
    const height = Math.max(MIN_HEIGHT_PX, Math.round(this.fillsScreen ? maxHeight : tall * scale + top + foot));
    const x = Math.max((left + right) / 2, right - room / 2 / scale) - (side - MARGIN_PX) / 2 / scale;
    const y = (feet[0] + feet[graph.n_layers]) / 2 + (foot - top) / 2 / scale;
    return { scale, height, pitch, angle, centre: { x, y } };
  }

  zoom(which) {
    if (which === "fit") return this.refit();
    const factor = which === "in" ? ZOOM_STEP : 1 / ZOOM_STEP;
    this.keepZoom(this.network.getScale() * factor, true);
  }

  /** Keep the scale within bounds, so that the graph cannot get lost. */
  keepZoom(scale, always = false) {
    const [least, most] = ZOOM_RANGE.map((bound) => bound * this.fitScale);
    const held = Math.min(Math.max(scale, least), most);
    this.moved = true;
    if (always || held !== scale) this.network.moveTo({ scale: held, animation: false });
    this.showZoom();
  }

  showZoom() {
    const relative = `${Math.round((this.network.getScale() / this.fitScale) * 100)} %`;
    this.root.querySelector("[data-zoom=fit]").textContent = relative;
  }

  /** Fit the graph to the frame's new width, unless the reader has moved it. */
  onResize() {
    if (!this.moved) this.refit();
  }

  get fillsScreen() {
    return this.root.getRootNode().fullscreenElement === this.root;
  }

  toggleFullScreen() {
    if (this.fillsScreen) document.exitFullscreen();
    else this.root.requestFullscreen();
  }

  onFullScreen() {
    const label = this.fillsScreen ? "Leave full screen" : "Full screen";
    this.fullScreen.setAttribute("aria-label", label);
    this.fullScreen.setAttribute("aria-pressed", String(this.fillsScreen));
    this.fullScreen.title = this.fillsScreen ? `${label} (Esc or F)` : `${label} (F)`;
    this.refit();
  }

  /** The height that the controls leave on the screen. */
  screenHeight() {
    const others = [...this.root.children].filter((part) => !part.contains(this.host));
    return this.root.clientHeight - others.reduce((sum, part) => sum + part.offsetHeight, FULL_SCREEN_REST_PX);
  }

  /** How the world maps onto the host, in screen pixels. */
  lens(ratio) {
    const { x, y } = this.network.canvasToDOM({ x: 0, y: 0 });
    const { clientWidth: width, clientHeight: height } = this.host;
    return { scale: this.network.getScale(), x, y, width, height, ratio };
  }
}
