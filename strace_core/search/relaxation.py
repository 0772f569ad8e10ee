"""An order of edges made soft, so that a gradient can tell which edges should come earlier and which later.

Every edge has a position, log10 of its place in the order. At a size s and a temperature T its factor is
sigmoid((log10 s - position) / T): near 1 for edges that come well before the s-th, near 0 for those that come well
after it; as T falls to 0 the mask becomes the subgraph of size s. A gradient with respect to the factors becomes one
with respect to the positions through the slope of the sigmoid, which is largest for the edges around the s-th.
"""

import numpy as np
from jaxtyping import Float32
from scipy.special import expit

from strace_core.graph.layout import EdgeLayout
from strace_core.shapes import EdgeOrder
from strace_core.trace.growth import grow_best_first

LEAST_FACTOR = 0.02
"""Factors below it are 0, so that the rows that only such edges need are not computed."""

EXPONENT = 0.35
"""Of the size of a gradient, in how far it moves an edge: few edges have most of it, and many have to move."""

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
    factors[factors < LEAST_FACTOR] = 0
    return factors


def slope(factors: Factors, temperature: float) -> Factors:
    """By how much a factor falls as its edge's position grows."""
    found: Factors = factors * (1 - factors) / np.float32(temperature)
    return found


def moved(layout: EdgeLayout, order: EdgeOrder, gradient: Positions, stride: float, n_leading: int) -> EdgeOrder:
    """The order after edges have gone against ``gradient``, d loss / d position, and grown together again.

    The ``n_leading`` edges of the largest gradients go ``stride`` decades on average, the others in proportion to
    |gradient| ** ``EXPONENT``. Growth sees to it that every edge has a path to the output among those before it.
    """
    size = np.abs(gradient) ** np.float32(EXPONENT)
    leading = np.partition(size, -n_leading)[-n_leading:].mean()
    if leading == 0:
        return order
    positions = positions_of(order) - np.float32(stride / leading) * np.sign(gradient) * size
    return grow_best_first(layout, -positions)
