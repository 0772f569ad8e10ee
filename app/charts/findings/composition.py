"""Composition: what subgraphs consist of as they grow, by kind of edge or by quarter of the blocks.

Each line is the share of one kind or quarter among the kept edges or, as ``lift``, that share divided by the share it
has of all edges, with a reference line at 1.
"""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from ...wording.findings_words import DEPTHS, estimate, number, of_the_edges
from ...wording.names import KIND_NAMES
from .. import theme
from ..parts import Drawing
from .lines import Lines, behind, extent, line_rows, lines_spec
from .parts import SHARE_TITLE, about, of_model

_DEPTH_COLOURS: Final = {1: theme.ATTENTION, 2: theme.RESIDUAL, 3: theme.SUBGRAPH, 4: theme.MLP}
_DEPTH_DASHES: Final = {1: (1, 0), 2: (2, 2), 3: (7, 3, 2, 3), 4: (7, 3)}

_Look = tuple[Mapping[Any, str], Mapping[Any, str], Mapping[Any, tuple[int, ...]]]

_LOOKS: Final[Mapping[str, _Look]] = {
    "kind": (KIND_NAMES, theme.KIND_COLOURS, theme.KIND_DASHES),
    "depth": (DEPTHS, _DEPTH_COLOURS, _DEPTH_DASHES),
}
"""Names, colours and dashes of the lines, by what divides the edges."""

_TOPS: Final = (2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0)
"""Where the axis of ``lift`` may end. Few ends make few specifications."""


def draw(table: pd.DataFrame, model: str, by: str, measure: str) -> Drawing:
    """The composition of one model's subgraphs.

    Args:
        table: ``share_by_kind`` or ``share_by_depth`` of the study.
        model: the model to show.
        by: "kind" or "depth", whichever the table is by.
        measure: "share" or "lift", a key of ``COMPOSITION_MEASURES``.
    """
    table = of_model(table, model)
    shown = composition_rows(table, by, measure)
    names, colours, dashes = _LOOKS[by]
    there = [key for key in names if key in set(table[by])]
    is_share = measure == "share"
    look = Lines(
        names=tuple(names[key] for key in there),
        colours=tuple(colours[key] for key in there),
        dashes=tuple(dashes[key] for key in there),
        x_title=SHARE_TITLE,
        y_title="share of the kept edges" if is_share else "relative to the share of all edges",
        x_domain=extent(shown),
        y_domain=(0.0, 1.0 if is_share else _top(table[measure])),
        y_format=".0%" if is_share else "~g",
        behind=behind(shown),
    )
    what = "kind of edge" if by == "kind" else "depth"
    ends = _ends(shown, look.names) or "no values"
    said = about(model, f"Composition by {what}, from the smallest subgraph to all edges: {ends}.")
    return Drawing(shown, lines_spec(look), said)


def composition_rows(table: pd.DataFrame, by: str, measure: str) -> pd.DataFrame:
    """The lines of one model's ``share_by_kind`` or ``share_by_depth``."""
    names, _, _ = _LOOKS[by]
    prefix = "" if measure == "share" else f"{measure}_"
    low, high = f"{prefix}low", f"{prefix}high"
    curves = {
        "line": [names[key] for key in table[by]],
        "x": table["x"].to_numpy(),
        "y": table[measure].to_numpy(),
        "low": table[low].to_numpy(),
        "high": table[high].to_numpy(),
        "said": [
            f"{estimate(*values)} at {of_the_edges(x)}"
            for x, *values in zip(table["x"], table[measure], table[low], table[high], strict=True)
        ],
    }
    return line_rows(curves, [{"part": "reference", "y": 1.0, "label": "proportional"}] if measure == "lift" else [])


def _top(values: pd.Series) -> float:
    largest = float(values.max()) if len(values) else 1.0
    return next((top for top in _TOPS if top >= largest), _TOPS[-1])


def _ends(shown: pd.DataFrame, names: tuple[str, ...]) -> str:
    """The first and the last value of every line."""
    said = []
    for name in names:
        line = shown[(shown["line"] == name) & shown["y"].notna()]
        if len(line):
            said.append(f"{name} {number(line['y'].iloc[0])} to {number(line['y'].iloc[-1])}")
    return ", ".join(said)
