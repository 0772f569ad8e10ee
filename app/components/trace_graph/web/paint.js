/**
 * The picture, painted onto vis-network's canvas before it draws its nodes. Lines and dots are in world units and grow
 * with the zoom, but never get thinner than some screen pixels; labels keep their size.
 */

import { STATE, TOKEN } from "./kinds.js";
import { Labeller } from "./labels.js";
import { eachSegment, line, traceCurve, traceJoin, traceMark } from "./strokes.js";

const FAINT = 0.16;
const HOLLOW = 0.42;
const DIMMED = 0.16;
/** States are marked if a row of blocks is at least this high on the screen. */
const STATE_ROW_PX = 26;
/** Attention curves by their share of what enters their node: the least share, width and opacity. */
const STRENGTHS = [
  [0.2, 2.0, 0.95],
  [0.06, 1.4, 0.75],
  [0.02, 1.0, 0.5],
  [0, 0.7, 0.32],
];

/**
 * Draw the picture on a context.
 *
 * @param lens how the world maps onto the screen, in pixels: {scale, x, y, width, height, ratio}
 * @param scene what to draw: the `curves`, the node in `focus` (or null) with its `own` edges, the `selected` node
 */
export function drawPicture(ctx, graph, theme, lens, scene) {
  const { ratio, scale, x, y } = lens;
  ctx.save();
  ctx.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);
  new Painter(ctx, graph, theme, scale).paint(scene);
  ctx.restore();
  new Labeller(ctx, graph, theme, lens).paint(scene);
}

class Painter {
  constructor(ctx, graph, theme, scale) {
    Object.assign(this, { ctx, graph, theme, scale });
  }

  paint({ curves, focus, own, selected }) {
    const { ctx, graph } = this;
    const alpha = focus === null ? 1 : DIMMED;
    ctx.lineCap = "round";
    ctx.lineJoin = "round";
    this.paintBlocks();
    this.paintSpines(focus === null ? 1 : 2.2 * DIMMED);
    this.paintJoins(graph.shownDots, alpha);
    this.paintCurves(curves, alpha);
    if (focus !== null) this.paintOwn(own, focus);
    this.paintStates(focus === null ? 1 : 2.2 * DIMMED);
    this.paintHollow();
    this.paintActive(focus, own);
    this.paintRings(focus, selected);
  }

  /** Stroke a path, no thinner than `least` screen pixels. */
  stroke(colour, width, alpha, trace, least = 0.6) {
    const { ctx } = this;
    ctx.beginPath();
    trace(ctx);
    ctx.strokeStyle = colour;
    ctx.lineWidth = Math.max(width, least / this.scale);
    ctx.globalAlpha = alpha;
    ctx.stroke();
  }

  fill(colour, alpha, trace) {
    const { ctx } = this;
    ctx.beginPath();
    trace(ctx);
    ctx.fillStyle = colour;
    ctx.globalAlpha = alpha;
    ctx.fill();
  }

  mark(ctx, node, size) {
    traceMark(ctx, this.graph, node, this.scale, size);
  }

  /** A band behind every other block, so that rows can be followed across. */
  paintBlocks() {
    const { left, right, feet, spines } = this.graph.geometry;
    this.fill(this.theme.text, 0.035, (ctx) => {
      for (let layer = 0; layer < this.graph.n_layers; layer += 2) {
        const from = layer < this.graph.n_layers - 1 ? left : spines[this.graph.columns - 1] + left;
        ctx.rect(from, feet[layer + 1], right - from, feet[layer] - feet[layer + 1]);
      }
    });
  }

  /** The residual streams: all edges, faint, and the kept ones over them. */
  paintSpines(alpha) {
    const { graph, theme } = this;
    this.stroke(theme.text, 1.2, FAINT, (ctx) => eachSegment(graph, (x, from, to) => line(ctx, x, from, x, to)));
    const levels = graph.byComponents ? graph.tokens.length : 1;
    const shades = new Map();
    eachSegment(graph, (x, from, to, kept, last) => {
      if (!kept) return;
      const shade = last ? 1 : Math.max(0.3, Math.ceil((kept / levels) * 4) / 4);
      shades.set(shade, [...(shades.get(shade) ?? []), [x, from, to]]);
    });
    for (const [shade, lines] of shades) {
      const trace = (ctx) => lines.forEach(([x, from, to]) => line(ctx, x, from, x, to));
      this.stroke(theme.residual, 2.6, shade * alpha, trace, 1.6);
    }
  }

