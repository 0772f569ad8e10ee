"""Reconstruction: how the distance to the full model falls as edges are added, for the trace and the baselines.

Each line is a mean over prompts, in the band of its interval; the trace also has the band of the middle 80 % of
prompts. On the axis of all edges, the paper's phases are shaded, and rules mark one path and the whole backbone. On an
axis of other units, a rule marks one unit.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ...wording.findings_words import AXES, estimate, of_the_edges
from ...wording.names import ORDER_NAMES
from ..curve import LANES, PHASES
from ..parts import Drawing
from ..theme import ORDER_COLOURS, ORDER_DASHES
from .lines import Lines, behind, extent, line_rows, lines_spec
from .parts import SHARE_TITLE, about, at_three_sizes, of_model


def draw(curve: pd.DataFrame, marks: pd.DataFrame, model: str, axis: str) -> Drawing:
    """The reconstruction curves of one model.

    Args:
        curve: ``reconstruction_curve`` of the study, on the same ``axis``.
        marks: ``structural_marks`` of the study.
        model: the model to show.
        axis: the unit of size, a key of ``AXES``.
    """
    curve = of_model(curve, model)
    of_all_edges = axis == "fraction"
    shown = reconstruction_rows(curve, axis, of_model(marks, model))
    orders = [order for order in ORDER_NAMES if order in set(curve["order"])]
    look = Lines(
        names=tuple(ORDER_NAMES[order] for order in orders),
        colours=tuple(ORDER_COLOURS[order] for order in orders),
        dashes=tuple(ORDER_DASHES[order] for order in orders),
        x_title=SHARE_TITLE if of_all_edges else f"size, in units of {AXES[axis]} (log scale)",
        y_title="distance to the full model (TV)",
        x_domain=extent(shown),
        y_domain=(0.0, 1.0),
        x_format=".2~p" if of_all_edges else "~g",
        lanes=LANES if of_all_edges else 1,
        behind=behind(shown),
    )
    values = at_three_sizes(curve[curve["order"] == "trace"])
    return Drawing(shown, lines_spec(look), about(model, f"Distance (TV) to the full model against size. {values}"))


def reconstruction_rows(curve: pd.DataFrame, axis: str, marks: pd.DataFrame) -> pd.DataFrame:
    """The lines of one model's ``reconstruction_curve``, with what is marked behind them."""
    curve = curve[curve["x"] > 0]
    is_trace = curve["order"] == "trace"
    if axis == "fraction":
        extra = [*_phases(float(curve["x"].min()) if len(curve) else 1.0), *_marks(marks)]
    else:
        extra = [{"part": "mark", "x": 1.0, "label": AXES[axis], "lane": 0, "q10": 0.0}]
    curves = {
        "line": curve["order"].map(ORDER_NAMES).to_numpy(object),
        "x": curve["x"].to_numpy(),
        "y": curve["mean"].to_numpy(),
        "low": curve["low"].to_numpy(),
        "high": curve["high"].to_numpy(),
        "q10": curve["q10"].where(is_trace).to_numpy(),
        "q90": curve["q90"].where(is_trace).to_numpy(),
        "said": [
            f"{estimate(row.mean, row.low, row.high)} at {_size(row.x, axis)}"
            for row in curve[["x", "mean", "low", "high"]].itertuples()
        ],
    }
    return line_rows(curves, extra)


def _phases(least: float) -> Iterator[dict[str, Any]]:
    """The paper's phases, as far as they lie above the smallest size."""
    for phase in PHASES:
        if phase.end > least:
            start = max(least, phase.start)
            yield {
                "part": "phase", "line": phase.name, "x": start, "end": phase.end, "middle": (start * phase.end) ** 0.5,
                "label": phase.name,
            }  # fmt: skip


def _marks(marks: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """One path and the whole backbone, at their median size."""
    shown = marks[marks["mark"].isin(["one path", "whole backbone"])].sort_values("median")
    for place, row in enumerate(shown[["mark", "median"]].itertuples()):
        yield {
            "part": "mark", "x": row.median, "label": row.mark, "lane": place % LANES, "q10": float(row.median > 0.02),
        }  # fmt: skip


def _size(x: float, axis: str) -> str:
    return of_the_edges(x) if axis == "fraction" else f"{x:.3g} times {AXES[axis]}"
