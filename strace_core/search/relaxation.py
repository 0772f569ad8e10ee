"""An order of edges made soft, so that a gradient can tell which edges should come earlier and which later.

Every edge has a position, log10 of its place in the order. At a size s and a temperature T its factor is
sigmoid((log10 s - position) / T): near 1 for edges well before the s-th, near 0 for edges well after it. As T falls to
0 the mask becomes the subgraph of size s. The slope of the sigmoid turns a gradient with respect to factors into one
with respect to positions; it is largest for edges near the s-th.
"""

import numpy as np
from jaxtyping import Float32
from scipy.special import expit

from strace_core.graph.layout import EdgeLayout
from strace_core.shapes import EdgeOrder
from strace_core.trace.growth import grow_best_first

MIN_FACTOR = 0.02
"""Smaller factors become 0, so that rows only they would need are not computed."""

EXPONENT = 0.35
"""An edge moves by |gradient| to this power: few edges have most of the gradient, and many have to move."""

Positions = Float32[np.ndarray, "edge"]
Factors = Float32[np.ndarray, "*batch edge"]


def positions_of(order: EdgeOrder) -> Positions:
    """log10 of each edge's place, from 1, by edge id."""
    positions = np.empty(len(order), np.float32)
    positions[order] = np.log10(np.arange(1, len(order) + 1, dtype=np.float32))
    return positions


def soft_mask(positions: Positions, log_size: float, temperature: float) -> Factors:
    """The factors of the edges in the softened subgraph of 10 ** ``log_size`` edges."""
    factors: Factors = expit((np.float32(log_size) - positions) / np.float32(temperature))
    factors[factors < MIN_FACTOR] = 0
    return factors


def slope(factors: Factors, temperature: float) -> Factors:
    """-d factor / d position: how fast each factor falls as its edge moves back."""
    found: Factors = factors * (1 - factors) / np.float32(temperature)
    return found


def moved(layout: EdgeLayout, order: EdgeOrder, gradient: Positions, stride: float, n_leading: int) -> EdgeOrder:
    """The order after every edge has moved against ``gradient``, grown again so that prefixes stay connected.

    Args:
        layout: The edges.
        order: The order before the step.
        gradient: d loss / d position, by edge id.
        stride: How far the leading edges move on average, in decades; others move in proportion to
            |gradient| ** ``EXPONENT``.
        n_leading: How many edges of the largest gradients lead.
    """
    size = np.abs(gradient) ** np.float32(EXPONENT)
    leading = np.partition(size, -n_leading)[-n_leading:].mean()
    if leading == 0:
        return order
    positions = positions_of(order) - np.float32(stride / leading) * np.sign(gradient) * size
    return grow_best_first(layout, -positions)
