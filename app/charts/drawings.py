"""Every chart of the page, ready to be shown: its rows, its specification, and what it says in words."""

from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from strace_core import TraceResult

from . import alt_texts, block_charts, block_frames, charts, compare, compare_charts, curve_frames, detail, frames
from .block_frames import Part
from .chart_parts import Spec
from .compare import Compared
from .detail import HeadLike, StateLike
from .marks import marks
from .measures import axis_top, round_end

_MARKED: Final = ("connected", "same top token", "backbone")
"""The named sizes that a curve of distance does not show by itself."""


@dataclass(frozen=True)
class Drawing:
    """A chart: ``st.vega_lite_chart(rows, spec, alt=alt)``. The specification stays the same from size to size."""

    rows: pd.DataFrame
    spec: Spec
    alt: str


def curve(result: TraceResult, n_edges: int, measure: str = "tv", *, large: bool = False) -> Drawing:
    """Distance ("tv" or "kl") against size, with the result's baselines and named sizes. A click picks a size."""
    top = axis_top(result, measure)
    named = [mark for mark in marks(result) if mark.short in _MARKED]
    return Drawing(
        curve_frames.curve_frame(result, n_edges, measure, top=top, marks=named),
        charts.curve_spec(measure=measure, top=top, baselines=tuple(result.baselines), large=large),
        alt_texts.curve_alt(result, n_edges, measure),
    )


def trend(result: TraceResult, n_edges: int, measure: str, *, large: bool = False) -> Drawing:
    """A small chart of one measure against size: "entropy", "shared_nucleus", "surprisal", "top_k_overlap"."""
    top = axis_top(result, measure)
    return Drawing(
        curve_frames.trend_frame(result, n_edges, measure, top=top),
        charts.trend_spec(measure=measure, top=top, large=large),
        alt_texts.trend_alt(result, n_edges, measure),
    )


def prediction(result: TraceResult, n_edges: int, *, large: bool = False) -> Drawing:
    """Top tokens of the full model and of the subgraph, with the change of their ranks."""
    return Drawing(
        frames.top_tokens_frame(result, n_edges),
        charts.bars_spec(round_end(frames.highest_probability(result)), large=large),
        alt_texts.bars_alt(result, n_edges),
    )


def waking(result: TraceResult, n_edges: int, part: Part, *, large: bool = False) -> Drawing:
    """Which blocks are awake at which size, by their "heads" or "mlps". A click picks a size."""
    return Drawing(
        block_frames.wake_frame(result, n_edges, part),
        block_charts.wake_spec(result.spec.n_layers, part, large=large),
        alt_texts.wake_alt(result, n_edges, part),
    )


def kinds(
    result: TraceResult, n_edges: int, *, of: Literal["kept", "available"] = "kept", large: bool = False
) -> Drawing:
    """Kinds of edge against size, as shares of the edges ``kept`` or of those ``available``. A click picks a size."""
    parts = tuple(block_frames.parts_of(result))
    return Drawing(
        block_frames.kinds_frame(result, n_edges),
        block_charts.kinds_spec(parts, of=of, large=large),
        alt_texts.kinds_alt(result, n_edges),
    )


def overlay(pair: Compared, measure: str = "tv", *, large: bool = False) -> Drawing:
    """A measure of two results against relative size. A click picks a size of A."""
    top = axis_top(pair.a, measure, pair.b)
    return Drawing(
        compare.overlay_frame(pair, measure, top=top),
        compare_charts.overlay_spec(compare.least_fraction(pair), measure=measure, top=top, large=large),
        alt_texts.overlay_alt(pair, measure),
    )


def component_grid(pair: Compared, *, large: bool = False) -> Drawing:
    """Which heads and MLPs two subgraphs use."""
    rows = compare.component_grid(pair)
    n_layers, n_heads = (min(getattr(side.spec, name) for side in (pair.a, pair.b)) for name in ("n_layers", "n_heads"))
    return Drawing(rows, compare_charts.grid_spec(n_layers, n_heads, large=large), alt_texts.grid_alt(pair))


def compared_tokens(pair: Compared, *, large: bool = False) -> Drawing:
    """Top tokens of two subgraphs."""
    rows = compare.compared_tokens(pair)
    spec = charts.bars_spec(round_end(detail.highest_value(rows)), pair="comparison", large=large)
    return Drawing(rows, spec, alt_texts.compared_tokens_alt(pair))


def head_sources(found: HeadLike, *, large: bool = False) -> Drawing:
    """What a head looks at, and what it writes of it."""
    rows = detail.sources_frame(found)
    spec = charts.bars_spec(round_end(detail.highest_value(rows)), pair="head", large=large)
    return Drawing(rows, spec, alt_texts.paired_alt(rows, "Source tokens: how much the head looks and writes"))


def state_lens(found: StateLike, *, large: bool = False) -> Drawing:
    """What a state would predict as it is, in the full model and in the subgraph."""
    rows = detail.lens_frame(found)
    spec = charts.bars_spec(round_end(detail.highest_value(rows)), large=large)
    return Drawing(rows, spec, alt_texts.paired_alt(rows, "Tokens that the state would predict"))
