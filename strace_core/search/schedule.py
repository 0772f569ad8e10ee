"""The schedule of a guided search: how many steps, at which sizes, how soft and how far. Source: docs/search.md."""

from dataclasses import dataclass
from math import log10
from typing import Final

from strace_core.graph.layout import EdgeLayout

GUIDED: Final = "guided"
"""Name of this search."""

N_STEPS = 6
"""Steps at an effort of 1."""

N_SIZES = (8, 18)
"""Sizes whose softened subgraphs run in the first and in the last step."""

SMALLEST_PATHS = 2
"""The smallest size a step looks at, in paths from the input to the output."""

LARGEST_FRACTION = 0.3
"""The largest relative size a step looks at."""

TEMPERATURES = (0.45, 0.02)
"""Softness of the subgraphs in the first and in the last step, in decades of size."""

COOLING_POWER = 0.5
"""The temperature falls geometrically with this power of the share of steps done."""

STRIDES = (0.35, 0.07)
"""How far the leading edges move in the first and in the last step, in decades of size."""

GOLDEN_RATIO = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Step:
    """One step of the search: its ``number`` of ``total``, from 0."""

    number: int
    total: int

    @property
    def done(self) -> float:
        """Progress from 0 at the first step to 1 at the last."""
        return self.number / max(1, self.total - 1)

    @property
    def temperature(self) -> float:
        """Softness of the subgraphs, in decades of size."""
        first, last = TEMPERATURES
        return float(first * (last / first) ** (self.done**COOLING_POWER))

    @property
    def stride(self) -> float:
        """How far the leading edges move, in decades of size."""
        first, last = STRIDES
        return first + (last - first) * self.done

    @property
    def n_sizes(self) -> int:
        """How many sizes to look at: the harder the subgraphs, the fewer edges each one informs about."""
        first, last = N_SIZES
        return round(first * (last / first) ** self.done)

    def log_sizes(self, smallest: int, largest: int) -> list[float]:
        """log10 of the sizes to look at: evenly spaced, and shifted in every step."""
        low, shift = log10(smallest), (self.number * GOLDEN_RATIO) % 1
        spacing = (log10(largest) - low) / self.n_sizes
        return [low + spacing * (place + shift) for place in range(self.n_sizes)]


def size_range(layout: EdgeLayout) -> tuple[int, int]:
    """The smallest and the largest size a step looks at; on a tiny graph, from one path to all edges."""
    smallest, largest = SMALLEST_PATHS * layout.n_path_edges, int(LARGEST_FRACTION * layout.n_edges)
    return (smallest, largest) if smallest < largest else (layout.n_path_edges, layout.n_edges)


def n_steps(effort: float) -> int:
    """Steps of a search of this effort, at least 1."""
    return max(1, round(N_STEPS * effort))
