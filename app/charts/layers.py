"""The map of layers: how much of each block is active at each size.

One row for each block, the first at the bottom, and one column for each size shown. The stronger a cell's colour, the
larger the share of the block's heads, or of the tokens at its MLP, with a kept edge.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

import altair as alt
import numpy as np
import pandas as pd

from strace_core import TraceResult

from . import theme
from .axes import SIZE_TITLE, size_x
from .parts import INK, Drawing, Spec, axis, finished, legend, pick, rows_of

Part = Literal["heads", "mlps"]

MAX_COLUMNS: Final = 56
"""Columns of the map, at most: as many as can be told apart and clicked."""

_ROW_HEIGHTS: Final = (9, 22)
"""Pixels of a block, at least and at most."""

_TITLES: Final[Mapping[Part, tuple[str, str]]] = MappingProxyType(
    {"heads": (theme.ATTENTION, "active heads"), "mlps": (theme.MLP, "tokens using the MLP")}
)
_IN_ALT_TEXT: Final[Mapping[Part, str]] = MappingProxyType(
    {"heads": "active attention heads", "mlps": "tokens at which the MLP is active"}
)


def draw(result: TraceResult, n_edges: int, part: Part, *, large: bool = False) -> Drawing:
    """Draw how much of each block is active at each size, of its "heads" or "mlps". A click picks a size."""
    return Drawing(
        frame(result, n_edges, part),
        spec(result.spec.n_layers, part, large=large),
        alt_text(result, n_edges, part),
    )


def frame(result: TraceResult, n_edges: int, part: Part) -> pd.DataFrame:
    """Return one row for each block and shown size.

    Columns: ``layer``, ``n_edges``, ``start`` and ``end`` of the cell on the axis of sizes, ``share`` (of "heads", the
    share of the block's heads with at least one kept edge; of "mlps", the share of the tokens at which the block's MLP
    is kept), ``says`` (that in words), ``current`` (true in the column nearest to the size ``n_edges``), ``at`` (where
    the rule stands).
    """
    sizes = shown_sizes(result.curve["n_edges"].to_numpy(), result.n_edges)
    edges = np.sqrt(sizes[:-1] * sizes[1:])
    counts, totals = _active(result, sizes, part)
    n_layers = len(counts)
    shares = counts / totals[:, None]
    return pd.DataFrame(
        {
            "layer": np.repeat(np.arange(n_layers), len(sizes)),
            "n_edges": np.tile(sizes, n_layers),
            "start": np.tile(np.append(1.0, edges), n_layers),
            "end": np.tile(np.append(edges, float(max(2, result.n_edges))), n_layers),
            "share": shares.ravel(),  # [layer, size] -> [layer * size]
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
    """Return evaluated sizes from one edge up, at most ``MAX_COLUMNS``, spaced about evenly on a log axis."""
    found = sizes[sizes > 0]
    wanted = np.geomspace(1, max(2, n_edges_full), MAX_COLUMNS)
    return np.unique([nearest(found, size) for size in wanted])


def nearest(sizes: np.ndarray, n_edges: float) -> int:
    """Return the size nearest on a log axis."""
    return int(sizes[np.abs(np.log(sizes) - np.log(max(1.0, n_edges))).argmin()])


def _active(result: TraceResult, sizes: np.ndarray, part: Part) -> tuple[np.ndarray, np.ndarray]:
    """Return how much of each block is active at each size [layer, size], and how much there is [layer]."""
    if part == "heads":
        ranks = np.sort(result.trace.head_entries, axis=1)
        return _kept(list(ranks), sizes), np.full(len(ranks), ranks.shape[1])
    mlp = result.edges.loc[result.edges["kind"] == "mlp", ["layer", "rank"]]
    by_layer = [np.sort(ranks.to_numpy()) for _, ranks in mlp.groupby("layer")["rank"]]
    return _kept(by_layer, sizes), np.array([len(ranks) for ranks in by_layer])


def _kept(ranks: list[np.ndarray], sizes: np.ndarray) -> np.ndarray:
    return np.stack([np.searchsorted(of_layer, sizes) for of_layer in ranks])


@lru_cache(maxsize=64)
def spec(n_layers: int, part: Part, *, large: bool = False) -> Spec:
    """Return the specification for the rows of ``frame``. A click on a cell picks its size."""
    colour, title = _TITLES[part]
    rows = rows_of("layer", "n_edges", "start", "end", "share", "says", "current", "at")
    shade = alt.Opacity(
        "share:Q",
        scale=alt.Scale(type="sqrt", domain=[0, 1], range=[0.04, 1]),
        legend=legend(
            large, title=title, values=[0, 0.25, 0.5, 0.75, 1], format=".0%", symbolType="square",
            symbolFillColor=colour, symbolStrokeColor=colour,
        ),
    )  # fmt: skip
    blocks = axis(large, labelOverlap="parity", domain=False, ticks=False)
    cells = (
        rows.transform_calculate(moment="now()")
        .mark_rect(color=colour)
        .encode(
            x=size_x(large, "start"),
            x2=alt.X2("end:Q", title=SIZE_TITLE),
            y=alt.Y("layer:O", title="block", sort="descending", axis=blocks),
            opacity=shade,
            tooltip=[
                alt.Tooltip("layer:O", title="block"),
                alt.Tooltip("n_edges:Q", title="edges kept", format=","),
                alt.Tooltip("says:N", title=title),
            ],
        )
        .add_params(pick(nearest=False))
    )
    rule = (
        rows.transform_filter("datum.current && datum.layer === 0")
        .mark_rule(color=INK, strokeWidth=2, tooltip=None)
        .encode(x=size_x(large, "at"))
    )
    least, most = _ROW_HEIGHTS
    return finished(alt.layer(cells, rule), 84 + n_layers * max(least, min(most, 260 // n_layers)), large)


def alt_text(result: TraceResult, n_edges: int, part: Part) -> str:
    """Return how much of each block is active at a size."""
    rows = frame(result, n_edges, part)
    now = rows[rows["current"]]
    blocks = "; ".join(f"block {row.layer}: {row.says}" for row in now.itertuples())
    return f"Map of blocks and sizes: {_IN_ALT_TEXT[part]}. At {int(now['n_edges'].iloc[0]):,} edges, {blocks}."
