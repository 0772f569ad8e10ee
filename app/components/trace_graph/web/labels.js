/**
 * Labels, which keep their size on the screen and stay in sight: tokens at the bottom, blocks on the left, the
 * prediction on top of the last column. Sizes are in screen pixels for normal type.
 */

import { plural, probability } from "./numbers.js";
import { line } from "./strokes.js";

const FONT_PX = 12;
export const SMALL_FONT_PX = 10;
const LABEL_LIMIT_PX = 74;
const PLATE_LIMIT_PX = 110;
export const SIDE_PX = 34;
export const TOP_PX = 40;
const GAP_PX = 8;

/** How to write token labels if columns are `pitch` screen pixels apart: level, slanted or upright. */
export function planLabels(ctx, graph, theme, pitch) {
  const { type } = theme;
  ctx.font = `${FONT_PX * type}px ${theme.font}`;
  const widest = graph.byComponents ? 0 : Math.max(0, ...graph.tokens.map((text) => ctx.measureText(text).width));
  if (widest + GAP_PX <= pitch) {
    return { angle: 0, font: FONT_PX * type, limit: pitch, every: 1, height: 2 * FONT_PX * type };
  }
  const longest = Math.min(widest, LABEL_LIMIT_PX * type);
  const angle = pitch >= 15 * type ? Math.PI / 3 : Math.PI / 2;
  const font = (pitch >= 14 * type ? FONT_PX : SMALL_FONT_PX) * type;
  const every = Math.max(1, Math.ceil(font / pitch));
  return { angle, font, limit: longest, every, height: longest * Math.sin(angle) + 14 * type };
}

/** The text, shortened with an ellipsis if it is wider than `limit` pixels. */
export function clipped(ctx, text, limit) {
  if (ctx.measureText(text).width <= limit) return text;
  const letters = Array.from(text);
  while (letters.length > 1 && ctx.measureText(`${letters.join("")}…`).width > limit) letters.pop();
  return `${letters.join("")}…`;
}

export class Labeller {
  constructor(ctx, graph, theme, lens) {
    Object.assign(this, { ctx, graph, theme, lens });
  }

  paint({ focus, own }) {
    const { ctx, lens } = this;
    ctx.save();
    ctx.setTransform(lens.ratio, 0, 0, lens.ratio, 0, 0);
    this.paintTokens(focus, own);
    this.paintBlockNames();
    this.paintPrediction();
    ctx.restore();
  }

  font(weight, size = FONT_PX * this.theme.type) {
    this.ctx.font = `${weight} ${size}px ${this.theme.font}`;
  }

  toScreen(x, y) {
    return [x * this.lens.scale + this.lens.x, y * this.lens.scale + this.lens.y];
  }

  paintTokens(focus, own) {
    const { ctx, graph, theme, lens } = this;
    const { spines, feet } = graph.geometry;
    const pitch = graph.columns > 1 ? (spines[1] - spines[0]) * lens.scale : lens.width;
    const plan = planLabels(ctx, graph, theme, pitch);
    const below = this.toScreen(0, feet[0])[1] + 6;
    const y = Math.min(below, lens.height - plan.height);
    if (y < below) this.veil(0, y, lens.width, plan.height + FONT_PX);
    if (graph.byComponents) return this.write(`all ${plural(graph.tokens.length, "position")}`, spines[0], y, plan);
    const near = focus === null ? null : graph.columnsNear(focus, own);
    graph.tokens.forEach((text, column) => {
      if (column % plan.every && !near?.has(column)) return;
      ctx.globalAlpha = !near || near.has(column) ? 0.9 : 0.3;
      this.font(near?.has(column) ? 600 : 400, plan.font);
      this.write(text, spines[column], y, plan);
    });
  }

  write(text, x, y, plan) {
    const { ctx } = this;
    ctx.fillStyle = this.theme.text;
    ctx.save();
    ctx.translate(this.toScreen(x, 0)[0], y);
    ctx.rotate(-plan.angle);
    ctx.textAlign = plan.angle ? "right" : "left";
    ctx.textBaseline = plan.angle ? "middle" : "top";
    ctx.fillText(clipped(ctx, text, plan.limit), plan.angle ? -2 : -3, plan.angle ? 1 : 2);
    ctx.restore();
  }

  /** Cover what lies under a label. */
  veil(x, y, width, height) {
    const { ctx } = this;
    ctx.globalAlpha = 0.88;
    ctx.fillStyle = this.theme.background;
    ctx.fillRect(x, y, width, height);
  }

  paintBlockNames() {
    const { ctx, graph, theme, lens } = this;
    const { feet, left } = graph.geometry;
    const x = Math.max(this.toScreen(left, 0)[0] - 6, SIDE_PX * theme.type - 8);
    const pitch = (feet[0] - feet[1]) * lens.scale;
    const every = Math.max(1, Math.ceil((FONT_PX * theme.type + 2) / pitch));
    this.font(400);
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    for (let layer = 0; layer < graph.n_layers; layer += every) {
      const y = this.toScreen(0, (feet[layer] + feet[layer + 1]) / 2)[1];
      ctx.lineWidth = 4;
      ctx.strokeStyle = theme.background;
      ctx.globalAlpha = 0.9;
      ctx.strokeText(`L${layer}`, x, y);
      ctx.globalAlpha = 0.75;
      ctx.fillStyle = theme.text;
      ctx.fillText(`L${layer}`, x, y);
    }
  }

  /** A plate with the subgraph's most likely token, tinted and with a strong rim if the full model agrees. */
  paintPrediction() {
    const { ctx, graph, theme, lens } = this;
    const { type } = theme;
    const { sub_top, top1_match } = graph.readout;
    const [x, y] = this.toScreen(graph.geometry.spines[graph.columns - 1], graph.geometry.feet[graph.n_layers]);
    this.font(600);
    const text = `${clipped(ctx, sub_top[0], PLATE_LIMIT_PX * type)} ${probability(sub_top[1])}`;
    const [width, height] = [ctx.measureText(text).width + 16, 22 * type];
    const left = Math.min(Math.max(x - width / 2, 4), lens.width - width - 6);
    const top = y - 8 - height;
    this.veil(left, top, width, height);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = ctx.fillStyle = theme.subgraph;
    ctx.lineWidth = top1_match ? 2 : 1;
    ctx.beginPath();
    line(ctx, x, y, x, y - 8);
    ctx.roundRect(left, top, width, height, 6);
    ctx.stroke();
    if (top1_match) {
      ctx.globalAlpha = 0.25;
      ctx.fill();
    }
    ctx.globalAlpha = 1;
    ctx.fillStyle = theme.text;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillText(text, left + width / 2, top + height / 2 + 0.5);
  }
}
