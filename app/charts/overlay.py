"""The overlay: the TV curves of two results, A and B, against the share of edges kept.

A and B differ in dash and letter as well as in colour. A rule stands at A's current size.
"""

from functools import lru_cache
from typing import Final

import altair as alt
import numpy as np
import pandas as pd

from ..wording.comparison import Compared
from ..wording.measures import MEASURES
from ..wording.text import capitalised, size_text
from . import theme
from .axes import measure_y
from .parts import Drawing, Spec, axis, click_layer, finished, line_legend, pixels, rows_of, words

HEIGHT: Final = 220

_TV: Final = MEASURES["tv"]


def draw(pair: Compared, *, large: bool = False) -> Drawing:
    """Draw both curves against relative size. A click picks the nearest size of A."""
    return Drawing(frame(pair), spec(least_fraction(pair), large=large), alt_text(pair))


def frame(pair: Compared) -> pd.DataFrame:
    """Return the rows: ``run`` ("A" or "B"), ``fraction``, ``n_edges``, ``value``, ``written``, ``current``."""
    frames = []
    for name, result, size in pair.sides:
        curve = result.curve[result.curve["n_edges"] > 0]
        values = curve["tv"].to_numpy(dtype=float)
        frames.append(
            pd.DataFrame(
                {
                    "run": name,
                    "fraction": curve["fraction"].to_numpy(),
                    "n_edges": curve["n_edges"].to_numpy(),
                    "value": np.minimum(values, 1.0),
                    "written": [_TV.written(value) for value in values],
                    "current": curve["n_edges"].to_numpy() == size,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def least_fraction(pair: Compared) -> float:
    """Return one edge of the larger graph as a share: where the axis of relative sizes begins."""
    return 1 / max(pair.a.n_edges, pair.b.n_edges)


@lru_cache(maxsize=64)
def spec(least: float, *, large: bool = False) -> Spec:
    """Return the specification for the rows of ``frame``, with an axis from the share ``least`` to all edges."""
    x = alt.X(
        "fraction:Q",
        title="share of all edges kept (log scale)",
        scale=alt.Scale(type="log", nice=False, domain=[min(least, 0.5), 1]),
        axis=axis(large, format=".2~%", tickCount=6, grid=False),
    )
    y = measure_y("tv", 1.0, large, headroom=pixels(16, large))
    rows = rows_of("run", "fraction", "n_edges", "value", "written", "current")
    now = rows.transform_filter("datum.current").encode(x=x)
    current = now.encode(y=y)
    runs, shown = ["A", "B"], line_legend(large, title="subgraphs of")
    colour = alt.Color("run:N", scale=alt.Scale(domain=runs, range=[theme.RUN_A, theme.RUN_B]), legend=shown)
    dash = alt.StrokeDash("run:N", scale=alt.Scale(domain=runs, range=[[1, 0], [6, 3]]), legend=shown)
    letters = words(large, fontWeight="bold", align="left", dx=8, dy=-8) | {"fontSize": pixels(13, large)}
    tooltip = [
        alt.Tooltip("fraction:Q", title="share of all edges", format=".3~%"),
        alt.Tooltip("n_edges:Q", title="edges kept in A", format=","),
        alt.Tooltip("written:N", title=f"{_TV.name} of A"),
    ]
    layers = (
        rows.mark_line(strokeWidth=pixels(2, large), interpolate="step-after", tooltip=None).encode(
            x=x, y=y, color=colour, strokeDash=dash
        ),
        now.transform_filter("datum.run === 'A'").mark_rule(color=theme.RULE, strokeWidth=1.5, tooltip=None),
        current.mark_point(filled=True, size=90, opacity=1, tooltip=None).encode(color=colour),
        current.mark_text(**letters).encode(text="run:N"),
        click_layer(rows.transform_filter("datum.run === 'A'"), x, tooltip),
    )
    return finished(alt.layer(*layers), HEIGHT, large)


def alt_text(pair: Compared) -> str:
    """Return both curves' values at the linked sizes."""
    values = [
        f"{name} {_TV.written(result.curve['tv'].iloc[result.row(size)])} with {size_text(size, result.n_edges)}"
        for name, result, size in pair.sides
    ]
    return f"{capitalised(_TV.name)} of A and B against the share of edges kept: {', '.join(values)}."
