"""The component grid: every head and MLP, with the letter of the subgraph that uses it, or a dot for both."""

from functools import lru_cache
from typing import Final

import altair as alt
import pandas as pd

from ..wording.comparison import BOTH, Compared, component_lists, component_users
from ..wording.names import component_name
from . import theme
from .parts import Drawing, Spec, axis, finished, pixels, rows_of, words

MAX_NAMED: Final = 6
"""Components named in each list of the alt text."""

_WORDS: Final = {BOTH: "used by both", "A": "only in A", "B": "only in B", "": "used by neither"}


def draw(pair: Compared, *, large: bool = False) -> Drawing:
    """Draw which heads and MLPs two subgraphs use."""
    n_layers, n_places = component_users(pair).shape
    return Drawing(frame(pair), spec(n_layers, n_places - 1, large=large), alt_text(pair))


def frame(pair: Compared) -> pd.DataFrame:
    """Return one row for each head and MLP that both models have.

    Columns: ``layer``, ``head`` (-1 for the MLP), ``place`` (the head's number, or "MLP"), ``order``, ``sign`` ("A",
    "B", ``BOTH`` or "" for neither), ``says`` (that in words).
    """
    users = component_users(pair)
    heads = [*range(users.shape[1] - 1), -1]
    return pd.DataFrame(
        [
            {
                "layer": layer,
                "head": head,
                "place": "MLP" if head < 0 else str(head),
                "order": order,
                "sign": sign,
                "says": f"{component_name(layer, head)}: {_WORDS[sign]}",
            }
            for layer, signs in enumerate(users.tolist())
            for order, (head, sign) in enumerate(zip(heads, signs, strict=True))
        ]
    )


@lru_cache(maxsize=64)
def spec(n_layers: int, n_heads: int, *, large: bool = False) -> Spec:
    """Return the specification for the rows of ``frame``."""
    rows = rows_of("layer", "place", "order", "sign", "says")
    places = alt.X(
        "place:N",
        title="head",
        sort=alt.EncodingSortField("order", op="min"),
        axis=axis(large, labelAngle=0, labelOverlap="parity", domain=False, ticks=False),
    )
    blocks = alt.Y(
        "layer:O",
        title="block",
        sort="descending",
        axis=axis(large, labelOverlap="parity", domain=False, ticks=False),
    )
    signs = ["A", "B", BOTH, ""]
    colours = [theme.RUN_A, theme.RUN_B, theme.FULL_MODEL, theme.RULE]
    fill = alt.Color("sign:N", scale=alt.Scale(domain=signs, range=colours), legend=None)
    strength = alt.FillOpacity("strength:Q", scale=None, legend=None)
    cells = (
        rows.transform_calculate(strength="datum.sign === '' ? 0.05 : 0.3")
        .mark_rect(stroke=theme.RULE, strokeOpacity=0.25)
        .encode(x=places, y=blocks, color=fill, fillOpacity=strength, tooltip=[alt.Tooltip("says:N", title="use")])
    )
    size = pixels(12 if n_layers * n_heads <= 200 else 9, large)
    letters = words(large, fontWeight="bold")
    letters["fontSize"] = alt.ExprRef(f"datum.sign === '{BOTH}' ? {size * 1.6} : {size}")
    return finished(
        alt.layer(cells, rows.mark_text(**letters).encode(x=places, y=blocks, text="sign:N")),
        56 + n_layers * max(12, min(26, 330 // n_layers)),
        large,
    )


def alt_text(pair: Compared) -> str:
    """Return which components the two subgraphs share."""
    named = [f"{title}: {_named(names)}" for title, names in component_lists(pair).items()]
    return f"Active heads and MLPs, {'; '.join(named)}."


def _named(names: list[str]) -> str:
    if not names:
        return "none"
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more
