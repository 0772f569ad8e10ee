"""TraceResult -> what a subgraph is made of at every size: which blocks are awake, and which kinds of edge it keeps."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
import pandas as pd

from strace_core import TraceResult

Part = Literal["heads", "mlps"]

_CHARACTER, _LINE = 0.021, 0.1
"""The room that a character takes in a stack, as a share of a narrow chart's width, and a line of its height."""

MAX_COLUMNS = 56
"""Columns of the map of blocks, at most: as many as can be told apart and clicked on."""

KIND_PARTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "attention": "attention heads",
        "mlp": "MLPs",
        "residual_attn": "skip connections",
        "residual_mlp": "skip connections",
        "residual": "skip connections",
    }
)
"""What the charts call the edges of each kind: a skip connection past attention or past an MLP is one to the eye."""


def wake_frame(result: TraceResult, n_edges: int, part: Part) -> pd.DataFrame:
    """How much of each block is awake at each size, one row per block and shown size.

    Of "heads", the share of the block's heads with at least one kept edge; of "mlps", the share of the token positions
    at which the block's MLP is kept. Columns: ``layer``, ``n_edges``, ``start`` and ``end`` of the cell on the axis of
    sizes, ``share``, ``says`` (that in words), ``current`` (true in the column nearest to the size ``n_edges``).
    """
    sizes = shown_sizes(result.curve["n_edges"].to_numpy(), result.n_edges)
    edges = np.sqrt(sizes[:-1] * sizes[1:])
    counts, totals = _awake(result, sizes, part)
    n_layers = len(counts)
    shares = counts / totals[:, None]
    return pd.DataFrame(
        {
            "layer": np.repeat(np.arange(n_layers), len(sizes)),
            "n_edges": np.tile(sizes, n_layers),
            "start": np.tile(np.append(1.0, edges), n_layers),
            "end": np.tile(np.append(edges, float(max(2, result.n_edges))), n_layers),
            "share": shares.ravel(),
            "says": [
                f"{count:,} of {total:,}"
                for row, total in zip(counts.tolist(), totals.tolist(), strict=True)
                for count in row
            ],
            "current": np.tile(sizes == nearest(sizes, n_edges), n_layers),
            "at": float(max(1, n_edges)),
        }
    )


def shown_sizes(sizes: np.ndarray, n_edges_full: int) -> np.ndarray:
    """Evaluated sizes from one edge up, thinned to ``MAX_COLUMNS`` that lie about evenly on a log axis."""
    found = sizes[sizes > 0]
    wanted = np.geomspace(1, max(2, n_edges_full), MAX_COLUMNS)
    return np.unique([nearest(found, size) for size in wanted])


def nearest(sizes: np.ndarray, n_edges: float) -> int:
    """The size that lies nearest on a log axis."""
    return int(sizes[np.abs(np.log(sizes) - np.log(max(1.0, n_edges))).argmin()])


def kinds_frame(result: TraceResult, n_edges: int) -> pd.DataFrame:
    """Kept edges by part of the model (``KIND_PARTS``) at each size from one edge up, one row per part and size.

    Columns: ``part``, ``n_edges``, ``fraction``, ``n_kept``, ``share`` (of the edges kept), ``of_available`` (of the
    part's edges in the full graph), ``current``; ``label``, the part's name where the stack of shares has
    most room for it, and ``middle``, the height of that place; both empty elsewhere.
    """
    curve = result.curve[result.curve["n_edges"] > 0]
    available = result.edges["kind"].map(KIND_PARTS).value_counts()
    sizes = curve["n_edges"].to_numpy()
    rows, below = [], np.zeros(len(sizes))
    for part in parts_of(result):
        kinds = [kind for kind in KIND_PARTS if KIND_PARTS[kind] == part and kind in curve]
        n_kept = curve[kinds].sum(axis=1).to_numpy()
        share = n_kept / sizes
        at, middle = _room(np.log(sizes) / np.log(max(2, result.n_edges)), below, below + share, len(part))
        labelled = np.arange(len(sizes)) == at
        rows.append(
            pd.DataFrame(
                {
                    "part": part,
                    "n_edges": sizes,
                    "fraction": curve["fraction"].to_numpy(),
                    "n_kept": n_kept,
                    "share": share,
                    "of_available": n_kept / available[part],
                    "current": sizes == n_edges,
                    "label": np.where(labelled, part, ""),
                    "middle": np.where(labelled, middle, np.nan),
                }
            )
        )
        below = below + share
    return pd.concat(rows, ignore_index=True)


def _room(places: np.ndarray, lower: np.ndarray, upper: np.ndarray, n_characters: int) -> tuple[int, float]:
    """Where a band has most room for a word: the index of a place and the height of its middle; -1 where it has none.

    ``places`` are in [0, 1], and the band has the height from ``lower`` to ``upper`` from each place on to the next.
    """
    half = n_characters * _CHARACTER / 2
    best, at, middle = _LINE, -1, 0.0
    for index, place in enumerate(places):
        if half <= place <= 1 - half:
            first = np.searchsorted(places, place - half, side="right") - 1
            window = slice(first, np.searchsorted(places, place + half) + 1)
            floor, ceiling = lower[window].max(), upper[window].min()
            if ceiling - floor > best:
                best, at, middle = ceiling - floor, index, (floor + ceiling) / 2
    return at, middle


def parts_of(result: TraceResult) -> list[str]:
    """The parts in the order in which they are stacked, from below."""
    present = set(result.edges["kind"].cat.categories)
    return list(dict.fromkeys(part for kind, part in KIND_PARTS.items() if kind in present))


def _awake(result: TraceResult, sizes: np.ndarray, part: Part) -> tuple[np.ndarray, np.ndarray]:
    """What is awake of each block at each size [layer, size], and what there is [layer]."""
    if part == "heads":
        ranks = np.sort(result.trace.head_entries, axis=1)
        return _kept(list(ranks), sizes), np.full(len(ranks), ranks.shape[1])
    mlp = result.edges.loc[result.edges["kind"] == "mlp", ["layer", "rank"]]
    by_layer = [np.sort(ranks.to_numpy()) for _, ranks in mlp.groupby("layer")["rank"]]
    return _kept(by_layer, sizes), np.array([len(ranks) for ranks in by_layer])


def _kept(ranks: list[np.ndarray], sizes: np.ndarray) -> np.ndarray:
    return np.stack([np.searchsorted(of_layer, sizes) for of_layer in ranks])
