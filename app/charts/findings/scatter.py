"""A dot for each prompt, coloured and shaped by its group: what the two scatter plots of the findings share."""

import zlib
from functools import lru_cache
from typing import Final

import altair as alt
import numpy as np
import pandas as pd

from ...wording.findings_words import group_label
from .. import theme
from ..parts import PICK, Spec, axis, finished, legend, rows_of

MOST_DOTS: Final = 4_000
"""The most dots on the page, over all its scatter plots."""

MOST_GROUPS: Final = 12
"""The most entries in the legend. If there are more groups, the smallest ones share the last entry."""

MOST_CHARACTERS: Final = 90
"""The most characters of a prompt in a tooltip."""

OTHER_GROUPS: Final = "other groups"

_HEIGHT: Final = 260
_SHAPES: Final = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_HUES: Final = (theme.ATTENTION, theme.MLP, theme.RESIDUAL, theme.SUBGRAPH, theme.FULL_MODEL)


def with_shown_groups(runs: pd.DataFrame) -> pd.DataFrame:
    """Runs with a column ``shown_group``, the name of their group in the legend."""
    names = runs["group"].map(group_label)
    largest = set(names.value_counts(sort=True).index[: MOST_GROUPS - 1])
    if names.nunique() > MOST_GROUPS:
        names = names.where(names.isin(largest), OTHER_GROUPS)
    return runs.assign(shown_group=names)


def shown_groups(runs: pd.DataFrame) -> tuple[str, ...]:
    """Names in the legend, in the order of the study."""
    names = dict.fromkeys(runs["shown_group"])
    return tuple(name for name in names if name != OTHER_GROUPS) + ((OTHER_GROUPS,) if OTHER_GROUPS in names else ())


def dots(runs: pd.DataFrame, x: str, y: str, most: int = MOST_DOTS) -> pd.DataFrame:
    """One dot for each run in which both numbers are finite, at most ``most``, and always the same ones.

    ``number`` is the row of ``runs``. The prompt is plain text for the tooltip, cut to one line.
    """
    numbers = runs[[x, y]].apply(pd.to_numeric, errors="coerce")
    found = runs[np.isfinite(numbers.to_numpy(np.float64, na_value=np.nan)).all(axis=1)]
    found = found.loc[_sample(found["prompt_id"], most)]
    return pd.DataFrame(
        {
            "number": found.index.to_numpy(),
            "x": found[x].to_numpy(np.float64),
            "y": found[y].to_numpy(np.float64),
            "group": found["shown_group"].to_numpy(object),
            "prompt": [_line(text) for text in found["text"]],
            "said": [f"{a:.3g}, {b:.3g}" for a, b in zip(found[x].astype(float), found[y].astype(float), strict=True)],
        }
    )


def _sample(prompts: pd.Series, most: int) -> pd.Index:
    """The rows to draw: all, or those whose prompts have the lowest checksums, so that all models show the same."""
    if len(prompts) <= most:
        return prompts.index
    sums = prompts.map(lambda name: zlib.crc32(str(name).encode()))
    return sums.sort_values(kind="stable").index[:most].sort_values()


def _line(text: str | None) -> str:
    line = " ".join((text or "").split())
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…"


@lru_cache(maxsize=64)
def scatter_spec(groups: tuple[str, ...], *, x_title: str, y_title: str, clickable: bool, log: bool = False) -> Spec:
    """The specification of a scatter plot, for ``dots``. Clicking a dot selects its ``number``."""
    rows = rows_of("number", "x", "y", "group", "prompt", "said")
    scale = alt.Scale(type="log" if log else "linear", zero=False, nice=False, padding=8)
    ticks = axis(False, tickCount=6, grid=False, format="~s" if log else "~g", labelOverlap="greedy")
    colour, shape = _by_group(groups)
    points = rows.transform_calculate(moment="now()").mark_point(
        filled=True, size=34, opacity=0.75, cursor="pointer" if clickable else "default"
    ).encode(
        x=alt.X("x:Q", title=x_title, scale=scale, axis=ticks),
        y=alt.Y("y:Q", title=y_title, scale=alt.Scale(zero=False), axis=axis(False, tickCount=5, domain=False)),
        color=colour,
        shape=shape,
        tooltip=[
            alt.Tooltip("prompt:N", title="prompt"),
            alt.Tooltip("group:N", title="group"),
            alt.Tooltip("said:N", title="here"),
        ],
    )  # fmt: skip
    if clickable:
        pick = alt.selection_point(name=PICK, on="click", clear=False, fields=["number", "moment"])
        points = points.add_params(pick)
    n_lines = (len(groups) + 1) // 2 if len(groups) > 1 else 0
    return finished(points, _HEIGHT + 18 * n_lines, False)


def _by_group(groups: tuple[str, ...]) -> tuple[alt.Color, alt.Shape]:
    """Colour and shape of the dots. A single group has no legend."""
    domain, n = list(groups), len(groups)
    colours = [_HUES[place % len(_HUES)] for place in range(n)] if n != 1 else [theme.SUBGRAPH]
    shapes = [_SHAPES[place % len(_SHAPES)] for place in range(n)]
    shown = legend(False, title=None, columns=2, labelLimit=130, symbolSize=70) if n > 1 else None
    return (
        alt.Color("group:N", scale=alt.Scale(domain=domain, range=colours), legend=shown),
        alt.Shape("group:N", scale=alt.Scale(domain=domain, range=shapes), legend=shown),
    )


def range_in_words(rows: pd.DataFrame, x: str, y: str) -> str:
    """What the dots show, as a sentence for the alt text; ``x`` and ``y`` are the titles of the axes."""
    if not len(rows):
        return f"{y} against {x}: no prompts."
    return (
        f"{len(rows):,} prompts, {y} against {x}: {x} from {rows['x'].min():.3g} to {rows['x'].max():.3g}, "
        f"{y} from {rows['y'].min():.3g} to {rows['y'].max():.3g}."
    )
