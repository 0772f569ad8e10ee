/**
 * As much of a canvas context as the picture needs, writing SVG. Paths keep their units and carry their transform;
 * texts stay texts. The browser builds and serialises the elements, and so escapes their contents.
 */

const SVG = "http://www.w3.org/2000/svg";
const ANCHORS = { left: "start", center: "middle", right: "end" };
const BASELINES = { top: "hanging", middle: "central", alphabetic: "auto" };
/** Characters that XML cannot hold, not even escaped. */
const UNWRITABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const KEPT = [
  "fillStyle", "strokeStyle", "lineWidth", "globalAlpha", "font", "textAlign", "textBaseline", "lineCap", "lineJoin",
  "matrix",
];

export class SvgContext {
  /** @param measure a canvas context, which knows how wide a text is */
  constructor(measure, width, height) {
    Object.assign(this, { measure, matrix: [1, 0, 0, 1, 0, 0], globalAlpha: 1, lineWidth: 1, saved: [], path: "" });
    Object.assign(this, { textAlign: "left", textBaseline: "alphabetic", lineCap: "butt", lineJoin: "miter" });
    this.root = document.createElementNS(SVG, "svg");
    this.put(this.root, { width, height, viewBox: `0 0 ${width} ${height}` });
  }

  save() {
    this.saved.push(Object.fromEntries(KEPT.map((name) => [name, this[name]])));
  }

  restore() {
    Object.assign(this, this.saved.pop());
  }

  setTransform(...matrix) {
    this.matrix = matrix;
  }

  translate(x, y) {
    const [a, b, c, d, e, f] = this.matrix;
    this.matrix = [a, b, c, d, a * x + c * y + e, b * x + d * y + f];
  }

  rotate(angle) {
    const [a, b, c, d, e, f] = this.matrix;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    this.matrix = [a * cos + c * sin, b * cos + d * sin, c * cos - a * sin, d * cos - b * sin, e, f];
  }

  beginPath() {
    this.path = "";
  }

  moveTo(...point) {
    this.draw("M", point);
  }

  lineTo(...point) {
    this.draw("L", point);
  }

  quadraticCurveTo(...points) {
    this.draw("Q", points);
  }

  bezierCurveTo(...points) {
    this.draw("C", points);
  }

  rect(x, y, width, height) {
    this.path += `M${number(x)} ${number(y)}h${number(width)}v${number(height)}h${number(-width)}z`;
  }

  roundRect(x, y, width, height, r) {
    const [w, h] = [width - 2 * r, height - 2 * r];
    const corner = (dx, dy) => `a${number(r)} ${number(r)} 0 0 1 ${number(dx * r)} ${number(dy * r)}`;
    this.draw("M", [x + r, y]);
    this.path += `h${number(w)}${corner(1, 1)}v${number(h)}${corner(-1, 1)}h${number(-w)}`;
    this.path += `${corner(-1, -1)}v${number(-h)}${corner(1, -1)}z`;
  }

  /** A full circle: the picture has no other arcs. */
  arc(x, y, r) {
    const half = (dx) => `a${number(r)} ${number(r)} 0 1 1 ${number(dx)} 0`;
    this.draw("M", [x + r, y]);
    this.path += `${half(-2 * r)}${half(2 * r)}z`;
  }

  draw(command, numbers) {
    this.path += command + numbers.map(number).join(" ");
  }

  stroke() {
    const line = { stroke: this.strokeStyle, "stroke-width": number(this.lineWidth), "stroke-opacity": this.globalAlpha };
    this.addPath({ fill: "none", ...line, "stroke-linecap": this.lineCap, "stroke-linejoin": this.lineJoin });
  }

  fill() {
    this.addPath({ fill: this.fillStyle, "fill-opacity": this.globalAlpha });
  }

  addPath(look) {
    if (this.path) this.add("path", { d: this.path, ...look });
  }

  fillRect(x, y, width, height) {
    this.add("rect", { x, y, width, height, fill: this.fillStyle, "fill-opacity": this.globalAlpha });
  }

  measureText(text) {
    this.measure.font = this.font;
    return this.measure.measureText(text);
  }

  fillText(text, x, y) {
    this.addText(text, x, y, { fill: this.fillStyle, "fill-opacity": this.globalAlpha });
  }

  strokeText(text, x, y) {
    const line = { stroke: this.strokeStyle, "stroke-width": this.lineWidth, "stroke-opacity": this.globalAlpha };
    this.addText(text, x, y, { fill: "none", ...line, "stroke-linejoin": "round" });
  }

  addText(text, x, y, look) {
    const place = { "text-anchor": ANCHORS[this.textAlign], "dominant-baseline": BASELINES[this.textBaseline] };
    // Where this font is missing, another one is squeezed into the measured width.
    const room = { textLength: number(this.measureText(text).width), lengthAdjust: "spacingAndGlyphs" };
    const at = { x: number(x), y: number(y), ...place, ...room };
    const element = this.add("text", { ...at, ...look, style: `font: ${this.font}` });
    element.setAttribute("xml:space", "preserve");
    element.textContent = text.replace(UNWRITABLE, "\ufffd");
  }

  add(name, attributes) {
    const element = this.put(document.createElementNS(SVG, name), attributes);
    if (this.matrix.join() !== "1,0,0,1,0,0") {
      element.setAttribute("transform", `matrix(${this.matrix.map((value) => Number(value.toFixed(5))).join(" ")})`);
    }
    this.root.append(element);
    return element;
  }

  put(element, attributes) {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
    return element;
  }

  /** The drawing as a document. */
  toText() {
    return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(this.root)}\n`;
  }
}

function number(value) {
  return Number(value.toFixed(2));
}
