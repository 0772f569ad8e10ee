/** Saves what is on the screen, with a caption that says what it is. */

import { drawnNote, filterNote } from "./describe.js";
import { clipped, SMALL_FONT_PX } from "./labels.js";
import { COUNT, percent, plural, quoted } from "./numbers.js";
import { drawPicture } from "./paint.js";
import { Popover } from "./popover.js";
import { SvgContext } from "./svg.js";

const CAPTION_PX = 44;
const PNG_RATIO = 2;

export class SaveMenu {
  /** @param {function(): object} sheet returns what to draw: {graph, theme, lens, scene} */
  constructor(root, sheet) {
    this.root = root;
    this.sheet = sheet;
    this.popover = new Popover(root, "save");
    this.popover.panel.addEventListener("click", ({ target }) => {
      const kind = target.closest("[data-save]")?.dataset.save;
      if (kind) this.save(kind);
    });
  }

  async save(kind) {
    const sheet = this.sheet();
    const blob = kind === "svg" ? svgOf(sheet) : await pngOf(sheet);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = fileName(sheet.graph, kind);
    this.root.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    this.popover.close();
    this.popover.button.focus();
  }
}

function fileName(graph, kind) {
  const model = graph.model.replace(/[^\w.-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "");
  return ["s-trace", model, graph.view, `${graph.size}-edges`].filter(Boolean).join("-") + `.${kind}`;
}

function svgOf({ graph, theme, lens, scene }) {
  const measure = document.createElement("canvas").getContext("2d");
  const context = new SvgContext(measure, lens.width, lens.height + CAPTION_PX);
  drawSheet(context, graph, theme, { ...lens, ratio: 1 }, scene);
  return new Blob([context.toText()], { type: "image/svg+xml" });
}

function pngOf({ graph, theme, lens, scene }) {
  const canvas = document.createElement("canvas");
  canvas.width = lens.width * PNG_RATIO;
  canvas.height = (lens.height + CAPTION_PX) * PNG_RATIO;
  drawSheet(canvas.getContext("2d"), graph, theme, { ...lens, ratio: PNG_RATIO }, scene);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function drawSheet(ctx, graph, theme, lens, scene) {
  const { width, height, ratio } = lens;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.fillStyle = theme.background;
  ctx.fillRect(0, 0, width, height + CAPTION_PX);
  drawPicture(ctx, graph, theme, lens, scene);
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.globalAlpha = 1;
  ctx.fillStyle = theme.background;
  ctx.fillRect(0, height, width, CAPTION_PX);
  ctx.fillStyle = theme.text;
  ctx.font = `${SMALL_FONT_PX + 1}px ${theme.font}`;
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  captionLines(graph, scene).forEach((text, row) => ctx.fillText(clipped(ctx, text, width - 16), 8, height + 6 + 17 * row));
}

/** What was traced, and how much of it is drawn. */
function captionLines(graph, scene) {
  const { n_edges, fraction, full_top } = graph.readout;
  const prompt = graph.tokens.map((token) => token.replace(/^·/, " ")).join("").trim();
  const size = `${COUNT.format(n_edges)} of ${plural(graph.n_edges, "edge")} (${percent(fraction)} %)`;
  const left = graph.filter.active ? `filter ${filterNote(graph)}` : drawnNote(graph, scene.curves.length);
  return [`${quoted(prompt)} → ${quoted(full_top[0])}`, [graph.model, size, left].filter(Boolean).join(" · ")];
}
