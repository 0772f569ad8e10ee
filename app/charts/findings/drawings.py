"""Every chart of the findings, ready to be shown: its rows, its specification, and what it says in words."""

from typing import Final

import pandas as pd

from ...wording.findings_words import (
    AXES,
    COVARIATES,
    DEPTHS,
    DIVISIONS,
    KINDS,
    MEASURED_BY,
    ORDERS,
    criterion_label,
    estimate,
    model_label,
    number,
    small_number,
)
from .. import theme
from ..parts import Drawing
from . import charts as charts
from . import frames as frames

DASHES: Final = {"trace": (1, 0), "random": (2, 2), "backbone": (7, 3), "complement": (7, 3, 2, 3)}
COLOURS: Final = {"trace": theme.SUBGRAPH, **theme.BASELINE_COLOURS}

_KIND_DASHES: Final = {
    "attention": (1, 0), "mlp": (7, 3), "residual_attn": (2, 2), "residual_mlp": (7, 3, 2, 3), "residual": (2, 2),
}  # fmt: skip
_DEPTH_COLOURS: Final = (theme.ATTENTION, theme.RESIDUAL, theme.SUBGRAPH, theme.MLP)
_DEPTH_DASHES: Final = ((1, 0), (2, 2), (7, 3, 2, 3), (7, 3))

SHARE_TITLE: Final = "share of all edges (log scale)"


def reconstruction(curve: pd.DataFrame, marks: pd.DataFrame, model: str, axis: str) -> Drawing:
    """Distance against size of one model's orders, from ``reconstruction_curve`` and ``structural_marks``."""
    mine = frames.of_model(curve, model)
    unit = AXES[axis]
    rows = frames.curve_frame(mine, frames.of_model(marks, model) if axis == "fraction" else None, unit_word=unit)
    orders = [order for order in ORDERS if order in set(mine["order"])]
    look = charts.Lines(
        names=tuple(ORDERS[order] for order in orders),
        colours=tuple(COLOURS[order] for order in orders),
        dashes=tuple(DASHES[order] for order in orders),
        x_title=SHARE_TITLE if axis == "fraction" else f"size, in units of {unit} (log scale)",
        y_title="distance to the model (tv)",
        x_domain=_extent(rows),
        y_domain=(0.0, 1.0),
        x_format=".2~p" if axis == "fraction" else "~g",
        lanes=2 if axis == "fraction" else 1,
        behind=_behind(rows),
    )
    trace = mine[mine["order"] == "trace"]
    return Drawing(rows, charts.lines_spec(look), f"{_of(model)}Distance against size. {_told(trace, 'mean')}")


def makeup(table: pd.DataFrame, model: str, by: str, measure: str) -> Drawing:
    """Make-up of a model's subgraphs against size, from ``share_by_kind`` or ``share_by_depth``."""
    mine = frames.of_model(table, model)
    rows = frames.share_frame(mine, by, measure)
    if by == "kind":
        there = [kind for kind in KINDS if kind in set(mine["kind"])]
        names = tuple(KINDS[kind] for kind in there)
        colours = tuple(theme.KIND_COLOURS[kind] for kind in there)
        dashes = tuple(_KIND_DASHES[kind] for kind in there)
    else:
        quarters = [depth for depth in DEPTHS if depth in set(mine["depth"])]
        names = tuple(DEPTHS[depth] for depth in quarters)
        colours = tuple(_DEPTH_COLOURS[depth - 1] for depth in quarters)
        dashes = tuple(_DEPTH_DASHES[depth - 1] for depth in quarters)
    top = 1.0 if measure == "share" else _round_up(float(mine[measure].max()) if len(mine) else 1.0)
    look = charts.Lines(
        names, colours, dashes, SHARE_TITLE,
        "share of the kept edges" if measure == "share" else "times its part of the model",
        _extent(rows), (0.0, top), y_format=".0%" if measure == "share" else "~g", behind=_behind(rows),
    )  # fmt: skip
    said = []
    for name in names:
        line = rows[(rows["line"] == name) & rows["y"].notna()]
        if len(line):
            said.append(f"{name} {number(line['y'].iloc[0])} to {number(line['y'].iloc[-1])}")
    what = "kinds of edge" if by == "kind" else "depth"
    spoken = f"{_of(model)}Make-up by {what} from the smallest subgraph to the whole model: {', '.join(said)}."
    return Drawing(rows, charts.lines_spec(look), spoken)


