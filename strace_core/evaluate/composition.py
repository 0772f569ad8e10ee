"""Composition of subgraphs: kept edges by kind, block and component. Source: section 5 of docs/method.md."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Int

from strace_core.errors import SettingError
from strace_core.graph.layout import NO_HEAD
from strace_core.kinds import ATTENTION, KINDS, kind_codes
from strace_core.shapes import EdgeColumn, Sizes
from strace_core.trace.trace import Trace


@dataclass(frozen=True, eq=False)
class Component:
    """A head, or all edges of one other kind in a block, at all positions.

    Attributes:
        kind: Kind of its edges.
        layer: Block.
        head: The head; -1 for all other components.
        ranks: Ranks of its edges in the trace, ascending.
    """

    kind: str
    layer: int
    head: int
    ranks: EdgeColumn

    def n_kept(self, sizes: Sizes) -> Int[np.ndarray, "size"]:
        """Return the number of kept edges at each size."""
        return np.searchsorted(self.ranks, sizes, side="left")


def components(trace: Trace) -> Iterator[Component]:
    """Yield all components, block by block; within a block the residual edges, the heads, then the MLP."""
    layout = trace.layout
    for layer in range(layout.n_layers):
        ranks_of_block = layout.by_place(trace.rank, layer, absent=layout.n_edges)
        for code, ranks in kind_codes(parallel=layout.parallel).zip(ranks_of_block):
            heads = list(enumerate(ranks)) if code == ATTENTION else [(NO_HEAD, ranks)]
            for head, places in heads:
                is_edge = places < layout.n_edges  # [target] or, for a head, [target, source]
                if is_edge.any():
                    yield Component(KINDS[code], layer, head, np.sort(places[is_edge]))


def edges_by_kind(trace: Trace, sizes: Sizes) -> dict[str, Int[np.ndarray, "size"]]:
    """Return the number of kept edges of each kind at each size, by name of the kind."""
    counts = {kind: np.searchsorted(ranks, sizes, side="left") for kind, ranks in trace.ranks_by_kind.items()}
    counts[KINDS[ATTENTION]] = sizes - np.sum(list(counts.values()), axis=0, dtype=np.int64)
    return {kind: counts[kind] for kind in KINDS if kind in counts}


def composition(trace: Trace, sizes: Sizes, by: str) -> pd.DataFrame:
    """Count kept edges at each size by kind, block or component.

    Args:
        trace: The order of the edges.
        sizes: Numbers of edges.
        by: "kind", "block" or "component".

    Returns:
        A row for each size and part, with ``n_edges``, the part (``kind``; ``layer``; or ``kind``, ``layer`` and
        ``head``, which is -1 if there is none), ``n_kept`` and ``n_available``.

    Raises:
        SettingError: ``by`` is something else.
    """
    parts = {"kind": ["kind"], "block": ["layer"], "component": ["kind", "layer", "head"]}
    if by not in parts:
        raise SettingError(f"there is no composition by {by!r}; choose one of {', '.join(parts)}.")
    tables = [
        pd.DataFrame({"n_edges": sizes, "kind": c.kind, "layer": c.layer, "head": c.head, "n_kept": c.n_kept(sizes)})
        .assign(n_available=len(c.ranks))
        for c in components(trace)
    ]  # fmt: skip
    by_part = pd.concat(tables).groupby(["n_edges", *parts[by]], sort=False)
    return by_part[["n_kept", "n_available"]].sum().reset_index()
