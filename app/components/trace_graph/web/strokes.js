/** Lines and marks of the picture as paths, in world units. `ctx` is a canvas context or one that writes SVG. */

import { MLP, STATE } from "./kinds.js";

/** Dots are drawn at least this large on the screen, but at MOST_GROWTH times their size they would touch. */
const LEAST_RADIUS_PX = 1.7;
const MOST_GROWTH = 1.25;

export function line(ctx, x0, y0, x1, y1) {
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
}

/** A head's dot, an MLP's square or a state's dot at `size` times its full size, and larger in a tiny picture. */
export function traceMark(ctx, graph, node, scale, size) {
  const { nodes, geometry } = graph;
  const [x, y] = [nodes.x[node], nodes.y[node]];
  const growth = Math.min(Math.max(1, LEAST_RADIUS_PX / scale / geometry.headRadius), MOST_GROWTH) * size;
  if (nodes.node_kind[node] === MLP) {
    const r = geometry.mlpRadius * growth * 0.92;
    ctx.rect(x - r, y - r, 2 * r, 2 * r);
  } else {
    const r = (nodes.node_kind[node] === STATE ? geometry.stateRadius : geometry.headRadius) * growth;
    ctx.moveTo(x + r, y);
    ctx.arc(x, y, r, 0, 2 * Math.PI);
  }
}

/** An attention edge, from the source's spine at the foot of the block to the head at the target. */
export function traceCurve(ctx, graph, edge) {
  const { nodes, geometry, edges, dotOf } = graph;
  const node = dotOf[edge];
  const [x0, y0] = [geometry.spines[edges.source[edge]], geometry.feet[nodes.layer[node]]];
  const [x1, y1] = [nodes.x[node], nodes.y[node]];
  const reach = x1 - x0;
  ctx.moveTo(x0, y0);
  ctx.bezierCurveTo(x0 + 0.4 * reach, y0 - 1, x1 - 0.16 * reach, y0 - 4, x1, y1);
}

/** How an active component joins its spine: a tick from a head, a loop through an MLP, a rung in the component view. */
export function traceJoin(ctx, graph, node) {
  const { nodes, geometry, parallel } = graph;
  const layer = nodes.layer[node];
  const [x, y] = [nodes.x[node], nodes.y[node]];
  const spine = geometry.spines[graph.byComponents ? 0 : nodes.token[node]];
  if (graph.byComponents) return line(ctx, x, y, spine, y);
  if (nodes.head[node] >= 0) {
    const join = parallel ? geometry.feet[layer + 1] + 2 : geometry.mids[layer];
    ctx.moveTo(x, y);
    ctx.quadraticCurveTo((x + spine) / 2 + 2, join + 1, spine, join);
  } else {
    const [low, high] = [geometry.mids[layer] - 1.5, geometry.feet[layer + 1] + 2];
    ctx.moveTo(spine, low);
    ctx.quadraticCurveTo(x, low, x, y);
    ctx.quadraticCurveTo(x, high, spine, high);
  }
}

/** Call `visit(x, fromY, toY, keptEdges, inLastBlock)` for each residual edge that the filter shows. */
export function eachSegment(graph, visit) {
  const { spines, feet, mids } = graph.geometry;
  for (let layer = 0; layer < graph.n_layers; layer++) {
    if (!graph.filter.shows("residual", layer)) continue;
    const last = layer === graph.n_layers - 1;
    for (let column = last ? graph.columns - 1 : 0; column < graph.columns; column++) {
      const kept = (stage) => graph.segments[graph.segment(layer, stage, column)];
      const x = spines[column];
      if (graph.parallel) visit(x, feet[layer], feet[layer + 1], kept(0), last);
      else {
        visit(x, feet[layer], mids[layer], kept(0), last);
        visit(x, mids[layer], feet[layer + 1], kept(1), last);
      }
    }
  }
}
