"""Unigrams: whether small subgraphs predict by token frequency, as a distance or as a rank correlation against size.

One line, the mean over prompts, and a reference line where the full model stands.
"""

from typing import Final

import pandas as pd

from ...wording.findings_words import estimate, of_the_edges
from .. import theme
from ..parts import Drawing
from .lines import Lines, behind, extent, line_rows, lines_spec
from .parts import SHARE_TITLE, about, at_three_sizes, of_model

_LINE: Final = "subgraphs"
_TITLES: Final = {
    "unigram_tv": "distance to token frequencies (TV)",
    "unigram_rank": "rank correlation with token frequencies",
}


def draw(table: pd.DataFrame, model: str, measure: str) -> Drawing:
    """How close one model's subgraphs are to the unigram distribution.

    Args:
        table: ``unigram_closeness`` of the study.
        model: the model to show.
        measure: "unigram_tv" or "unigram_rank".
    """
    table = of_model(table, model)
    table = table[table["measure"] == measure]
    shown, title = unigram_rows(table), _TITLES[measure]
    least = min(0.0, float(shown["low"].min())) if shown["low"].notna().any() else 0.0
    look = Lines(
        names=(_LINE,),
        colours=(theme.SUBGRAPH,),
        dashes=((1, 0),),
        x_title=SHARE_TITLE,
        y_title=title,
        x_domain=extent(shown),
        y_domain=(least, 1.0),
        lanes=1,
        behind=behind(shown),
    )
    said = f"{title[:1].upper()}{title[1:]} against size. {at_three_sizes(table)}"
    return Drawing(shown, lines_spec(look), about(model, said))


def unigram_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The line of one measure of one model's ``unigram_closeness``, and the full model's level."""
    curves = {
        "line": _LINE,
        "x": table["x"].to_numpy(),
        "y": table["mean"].to_numpy(),
        "low": table["low"].to_numpy(),
        "high": table["high"].to_numpy(),
        "said": [
            f"{estimate(row.mean, row.low, row.high)} at {of_the_edges(row.x)}; full model {row.full:.2f}"
            for row in table[["x", "mean", "low", "high", "full"]].itertuples()
        ],
    }
    level = [{"part": "reference", "y": float(table["full"].iloc[-1]), "label": "full model"}] if len(table) else []
    return line_rows(curves, level)
