/** The sentences under the slider. */

import { COUNT, percent, plural, probability } from "./numbers.js";

/** The paper's phases: the share of edges below which each lies, its name and its range. */
const PHASES = [
  [1e-4, "Before the phases", "under 0.01 % of the edges"],
  [1e-2, "Construction phase", "0.01 % to 1 % of the edges"],
  [1, "Refinement phase", "from 1 % of the edges"],
  [Infinity, "Full model", "every edge included"],
];

/** The name and range of the phase at a share of edges. */
function phaseOf(fraction) {
  return PHASES.find(([below]) => fraction < below).slice(1);
}

/** From which tokens paths lead to the prediction, and whether the backbone is complete. */
function structureOf(graph, readout) {
  const tokens = graph.tokens.length;
  if (readout.positions === 0) return "no path from any token yet";
  const all = tokens === 1 ? "a path from the only token" : `paths from all ${COUNT.format(tokens)} tokens`;
  const paths = readout.positions < tokens ? `paths from ${readout.positions} of ${plural(tokens, "token")}` : all;
  return readout.backbone ? `${paths}, backbone complete` : paths;
}

/** Fill in the sentences for one computed size. */
export function writeReadout(root, graph, readout) {
  const [phase, range] = phaseOf(readout.fraction);
  const words = {
    kept: COUNT.format(readout.n_edges),
    total: plural(graph.n_edges, "edge"),
    share: `${percent(readout.fraction)} %`,
    heads: COUNT.format(readout.heads),
    "all-heads": plural(graph.n_layers * graph.n_heads, "head"),
    mlps: COUNT.format(readout.mlps),
    "all-mlps": plural(graph.n_layers, "MLP"),
    sub: readout.sub_top[0],
    "sub-share": probability(readout.sub_top[1]),
    full: readout.full_top[0],
    "full-share": probability(readout.full_top[1]),
    verdict: readout.top1_match ? "same token" : "different token",
    phase,
    range,
    structure: structureOf(graph, readout),
    tv: readout.tv.toFixed(2),
  };
  for (const [name, text] of Object.entries(words)) {
    root.querySelector(`[data-say="${name}"]`).textContent = text;
  }
  root.querySelector(".distance").style.setProperty("--tv", String(readout.tv));
  root.dataset.match = String(readout.top1_match);
}