  /** States with kept edges, as beads on their spines, if there is room to see and click them. */
  paintStates(alpha) {
    const { graph, theme } = this;
    const { feet } = graph.geometry;
    if (graph.byComponents || (feet[0] - feet[1]) * this.scale < STATE_ROW_PX) return;
    const live = graph.shownStates.filter((node) => graph.into[node] || graph.out[node]);
    this.fill(theme.residual, alpha, (ctx) => live.forEach((node) => this.mark(ctx, node, 1)));
  }

  paintJoins(dots, alpha) {
    const { graph, theme } = this;
    const active = dots.filter((node) => graph.uses[node]);
    const heads = active.filter((node) => graph.nodes.head[node] >= 0);
    const mlps = active.filter((node) => graph.nodes.head[node] < 0);
    const trace = (ctx, group) => group.forEach((node) => traceJoin(ctx, graph, node));
    this.stroke(theme.attention, 0.9, (graph.byComponents ? 0.25 : 0.4) * alpha, (ctx) => trace(ctx, heads));
    this.stroke(theme.mlp, 1.5, 0.85 * alpha, (ctx) => trace(ctx, mlps));
  }

  paintCurves(edges, alpha) {
    const levels = STRENGTHS.map(() => []);
    for (const edge of edges) {
      const share = this.graph.share(edge);
      levels[STRENGTHS.findIndex(([least]) => share >= least)].push(edge);
    }
    levels.forEach((level, i) => {
      const [, width, opacity] = STRENGTHS[i];
      if (level.length === 0) return;
      this.stroke(this.theme.attention, width, opacity * alpha, (ctx) => {
        for (const edge of level) traceCurve(ctx, this.graph, edge);
      });
    });
  }

  /** The edges of the node in focus, at full strength over all others. */
  paintOwn(own, focus) {
    const { graph, theme } = this;
    if (own.length > 0) {
      this.stroke(theme.attention, 1.8, 0.9, (ctx) => own.forEach((edge) => traceCurve(ctx, graph, edge)), 1.2);
    }
    if (graph.uses[focus]) this.paintJoins([focus], 1);
  }

  /** Components outside the subgraph: small and hollow. */
  paintHollow() {
    const { graph } = this;
    const resting = graph.shownDots.filter((node) => !graph.uses[node]);
    this.stroke(this.theme.text, 0.7, HOLLOW, (ctx) => {
      for (const node of resting) this.mark(ctx, node, 0.44);
    });
  }

  /** Components of the subgraph: filled in the colour of their kind, with a rim that separates them from lines. */
  paintActive(focus, own) {
    const { graph, theme } = this;
    const near = new Set([focus, ...own.map((edge) => graph.dotOf[edge])]);
    const active = graph.shownDots.filter((node) => graph.uses[node]);
    const shadeOf = (node) => {
      const dim = focus !== null && !near.has(node) ? 0.4 : 1;
      return dim * Math.max(0.35, Math.ceil((graph.uses[node] / graph.places(node)) * 4) / 4);
    };
    this.fill(theme.background, 1, (ctx) => {
      for (const node of active) this.mark(ctx, node, 1.28);
    });
    for (const [isMlp, colour] of [[false, theme.attention], [true, theme.mlp]]) {
      const group = active.filter((node) => (graph.nodes.head[node] < 0) === isMlp);
      for (const shade of new Set(group.map(shadeOf))) {
        this.fill(colour, shade, (ctx) => {
          for (const node of group) if (shadeOf(node) === shade) this.mark(ctx, node, 1);
        });
      }
    }
  }

  /** One ring around the node in focus, two around the selected one. */
  paintRings(focus, selected) {
    const { graph, theme } = this;
    const ringed = (node) => node !== null && !graph.hidden[node] && graph.nodes.node_kind[node] !== TOKEN;
    const sizeOf = (node) => (graph.nodes.node_kind[node] === STATE ? 2.2 : 1.55);
    for (const state of [focus, selected]) {
      if (!ringed(state) || graph.nodes.node_kind[state] !== STATE) continue;
      this.fill(theme.background, 1, (ctx) => this.mark(ctx, state, 2.2));
      this.fill(theme.residual, 1, (ctx) => this.mark(ctx, state, 1.5));
    }
    if (ringed(focus)) this.stroke(theme.text, 1.6, 1, (ctx) => this.mark(ctx, focus, sizeOf(focus)), 1.2);
    if (!ringed(selected)) return;
    this.stroke(theme.text, 1.6, 1, (ctx) => this.mark(ctx, selected, sizeOf(selected)), 1.2);
    this.stroke(theme.text, 0.9, 0.7, (ctx) => this.mark(ctx, selected, sizeOf(selected) * 1.4), 1);
  }
}
