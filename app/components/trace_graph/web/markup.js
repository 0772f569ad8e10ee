/** The view's markup and style, fetched once: in the view's message they would be sent with every step. */

async function read(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name} did not arrive: status ${response.status}`);
  return response.text();
}

const [TEMPLATE, STYLE] = await Promise.all(["trace_graph.html", "trace_graph.css"].map(read));

export const MARKUP = `<style>${STYLE}</style>${TEMPLATE}`;
