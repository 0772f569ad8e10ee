"""Lorenz curves: how unevenly prompts use the heads and MLPs, one line for each size of subgraph.

Components stand from the least used to the most used; a line tells what share of all use the first of them account
for. On the diagonal, all are used equally.
"""

from typing import Final

import pandas as pd

from ...wording.findings_words import percent
from .. import theme
from ..parts import Drawing
from .lines import Lines, line_rows, lines_spec
from .parts import about, of_model

_EQUAL: Final = "equal use"
_COLOURS: Final = (theme.ATTENTION, theme.SUBGRAPH, theme.MLP, theme.RESIDUAL)
_DASHES: Final = ((2, 2), (7, 3), (1, 0), (7, 3, 2, 3))


def draw(table: pd.DataFrame, model: str) -> Drawing:
    """The Lorenz curves of one model's components, from ``lorenz`` of the study."""
    shown = lorenz_rows(of_model(table, model))
    sizes = [name for name in dict.fromkeys(shown["line"]) if name != _EQUAL]
    look = Lines(
        names=(*sizes, _EQUAL),
        colours=(*(_COLOURS[place % 4] for place in range(len(sizes))), theme.RULE),
        dashes=(*(_DASHES[place % 4] for place in range(len(sizes))), (1, 3)),
        x_title="heads and MLPs, least used first",
        y_title="share of all use",
        x_domain=(0.0, 1.0),
        y_domain=(0.0, 1.0),
        log=False,
        x_format=".0%",
        y_format=".0%",
    )
    halves = [
        f"at {size} of the edges the less-used half accounts for {_at_half(shown[shown['line'] == size]):.0%} of use"
        for size in sizes
    ]
    return Drawing(shown, lines_spec(look), about(model, f"Lorenz curves: {'; '.join(halves) or 'none'}."))


def lorenz_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The lines of heads and MLPs together in one model's ``lorenz``, and the diagonal."""
    table = table[table["kind"] == "all"]
    curves = {
        "line": [percent(x) for x in table["x"]],
        "x": table["population"].to_numpy(),
        "y": table["use"].to_numpy(),
        "said": [
            f"the least used {population:.0%} account for {use:.0%} of all use"
            for population, use in zip(table["population"], table["use"], strict=True)
        ],
    }
    return line_rows(curves, [{"part": "curve", "line": _EQUAL, "x": at, "y": at, "said": _EQUAL} for at in (0.0, 1.0)])


def _at_half(line: pd.DataFrame) -> float:
    return float(line.loc[line["x"] <= 0.5, "y"].max()) if len(line) else 0.0
