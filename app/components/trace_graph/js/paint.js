/**
 * The picture, painted onto vis-network's canvas before it draws its nodes. Lines and dots are in world
 * units and grow with the zoom, but never thinner than some screen pixels; labels keep their size.
 */

const FAINT = 0.16;
const HOLLOW = 0.42;
const DIMMED = 0.16;
/** Dots keep this radius on the screen where they can: they touch at more than MOST_GROWTH times their own. */
const LEAST_RADIUS_PX = 1.7;
const MOST_GROWTH = 1.25;
/** Attention curves by the share of what arrives at their node: at least this share, width, opacity. */
const STRENGTHS = [
  [0.2, 2.0, 0.95],
  [0.06, 1.4, 0.75],
  [0.02, 1.0, 0.5],
  [0, 0.7, 0.32],
];

/** One picture: what to draw (graph, focus, curves), where (scale) and in which colours (theme). */
class Painter {
  constructor(ctx, graph, theme, scale) {
    Object.assign(this, { ctx, graph, theme, scale });
  }

  /** `curves` are the attention edges to draw; `focus`, if not null, a node that stands out with its `own`. */
  paint(curves, focus, own) {
    const { ctx } = this;
    ctx.save();
    ctx.lineCap = "round";
    ctx.lineJoin = "round";
    this.paintBlocks();
    this.paintSpines(focus === null ? 1 : 2.2 * DIMMED);
    this.paintJoins(this.graph.dots, focus === null ? 1 : DIMMED);
    this.paintCurves(curves, focus === null ? 1 : DIMMED);
    this.paintOwn(own, focus);
    this.paintHollow();
    this.paintActive(focus, own);
    ctx.restore();
  }

  /** A path in one stroke; no thinner than `least` screen pixels. */
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

  /** Every other block on a band, so that rows can be followed across. */
  paintBlocks() {
    const { left, right, feet, spines } = this.graph.geometry;
    this.fill(this.theme.text, 0.035, (ctx) => {
      for (let layer = 0; layer < this.graph.n_layers; layer += 2) {
        const from = layer < this.graph.n_layers - 1 ? left : spines[this.graph.columns - 1] + left;
        ctx.rect(from, feet[layer + 1], right - from, feet[layer] - feet[layer + 1]);
      }
    });
  }

  /** Residual streams: every edge there is, faint, and over it the kept ones. */
  paintSpines(alpha) {
    const { graph, theme } = this;
    this.stroke(theme.text, 1.2, FAINT, (ctx) => this.eachSegment((x, from, to) => line(ctx, x, from, x, to)));
    const levels = graph.byComponents ? graph.tokens.length : 1;
    const shades = new Map();
    this.eachSegment((x, from, to, kept, last) => {
      if (!kept) return;
      const shade = last ? 1 : Math.max(0.3, Math.ceil((kept / levels) * 4) / 4);
      shades.set(shade, [...(shades.get(shade) ?? []), [x, from, to]]);
    });
    for (const [shade, lines] of shades) {
      const trace = (ctx) => lines.forEach(([x, from, to]) => line(ctx, x, from, x, to));
      this.stroke(theme.residual, 2.6, shade * alpha, trace, 1.6);
    }
  }

