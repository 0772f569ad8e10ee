"""Scoring rules: how much each edge accounts for of the node it enters. One function per rule."""

from collections.abc import Callable

import numpy as np

from strace_core.graph.contributions import edge_norms
from strace_core.graph.layout import EdgeLayout
from strace_core.model.capture import Activations
from strace_core.model.loading import LoadedModel
from strace_core.shapes import EdgeScores


def l1(model: LoadedModel, activations: Activations, layout: EdgeLayout) -> EdgeScores:
    """|e|_1 over the sum of |e'|_1 of all edges e' into the same node; the paper's rule."""
    return share_among_siblings(layout, edge_norms(model, activations, layout, order=1))


def l2(model: LoadedModel, activations: Activations, layout: EdgeLayout) -> EdgeScores:
    """As ``l1`` with the Euclidean norm."""
    return share_among_siblings(layout, edge_norms(model, activations, layout, order=2))


SCORE_RULES: dict[str, Callable[[LoadedModel, Activations, EdgeLayout], EdgeScores]] = {"l1": l1, "l2": l2}
"""Scoring rules by name. Each returns one share in [0, 1] per edge id, float32; the shares into a node sum to 1."""


def share_among_siblings(layout: EdgeLayout, weights: EdgeScores) -> EdgeScores:
    """Divide by the sum over the edges into the same node. A node into which nothing is added gives shares of 0."""
    first_edges = np.unique(layout.in_edge_start[:-1][np.diff(layout.in_edge_start) > 0])
    totals = np.add.reduceat(weights.astype(np.float64), first_edges)
    n_siblings = np.diff(np.append(first_edges, layout.n_edges))
    totals = np.repeat(totals, n_siblings)
    shares = np.divide(weights, totals, out=np.zeros(layout.n_edges), where=totals > 0)
    return shares.astype(np.float32)
