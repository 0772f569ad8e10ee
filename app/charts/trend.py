"""A trend: one more measure of the subgraph against size, small, with the full model's value where it has one."""

from functools import lru_cache
from typing import Final

import altair as alt
import pandas as pd

from strace_core import TraceResult

from ..wording.measures import MEASURES, full_entropy
from ..wording.text import capitalised, size_text
from . import theme
from .axes import axis_top, measure_y, size_x
from .lines import frame_of, trace_rows
from .parts import Drawing, Spec, click_layer, current_layers, finished, pixels, rows_of, size_tooltips, words

HEIGHT: Final = 130


def draw(result: TraceResult, n_edges: int, measure: str, *, large: bool = False) -> Drawing:
    """Draw "entropy" or "shared_nucleus" against size. A click picks the nearest size."""
    top = axis_top(result, measure)
    return Drawing(
        frame(result, n_edges, measure, top=top),
        spec(measure=measure, top=top, large=large),
        alt_text(result, n_edges, measure),
    )


def frame(result: TraceResult, n_edges: int, measure: str, *, top: float) -> pd.DataFrame:
    """Return the rows: of part "curve" as in the curve's own frame, and one of part "reference" for entropy.

    The reference is the full model's own value.
    """
    rows = trace_rows(result, n_edges, measure, top)
    if measure == "entropy":
        full = full_entropy(result)
        label = f"full model {MEASURES[measure].written(full)}"
        rows.append({"part": "reference", "value": min(full, top), "label": label})
    return frame_of(rows)


@lru_cache(maxsize=64)
def spec(*, measure: str, top: float, large: bool = False) -> Spec:
    """Return the specification for the rows of ``frame``, with an axis from 0 to ``top``."""
    x, y = size_x(large), measure_y(measure, top, large, headroom=0)
    rows = rows_of("part", "n_edges", "fraction", "value", "written", "current", "label")
    curve = rows.transform_filter("datum.part === 'curve'")
    reference = rows.transform_filter("datum.part === 'reference'").encode(y=y)
    tooltip = [*size_tooltips(), alt.Tooltip("written:N", title=MEASURES[measure].name)]
    layers = (
        reference.mark_rule(color=theme.FULL_MODEL, strokeDash=[5, 3], strokeWidth=1.5, tooltip=None, aria=False),
        reference.mark_text(**words(large, align="right", dx=-4, dy=-6)).encode(x=alt.value("width"), text="label:N"),
        curve.mark_line(
            color=theme.SUBGRAPH, strokeWidth=pixels(2, large), interpolate="step-after", tooltip=None
        ).encode(x=x, y=y),
        *current_layers(curve, x, y),
        click_layer(curve, x, tooltip),
    )
    return finished(alt.layer(*layers), HEIGHT, large)


def alt_text(result: TraceResult, n_edges: int, measure: str) -> str:
    """Return what the trend shows at a size."""
    shown = MEASURES[measure]
    value = shown.written(result.curve[measure].iloc[result.row(n_edges)])
    full = f"; full model {shown.written(full_entropy(result))}" if measure == "entropy" else ""
    return f"{capitalised(shown.name)} against size. At {size_text(n_edges, result.n_edges)}: {value}{full}."
