/** From a message of Python's to a view that shows it: the view's own part of the page, filled and kept. */

const VIEWS = new WeakMap();

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

/** Streamlit hands over each change of data or theme, with the same element while the page stands. */
async function receive(root, { data, parentElement, setStateValue, setTriggerValue }) {
  if (!VIEWS.has(root)) VIEWS.set(root, { view: null });
  const seat = VIEWS.get(root);
  seat.wanted = data;
  const payload = await whenShared((all) => [...all.payloads.values()].find(({ id }) => id === data.graph));
  if (VIEWS.get(root) !== seat || seat.wanted !== data) return;
  if (!seat.view) {
    root.innerHTML = `<style>${STYLE}</style>${TEMPLATE}`;
    seat.view = new TraceGraphView(root);
  }
  const { view } = seat;
  view.telling.connect(setStateValue, setTriggerValue);
  view.setLook(readTheme(parentElement), data.large);
  if (view.graph?.id === data.graph) {
    view.views.show(data.view, payload.views);
    view.setHeight(data.max_height);
    // A theme switch sends the first message again: the slider's own value wins within an epoch.
    if (view.epoch !== data.epoch) view.moveTo(data);
    return;
  }
  for (const [name, colour] of Object.entries(payload.palette)) root.style.setProperty(`--tg-${name}`, colour);
  root.classList.remove("loading");
  view.load(payload, data);
}

function leave(root) {
  VIEWS.get(root)?.view?.destroy();
  VIEWS.delete(root);
}
