/** The view's entry: turns Python's messages into a view that shows them. */

import { onceGone } from "../../shared/web/cleanup.js";
import { MARKUP } from "./markup.js";
import { whenPublished } from "./registry.js";
import { TraceGraphView } from "./view.js";

/** By the view's part of the page: the view, null until its library and graph have arrived, and the last message. */
const SEATS = new WeakMap();

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

async function receive(root, { data, parentElement, setStateValue, setTriggerValue }) {
  if (!SEATS.has(root)) SEATS.set(root, { view: null });
  const seat = SEATS.get(root);
  seat.wanted = data;
  const vis = await whenPublished((all) => all.vis);
  const payload = await whenPublished((all) => [...all.payloads.values()].find(({ id }) => id === data.graph));
  if (SEATS.get(root) !== seat || seat.wanted !== data) return;
  if (!seat.view) {
    root.innerHTML = MARKUP;
    seat.view = new TraceGraphView(root, vis);
  }
  const { view } = seat;
  view.reporter.connect(setStateValue, setTriggerValue);
  view.setLook(readTheme(parentElement), data.large);
  if (view.graph?.id === data.graph) {
    view.views.show(data.view, payload.views);
    // A theme switch sends the first message again: within an epoch the slider's own value wins.
    if (view.epoch !== data.epoch) view.moveTo(data);
    return;
  }
  for (const [name, colour] of Object.entries(payload.palette)) root.style.setProperty(`--tg-${name}`, colour);
  root.classList.remove("loading");
  view.load(payload, data);
}

function leave(root) {
  SEATS.get(root)?.view?.destroy();
  SEATS.delete(root);
}

/** Streamlit calls this on every change of data, theme or layout, with the same element as long as it is mounted. */
export default function (component) {
  const root = component.parentElement.querySelector(".trace-graph");
  receive(root, component).catch((error) => {
    root.textContent = error.message;
    console.error(error);
  });
  return onceGone(root, () => leave(root));
}