  /** Calls `visit(x, fromY, toY, keptEdges, inLastBlock)` for each residual edge, or pair of edges, drawn. */
  eachSegment(visit) {
    const { graph } = this;
    const { spines, feet, mids } = graph.geometry;
    for (let layer = 0; layer < graph.n_layers; layer++) {
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

  /** What active components add to their spine: a tick from a head, a loop through an MLP; rungs in low rows. */
  paintJoins(dots, alpha) {
    const active = dots.filter((node) => this.graph.uses[node]);
    const heads = active.filter((node) => this.graph.nodes.head[node] >= 0);
    const mlps = active.filter((node) => this.graph.nodes.head[node] < 0);
    this.stroke(this.theme.attention, 0.9, (this.graph.byComponents ? 0.25 : 0.4) * alpha, (ctx) => {
      for (const node of heads) this.traceTick(ctx, node);
    });
    this.stroke(this.theme.mlp, 1.5, 0.85 * alpha, (ctx) => {
      for (const node of mlps) this.traceLoop(ctx, node);
    });
  }

  paintCurves(edges, alpha) {
    const levels = STRENGTHS.map(() => []);
    for (const edge of edges) {
      const share = this.graph.share(edge);
      levels[STRENGTHS.findIndex(([least]) => share >= least)].push(edge);
    }
    levels.forEach((level, i) => {
      const [, width, opacity] = STRENGTHS[i];
      this.stroke(this.theme.attention, width, opacity * alpha, (ctx) => {
        for (const edge of level) this.traceCurve(ctx, edge);
      });
    });
  }

  /** The edges of the node in focus, at full strength over all others. */
  paintOwn(own, focus) {
    if (focus === null) return;
    if (!this.graph.byComponents) {
      this.stroke(this.theme.attention, 1.8, 0.9, (ctx) => own.forEach((edge) => this.traceCurve(ctx, edge)), 1.2);
    }
    if (this.graph.uses[focus]) this.paintJoins([focus], 2);
  }

  /** Components that are not in the subgraph: small and hollow. */
  paintHollow() {
    const { graph } = this;
    const resting = graph.dots.filter((node) => !graph.uses[node]);
    this.stroke(this.theme.text, 0.7, HOLLOW, (ctx) => {
      for (const node of resting) this.traceMark(ctx, node, 0.44);
    });
  }

  /** Components in the subgraph: filled in the colour of their kind, on a rim that parts them from lines. */
  paintActive(focus, own) {
    const { graph, theme } = this;
    const near = new Set([focus, ...own.map((edge) => graph.nodeOf[edge])]);
    const active = graph.dots.filter((node) => graph.uses[node]);
    const shadeOf = (node) => {
      const dim = focus !== null && !near.has(node) ? 0.4 : 1;
      return dim * Math.max(0.35, Math.ceil((graph.uses[node] / graph.places(node)) * 4) / 4);
    };
    this.fill(theme.background, 1, (ctx) => {
      for (const node of active) this.traceMark(ctx, node, 1.28);
    });
    for (const [isMlp, colour] of [[false, theme.attention], [true, theme.mlp]]) {
      const group = active.filter((node) => (graph.nodes.head[node] < 0) === isMlp);
      for (const shade of new Set(group.map(shadeOf))) {
        this.fill(colour, shade, (ctx) => {
          for (const node of group) if (shadeOf(node) === shade) this.traceMark(ctx, node, 1);
        });
      }
    }
    if (focus !== null && graph.dots.includes(focus)) {
      this.stroke(theme.text, 1.6, 1, (ctx) => this.traceMark(ctx, focus, 1.55));
    }
  }

  /** A head's dot or an MLP's square, `size` times its full size, which is somewhat more in a tiny picture. */
  traceMark(ctx, node, size) {
    const { nodes, geometry } = this.graph;
    const [x, y] = [nodes.x[node], nodes.y[node]];
    const growth = Math.min(Math.max(1, LEAST_RADIUS_PX / this.scale / geometry.headRadius), MOST_GROWTH) * size;
    if (nodes.head[node] >= 0) {
      const r = geometry.headRadius * growth;
      ctx.moveTo(x + r, y);
      ctx.arc(x, y, r, 0, 2 * Math.PI);
    } else {
      const r = geometry.mlpRadius * growth * 0.92;
      ctx.rect(x - r, y - r, 2 * r, 2 * r);
    }
  }

  /** An attention edge: it leaves the source's spine at the block's foot and ends in the head at the target. */
  traceCurve(ctx, edge) {
    const { nodes, geometry, edges, nodeOf } = this.graph;
    const node = nodeOf[edge];
    const [x0, y0] = [geometry.spines[edges.source[edge]], geometry.feet[nodes.layer[node]]];
    const [x1, y1] = [nodes.x[node], nodes.y[node]];
    const reach = x1 - x0;
    ctx.moveTo(x0, y0);
    ctx.bezierCurveTo(x0 + 0.4 * reach, y0 - 1, x1 - 0.16 * reach, y0 - 4, x1, y1);
  }

  traceTick(ctx, node) {
    const { nodes, geometry, parallel } = this.graph;
    const layer = nodes.layer[node];
    const x = this.spineOf(node);
    const y = parallel ? geometry.feet[layer + 1] + 2 : geometry.mids[layer];
    if (this.graph.byComponents) return line(ctx, nodes.x[node], nodes.y[node], x, nodes.y[node]);
    ctx.moveTo(nodes.x[node], nodes.y[node]);
    ctx.quadraticCurveTo((nodes.x[node] + x) / 2 + 2, y + 1, x, y);
  }

  traceLoop(ctx, node) {
    const { nodes, geometry } = this.graph;
    const layer = nodes.layer[node];
    const x = this.spineOf(node);
    if (this.graph.byComponents) return line(ctx, nodes.x[node], nodes.y[node], x, nodes.y[node]);
    const [low, high] = [geometry.mids[layer] - 1.5, geometry.feet[layer + 1] + 2];
    ctx.moveTo(x, low);
    ctx.quadraticCurveTo(nodes.x[node], low, nodes.x[node], nodes.y[node]);
    ctx.quadraticCurveTo(nodes.x[node], high, x, high);
  }

  spineOf(node) {
    const { spines } = this.graph.geometry;
    return spines[this.graph.byComponents ? 0 : this.graph.nodes.token[node]];
  }
}

function line(ctx, x0, y0, x1, y1) {
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
}
