"""Subgraph sizes to evaluate: the paper's grid, a denser one, or the caller's own.

Source: section 3 of docs/method.md.
"""

from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Literal

import numpy as np

from strace_core.errors import SizeError
from strace_core.shapes import Sizes

# fmt: off
PAPER_FRACTIONS = (
    1e-5, 2e-5, 4e-5, 8e-5, 1e-4, 2e-4, 4e-4, 8e-4, 1e-3, 1.2e-3, 1.4e-3, 2e-3, 3e-3, 4e-3, 6e-3, 8e-3,
    1e-2, 2e-2, 4e-2, 6e-2, 8e-2, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0,
)
# fmt: on
"""The relative sizes s/E that the paper evaluates, and the full graph."""

DENSE_STEPS = 80
"""Log-spaced sizes of the dense grid, before equal counts are merged."""

SizeRequest = Sequence[int | float] | Literal["paper", "dense"] | None
"""Requested sizes: integers are edge counts, floats are fractions of all edges; None is the paper's grid."""


def resolve_sizes(request: SizeRequest, n_edges: int) -> Sizes:
    """Return the requested sizes as distinct edge counts, ascending, int64.

    Args:
        request: None or "paper" for the paper's grid and the empty graph; "dense" to add log-spaced counts from 1 to E;
            or a sequence, in which integers are edge counts and floats are fractions of E, rounded down.
        n_edges: Number of edges of the full graph, E.

    Raises:
        SizeError: The request is none of these, is empty, or has a size out of range.
    """
    if request is None or request == "paper":
        counts = [0, *_counts(PAPER_FRACTIONS, n_edges)]
    elif request == "dense":
        steps = np.geomspace(1, n_edges, DENSE_STEPS).round().astype(int)
        counts = [0, *_counts(PAPER_FRACTIONS, n_edges), *steps.tolist()]
    elif isinstance(request, Iterable) and not isinstance(request, str | bytes):
        counts = _counts(request, n_edges)
    else:
        raise SizeError(f"sizes = {request!r} is not a sequence; use a list of numbers, 'paper' or 'dense'.")
    if not counts:
        raise SizeError("sizes is empty; use at least one number, 'paper' or 'dense'.")
    return np.unique(np.array(counts, dtype=np.int64))


def _counts(sizes: Iterable[int | float], n_edges: int) -> list[int]:
    return [_count(size, n_edges) for size in sizes]


def _count(size: int | float, n_edges: int) -> int:
    if isinstance(size, Integral) and not isinstance(size, bool):
        if 0 <= size <= n_edges:
            return int(size)
        raise SizeError(f"size {size} is outside 0 to {n_edges}, the number of edges of this graph.")
    if isinstance(size, Real) and not isinstance(size, bool):
        if 0 <= size <= 1:
            return int(np.floor(float(size) * n_edges))
        raise SizeError(
            f"size {size} is a fraction outside 0 to 1; use an integer from 0 to {n_edges} for a count of edges."
        )
    raise SizeError(f"size {size!r} is not a number; use an integer from 0 to {n_edges} or a fraction from 0 to 1.")
