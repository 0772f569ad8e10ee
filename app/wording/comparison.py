"""Two results at linked sizes: their numbers side by side, and the components that one uses or both do.

Sizes are linked by their share of all edges, because numbers of edges are not comparable across prompts or models.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from strace_core import TraceResult

from .names import component_name
from .numbers import density_numbers, order_number, size_numbers

BOTH: Final = "•"
"""The sign of a component that both subgraphs use."""


@dataclass(frozen=True, eq=False)
class Compared:
    """Two results, A and B, and the evaluated size at which each is shown."""

    a: TraceResult
    b: TraceResult
    size_a: int
    size_b: int

    @property
    def sides(self) -> tuple[tuple[str, TraceResult, int], ...]:
        """(name, result, size) of each side."""
        return ("A", self.a, self.size_a), ("B", self.b, self.size_b)


def linked(a: TraceResult, b: TraceResult, size_a: int) -> Compared:
    """Return both results with B at the evaluated size whose share of edges is nearest to A's on a log scale.

    Where A is empty, so is B.
    """
    sizes = b.curve["n_edges"].to_numpy()
    if size_a == 0:
        return Compared(a, b, size_a, int(sizes[0]))
    kept = sizes[sizes > 0]
    distance = np.abs(np.log(kept / b.n_edges) - np.log(size_a / a.n_edges))
    return Compared(a, b, size_a, int(kept[distance.argmin()]))


def compared_numbers(pair: Compared) -> pd.DataFrame:
    """Return the numbers of both sides as a table. Each side's surprisal is that of its own top token."""
    of_a, of_b = (
        [*size_numbers(result, size), *density_numbers(result), order_number(result)] for _, result, size in pair.sides
    )
    rows = []
    for a, b in zip(of_a, of_b, strict=True):
        own = a.name != b.name
        name = "Surprisal of its top token" if own else a.name
        tokens = [f"{n.value} for {n.name.removeprefix('Surprisal of ')}" if own else n.value for n in (a, b)]
        rows.append((name, *tokens, a.meaning))
    return pd.DataFrame(rows, columns=["What", "A", "B", "Meaning"])


def component_users(pair: Compared) -> np.ndarray:
    """Return "A", "B", ``BOTH`` or "" for each component that both models have [layer, head; last the MLP].

    A subgraph uses a component if it keeps one of its edges, at any token.
    """
    n_layers, n_heads = (min(getattr(side.spec, name) for side in (pair.a, pair.b)) for name in ("n_layers", "n_heads"))
    a, b = (_in_use(result, size, n_layers, n_heads) for _, result, size in pair.sides)
    return np.select([a & b, a, b], [BOTH, "A", "B"], default="")


def component_lists(pair: Compared) -> dict[str, list[str]]:
    """Return the names of the components "only in A", "only in B" and "in both", block by block."""
    users = component_users(pair)
    heads = [*range(users.shape[1] - 1), -1]
    titles = {"A": "only in A", "B": "only in B", BOTH: "in both"}
    return {
        title: [component_name(layer, heads[place]) for layer, place in np.argwhere(users == sign).tolist()]
        for sign, title in titles.items()
    }


def differing_shapes(pair: Compared) -> str:
    """Return what a comparison of components leaves out because only one model has it; empty if nothing."""
    a, b = pair.a.spec, pair.b.spec
    if (a.n_layers, a.n_heads) == (b.n_layers, b.n_heads):
        return ""
    return (
        f"A has {a.n_layers} blocks of {a.n_heads} heads, B has {b.n_layers} of {b.n_heads}. Only blocks and heads "
        "with the same number in both are compared, and they need not do the same thing."
    )


def _in_use(result: TraceResult, n_edges: int, n_layers: int, n_heads: int) -> np.ndarray:
    """Return which heads and, last, the MLP of each block have a kept edge at any token [layer, head + 1]."""
    heads = result.trace.head_entries[:n_layers, :n_heads] < n_edges
    return np.concatenate([heads, (result.trace.mlp_entries[:n_layers] < n_edges)[:, None]], axis=1)
