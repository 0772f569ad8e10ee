"""Edges and components as columns of numbers, for the graph component."""

import base64

import numpy as np
import pandas as pd

from strace_core import KINDS

Columns = dict[str, dict[str, str]]
"""Columns by name, each a typed array in base64: {"dtype", "data"}."""


def edge_columns(edges: pd.DataFrame) -> Columns:
    """Return the columns of the edges, in the order of the rows.

    `kind` is an index into `KINDS`; `head` is 255 where there is none; `score` is bfloat16, the upper half of a
    float32: its two to three digits suffice to sort and to show it.
    """
    heads = edges["head"].to_numpy()
    score = edges["score"].to_numpy(np.float32, copy=True).view(np.uint32) >> 16
    codes = pd.Categorical(edges["kind"], categories=list(KINDS)).codes
    columns = {
        "kind": codes.astype(np.uint8),
        "layer": _narrow(edges["layer"]),
        "head": np.where(heads < 0, 255, heads).astype(np.uint8),
        "source": _narrow(edges["source"]),
        "target": _narrow(edges["target"]),
        "score": score.astype(np.uint16),
    }
    return {name: _encode(column) for name, column in columns.items()}


def component_columns(edges: pd.DataFrame, sizes: np.ndarray, n_layers: int, n_heads: int) -> Columns:
    """Return what the component view needs to know of the edges, in tables that do not grow with the prompt.

    A component's index is `layer * (n_heads + 1) + head`; the MLP comes after the last head. The tables are flat:
    - `uses` [size, component]: positions at which the component is active
    - `kept` [size, component]: its kept edges
    - `residual` [size, 2 n_layers]: residual edges into `resid_mid` (2 layer) and into `resid_post` (2 layer + 1)
    - `first` [component]: the rank of its first edge, -1 if it has none

    Sizes ascend; `edges` are in the order of their ranks.
    """
    kind = edges["kind"].astype(str).to_numpy()
    layer, head = edges["layer"].to_numpy().astype(np.int64), edges["head"].to_numpy()
    entry = np.searchsorted(sizes, edges["rank"].to_numpy(), side="right")
    n_components = n_layers * (n_heads + 1)

    of_component = np.isin(kind, ("attention", "mlp"))
    component = (layer * (n_heads + 1) + np.where(head < 0, n_heads, head))[of_component]
    place = component * (int(edges["target"].max()) + 1) + edges["target"].to_numpy()[of_component]
    activated = np.unique(place, return_index=True)[1]
    seen, first = np.unique(component, return_index=True)
    first_ranks = np.full(n_components, -1, np.int32)
    first_ranks[seen] = edges["rank"].to_numpy()[of_component][first]

    entered = entry[of_component]
    stage = 2 * layer + (kind == "residual_mlp")
    tables: dict[str, np.ndarray] = {
        "uses": _cumulative(entered[activated], component[activated], len(sizes), n_components).astype(np.uint16),
        "kept": _cumulative(entered, component, len(sizes), n_components).astype(np.int32),
        "residual": _cumulative(entry[~of_component], stage[~of_component], len(sizes), 2 * n_layers).astype(np.int32),
        "first": first_ranks,
    }
    return {name: _encode(table.reshape(-1)) for name, table in tables.items()}


def _narrow(column: pd.Series) -> np.ndarray:
    """Store small counts in one byte each, larger ones in two."""
    return column.to_numpy().astype(np.uint8 if column.max() < 256 else np.uint16)


def _cumulative(entry: np.ndarray, column: np.ndarray, n_sizes: int, n_columns: int) -> np.ndarray:
    """Count the items of each column that have entered by each size, as [size, column]; entry n_sizes means never."""
    counts = np.bincount(entry * n_columns + column, minlength=(n_sizes + 1) * n_columns)
    return counts.reshape(n_sizes + 1, n_columns)[:n_sizes].cumsum(axis=0)


def _encode(column: np.ndarray) -> dict[str, str]:
    little_endian = column.astype(column.dtype.newbyteorder("<"))
    return {"dtype": column.dtype.name, "data": base64.b64encode(little_endian.tobytes()).decode("ascii")}