def unigram(table: pd.DataFrame, model: str, measure: str) -> Drawing:
    """Closeness to the unigram distribution against size, from ``unigram_closeness``."""
    mine = frames.of_model(table, model)
    rows = frames.unigram_frame(mine, measure)
    is_tv = measure == "unigram_tv"
    title = "distance to token frequencies (tv)" if is_tv else "rank correlation with token frequencies"
    low = min(0.0, float(rows["low"].min())) if rows["low"].notna().any() else 0.0
    look = charts.Lines(
        ("subgraphs",), (theme.SUBGRAPH,), ((1, 0),), SHARE_TITLE, title, _extent(rows), (low, 1.0), lanes=1,
        behind=_behind(rows),
    )  # fmt: skip
    told = _told(mine[mine["measure"] == measure], "mean")
    return Drawing(rows, charts.lines_spec(look), f"{_of(model)}{title.capitalize()} against size. {told}")


def lorenz(table: pd.DataFrame, model: str) -> Drawing:
    """How unevenly a model's components are used, from ``lorenz``."""
    rows = frames.lorenz_frame(frames.of_model(table, model))
    sizes = [name for name in dict.fromkeys(rows["line"]) if name != frames.EQUAL]
    colours = (theme.ATTENTION, theme.SUBGRAPH, theme.MLP, theme.RESIDUAL)
    dashes = ((2, 2), (7, 3), (1, 0), (7, 3, 2, 3))
    look = charts.Lines(
        names=(*sizes, frames.EQUAL),
        colours=(*(colours[place % 4] for place in range(len(sizes))), theme.RULE),
        dashes=(*(dashes[place % 4] for place in range(len(sizes))), (1, 3)),
        x_title="heads and MLPs, least used first",
        y_title="share of all use",
        x_domain=(0.0, 1.0),
        y_domain=(0.0, 1.0),
        log=False,
        x_format=".0%",
        y_format=".0%",
    )
    halves = [
        f"at {size} of the edges the less used half has {_at_half(rows[rows['line'] == size]):.0%} of the use"
        for size in sizes
    ]
    return Drawing(rows, charts.lines_spec(look), f"{_of(model)}Lorenz curves: {'; '.join(halves) or 'none'}.")


def stages(falls: pd.DataFrame, by: str, model: str, untrained: str) -> Drawing:
    """In which stage the distance falls, from ``fall_by_stage``: a model's orders and its untrained twin."""
    rows = frames.stage_frame(falls, by, model, untrained)
    series = frames.names_in(rows, "series", (*ORDERS.values(), frames.TWIN))
    palette = {ORDERS[order]: colour for order, colour in COLOURS.items()} | {frames.TWIN: theme.MLP}
    spec = charts.bars_spec(
        series, tuple(palette[name] for name in series), x_title="share of the whole fall",
        n_rows=rows["row"].nunique(),
    )  # fmt: skip
    told = [f"{row.series} {row.row} {number(row.value)}" for row in rows.itertuples()]
    return Drawing(rows, spec, f"{_of(model)}Share of the fall, by {DIVISIONS[by]}: {', '.join(told)}.")


