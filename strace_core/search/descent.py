"""The steps of a guided search: gradient descent on the places of edges in an order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from jaxtyping import Int

from strace_core.evaluate.mask_gradients import Loss, batch_size, mask_gradients
from strace_core.model.loaded import LoadedModel
from strace_core.progress import BeforeBlock
from strace_core.search.protocol import Candidate, ScoredGraph
from strace_core.search.relaxation import Positions, moved, positions_of, slope, soft_mask
from strace_core.search.schedule import GUIDED, Step, size_range
from strace_core.shapes import EdgeOrder, Logits
from strace_core.trace.trace import BEST_FIRST, Stretch, Trace


def descend(
    model: LoadedModel, graph: ScoredGraph, start: Trace, total: int, *, before_block: Callable[[int], None]
) -> Candidate:
    """Take ``total`` steps from the order ``start``.

    Edges beyond the largest size a step looks at keep the order they have in ``start``.

    Args:
        model: The model that the graph belongs to.
        graph: The scored graph.
        start: The best-first order.
        total: How many steps to take.
        before_block: Called with the number of steps done, before each block of each batch of softened subgraphs. An
            exception it raises stops the search.
    """
    layout, order = graph.layout, start.order
    smallest, largest = size_range(layout)
    loss = _total_variation(graph.full_logits, model.device)
    for number in range(total):
        step, slopes = Step(number, total), _Slopes(model, graph, loss, partial(before_block, number))
        gradient = slopes.at(order, step.log_sizes(smallest, largest), step.temperature)
        order = moved(layout, order, gradient, step.stride, layout.n_path_edges)
    chosen, rest = Stretch(largest, GUIDED), Stretch(layout.n_edges, BEST_FIRST)
    stretches = (chosen,) if largest == layout.n_edges else (chosen, rest)
    return Candidate(Trace(layout, joined(order[:largest], start.order)), stretches)


@dataclass(frozen=True, eq=False)
class _Slopes:
    """How the losses of softened subgraphs of one prompt depend on the positions of edges."""

    model: LoadedModel
    graph: ScoredGraph
    loss: Loss
    before_block: BeforeBlock

    def at(self, order: EdgeOrder, log_sizes: Sequence[float], temperature: float) -> Positions:
        """D loss / d position of every edge, summed over the sizes; as many sizes run together as fit in memory."""
        layout, token_ids = self.graph.layout, self.graph.prompt.token_ids
        positions, total = positions_of(order), np.zeros(len(order), np.float32)
        step = batch_size(layout, self.model.spec.d_model)
        for start in range(0, len(log_sizes), step):
            masks = np.stack([soft_mask(positions, size, temperature) for size in log_sizes[start : start + step]])
            found = mask_gradients(self.model, token_ids, layout, masks, self.loss, before_block=self.before_block)
            total -= (found.gradients * slope(masks, temperature)).sum(axis=0)
        return total


def _total_variation(full_logits: Logits, device: torch.device) -> Loss:
    """Total variation between a subgraph's distribution and the full model's."""
    full = torch.softmax(torch.from_numpy(full_logits).to(device), dim=-1)
    return lambda logits: (torch.softmax(logits, dim=-1) - full).abs().sum(dim=-1) / 2


def joined(first: Int[np.ndarray, "some"], rest: EdgeOrder) -> EdgeOrder:
    """The edges ``first``, then those of the order ``rest`` that are not among them.

    If in both orders every edge has a path to the output among the edges before it, so has every edge of the result.
    """
    is_first = np.zeros(len(rest), np.bool_)
    is_first[first] = True
    return np.concatenate([first, rest[~is_first[rest]]])
