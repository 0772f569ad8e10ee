"""Guided search: gradient descent on the places of edges in an order, for many sizes of subgraph at once.

It starts from a best-first order. A step softens the subgraphs of some sizes (see
:mod:`strace_core.search.relaxation`), asks how the total variation of each depends on every edge's factor, moves edges
forward that would lower it and others back, and grows the order anew. The subgraphs become harder from step to step.
Source: docs/search.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import log10

import numpy as np
import torch
from jaxtyping import Int

from strace_core.evaluate.mask_gradients import Loss, batch_size, mask_gradients
from strace_core.graph.layout import EdgeLayout
from strace_core.model.loaded import LoadedModel
from strace_core.progress import BeforeBlock
from strace_core.search.relaxation import Positions, moved, positions_of, slope, soft_mask
from strace_core.shapes import EdgeOrder, Logits
from strace_core.trace.searches import BEST_FIRST, GUIDED, SIZES_OF_A_STEP
from strace_core.trace.trace import Stretch, Trace

STEPS = 6
"""Steps at an effort of 1."""

SMALLEST = 2
"""The smallest size that is looked at, in paths from the input to the output."""

LARGEST = 0.3
"""The largest relative size that is looked at."""

TEMPERATURES = (0.45, 0.02)
"""Softness of the subgraphs in the first and in the last step, in decades of the size."""
HASTE = 0.5
"""The temperature falls with this power of the share of steps that is done."""

STRIDES = (0.35, 0.07)
"""How far the leading edges move in the first and in the last step, in decades of the size."""

GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Step:
    """A step of the search: its ``number`` of ``total``, from 0."""

    number: int
    total: int

    @property
    def done(self) -> float:
        """Share of the steps that are done when this one is the last one to come."""
        return self.number / max(1, self.total - 1)

    @property
    def temperature(self) -> float:
        """Softness of the subgraphs."""
        first, last = TEMPERATURES
        return float(first * (last / first) ** (self.done**HASTE))

    @property
    def stride(self) -> float:
        """How far the leading edges move."""
        first, last = STRIDES
        return first + (last - first) * self.done

    @property
    def n_sizes(self) -> int:
        """How many sizes to look at: the harder the subgraphs, the fewer edges each one tells about."""
        first, last = SIZES_OF_A_STEP
        return round(first * (last / first) ** self.done)

    def log_sizes(self, smallest: int, largest: int) -> list[float]:
        """log10 of the sizes to look at, evenly spaced, at other places in every step."""
        low, shift = log10(smallest), (self.number * GOLDEN) % 1
        spacing = (log10(largest) - low) / self.n_sizes
        return [low + spacing * (place + shift) for place in range(self.n_sizes)]


def looked_at(n_path: int, n_edges: int) -> tuple[int, int]:
    """The smallest and the largest size to look at; from one path to all edges where so few are no choice."""
    smallest, largest = SMALLEST * n_path, int(LARGEST * n_edges)
    return (smallest, largest) if smallest < largest else (n_path, n_edges)


def n_steps(effort: float) -> int:
    """Steps of a search of this effort, at least 1."""
    return max(1, round(STEPS * effort))


def guided(
    model: LoadedModel,
    token_ids: tuple[int, ...],
    start: Trace,
    full_logits: Logits,
    total: int,
    *,
    before_block: Callable[[int], None],
) -> tuple[Trace, tuple[Stretch, ...]]:
    """The order that ``total`` steps make of the order ``start``, and which part of it the search has chosen.

    Edges after the largest size that is looked at follow as they do in ``start``. ``before_block`` is called with the
    number of steps that are done, before each block of each batch of softened subgraphs; an exception it raises stops
    the search there.
    """
    layout, order = start.layout, start.order
    n_path = layout.n_layers * layout.depths_per_block
    smallest, largest = looked_at(n_path, layout.n_edges)
    loss = _total_variation(full_logits, model.device)
    for number in range(total):
        slopes = _Slopes(model, token_ids, layout, loss, partial(before_block, number))
        step = Step(number, total)
        gradient = slopes.at(order, step.log_sizes(smallest, largest), step.temperature)
        order = moved(layout, order, gradient, step.stride, n_path)
    chosen, rest = Stretch(largest, GUIDED), Stretch(layout.n_edges, BEST_FIRST)
    stretches = (chosen,) if largest == layout.n_edges else (chosen, rest)
    return Trace(layout, joined(order[:largest], start.order)), stretches


@dataclass(frozen=True, eq=False)
class _Slopes:
    """How the losses of softened subgraphs of one prompt depend on the positions of edges."""

    model: LoadedModel
    token_ids: tuple[int, ...]
    layout: EdgeLayout
    loss: Loss
    before_block: BeforeBlock

    def at(self, order: EdgeOrder, log_sizes: Sequence[float], temperature: float) -> Positions:
        """d loss / d position of every edge, summed over the sizes; as many sizes run together as fit in memory."""
        positions, total = positions_of(order), np.zeros(len(order), np.float32)
        step = batch_size(self.layout, self.model.spec.d_model)
        for start in range(0, len(log_sizes), step):
            masks = np.stack([soft_mask(positions, size, temperature) for size in log_sizes[start : start + step]])
            found = mask_gradients(
                self.model, self.token_ids, self.layout, masks, self.loss, before_block=self.before_block
            )
            total -= (found.gradients * slope(masks, temperature)).sum(axis=0)
        return total


def _total_variation(full_logits: Logits, device: torch.device) -> Loss:
    """Between the distribution of a subgraph and that of the full model."""
    full = torch.softmax(torch.from_numpy(full_logits).to(device), dim=-1)
    return lambda logits: (torch.softmax(logits, dim=-1) - full).abs().sum(dim=-1) / 2


def joined(first: Int[np.ndarray, "some"], rest: EdgeOrder) -> EdgeOrder:
    """The edges ``first``, then those of the order ``rest`` that are not among them.

    Where ``first`` begins an order in which every edge has a path to the output among those before it, and ``rest`` is
    such an order, so is this.
    """
    is_first = np.zeros(len(rest), np.bool_)
    is_first[first] = True
    return np.concatenate([first, rest[~is_first[rest]]])