def criteria(sizes: pd.DataFrame, model: str, untrained: str) -> Drawing:
    """Sizes needed for each criterion, from ``size_by_criterion``: a model and its untrained twin."""
    rows = frames.criteria_frame(sizes, model, untrained)
    series = frames.names_in(rows, "series", (model_label(model), model_label(untrained)))
    least = 10.0 ** min(-3, _exponent(float(rows["low"].fillna(rows["value"]).min()) if len(rows) else 1.0))
    spec = charts.dots_spec(series, least=least, n_rows=rows["row"].nunique())
    mine = frames.of_model(sizes, model)
    told = [
        f"{criterion_label(name)} {small_number(fraction)}"
        for name, fraction in zip(mine["criterion"], mine["fraction"], strict=True)
    ]
    return Drawing(rows, spec, f"{_of(model)}Median size at which each criterion is first met: {', '.join(told)}.")


def density(runs: pd.DataFrame, model: str, measure: str, covariate: str, most: int, *, clickable: bool) -> Drawing:
    """A measure of density against a covariate, a dot for each prompt of a model.

    ``runs`` have their ``shown_group``, and the measure as a column.
    """
    groups, titles = frames.shown_groups(runs), (COVARIATES[covariate], MEASURED_BY[measure])
    rows = frames.dots(frames.of_model(runs, model), covariate, measure, most)
    spec = charts.scatter_spec(
        groups, x_title=titles[0], y_title=titles[1], log=covariate == "n_tokens", clickable=clickable
    )
    return Drawing(rows, spec, _of(model) + _scattered(rows, *titles))


def agreement(pairs: pd.DataFrame, first: str, second: str, *, clickable: bool) -> Drawing:
    """Density in one model against that in another, a dot for each prompt. ``pairs`` have ``x_density`` and ``y_``."""
    groups = frames.shown_groups(pairs)
    rows = frames.dots(pairs, "x_density", "y_density")
    titles = [f"density in {model_label(name)}" for name in (first, second)]
    spec = charts.scatter_spec(groups, x_title=titles[0], y_title=titles[1], clickable=clickable)
    return Drawing(rows, spec, _scattered(rows, *titles))


def use(table: pd.DataFrame, model: str) -> Drawing:
    """How many prompts use each component, from ``component_use``."""
    rows = frames.use_frame(frames.of_model(table, model))
    n_layers = int(rows["layer"].max()) + 1 if len(rows) else 1
    most = rows.sort_values("share", ascending=False, kind="stable").head(5)
    told = [f"{row.said} {row.share:.0%}" for row in most.itertuples()]
    return Drawing(rows, charts.use_spec(n_layers), f"{_of(model)}Most used: {'; '.join(told) or 'nothing'}.")


def _of(model: str) -> str:
    return f"{model_label(model)}. "


def _told(table: pd.DataFrame, value: str) -> str:
    """Values at three sizes, as a sentence."""
    if not len(table):
        return "No values."
    at = table.iloc[[0, len(table) // 2, len(table) - 1]]
    told = [
        f"{estimate(mean, low, high)} at size {x:.3g}"
        for x, mean, low, high in zip(at["x"], at[value], at["low"], at["high"], strict=True)
    ]
    return f"{', '.join(told)}."


def _scattered(rows: pd.DataFrame, x: str, y: str) -> str:
    if not len(rows):
        return f"{y} against {x}: no prompts."
    return (
        f"{len(rows):,} prompts, {y} against {x}: {x} from {rows['x'].min():.3g} to {rows['x'].max():.3g}, "
        f"{y} from {rows['y'].min():.3g} to {rows['y'].max():.3g}."
    )


def _extent(rows: pd.DataFrame) -> tuple[float, float]:
    x = rows.loc[rows["part"] == "curve", "x"]
    return (float(x.min()), float(x.max())) if len(x) and x.min() < x.max() else (1e-5, 1.0)


def _behind(rows: pd.DataFrame) -> tuple[str, ...]:
    """What else there is than lines, in one order."""
    return tuple(sorted(set(rows["part"]) - {"curve"}))


def _at_half(line: pd.DataFrame) -> float:
    return float(line.loc[line["x"] <= 0.5, "y"].max()) if len(line) else 0.0


def _round_up(value: float) -> float:
    return next((top for top in (2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0) if top >= value), 1000.0)


def _exponent(value: float) -> int:
    return int(f"{value:e}".rsplit("e", 1)[1])
