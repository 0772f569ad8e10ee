/** Saves a chart as a file: Vega's own SVG, in the colours and at the size it has on the screen. */

const SVG = "http://www.w3.org/2000/svg";
/** The latest data of each mounted button. */
const BUTTONS = new WeakMap();

/** The chart right above the button. */
function chartAbove(root) {
  const own = (root.getRootNode().host ?? root).closest('[data-testid="stElementContainer"]');
  return own?.previousElementSibling?.querySelector(".stVegaLiteChart svg.marks");
}

/** The chart as a self-contained document: with its size, its background and a namespace. */
function textOf(chart) {
  const copy = chart.cloneNode(true);
  const { width, height } = chart.getBoundingClientRect();
  copy.setAttribute("xmlns", SVG);
  copy.setAttribute("width", Math.round(width));
  copy.setAttribute("height", Math.round(height));
  copy.removeAttribute("class");
  copy.removeAttribute("style");
  const paper = document.createElementNS(SVG, "rect");
  paper.setAttribute("width", "100%");
  paper.setAttribute("height", "100%");
  paper.setAttribute("fill", chart.style.backgroundColor || "white");
  copy.prepend(paper);
  return new XMLSerializer().serializeToString(copy);
}

function save(root, { name }) {
  const found = chartAbove(root);
  if (!found) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([textOf(found)], { type: "image/svg+xml" }));
  link.download = `${name}.svg`;
  root.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Streamlit calls this on every change of data, theme or layout, with the same element as long as it is mounted. */
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".chart-file");
  const button = root.querySelector("button");
  if (!BUTTONS.has(root)) button.addEventListener("click", () => save(root, BUTTONS.get(root)));
  BUTTONS.set(root, data);
  button.setAttribute("aria-label", `Save as SVG: ${data.title}`);
  button.title = "Save as SVG";
}
