"""Tables of a study's analyses -> the rows that the charts of findings draw, mostly of one model."""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from ...wording.findings_words import (
    DEPTHS,
    KINDS,
    ORDERS,
    criterion_label,
    estimate,
    group_label,
    model_label,
    small_number,
    stage_label,
)
from ..curve import LANES, PHASES

MOST_DOTS = 4_000
"""Dots of all the scatters on the page together."""

MOST_GROUPS = 12
"""Groups with a sign of their own; the smallest of more share one."""

MOST_CHARACTERS = 90
"""Of a prompt in a tooltip."""

OTHER_GROUPS: Final = "other groups"

STAGES: Final = {
    "paper": ("below 1e-4", "construction", "refinement"),
    "structure": ("below one path", "path to backbone", "beyond backbone"),
    "connection": ("before connected", "connected to backbone", "beyond backbone"),
}
"""Stages in the order in which they come."""

_COLUMNS: Final = ("part", "line", "x", "y", "low", "high", "q10", "q90", "end", "middle", "label", "lane", "said")


def of_model(table: pd.DataFrame, model: str) -> pd.DataFrame:
    """The rows of one model."""
    return table[table["model"] == model]


def curve_frame(curve: pd.DataFrame, marks: pd.DataFrame | None = None, *, unit_word: str = "") -> pd.DataFrame:
    """A model's rows of ``reconstruction_curve``; with its ``structural_marks`` on the axis of all edges.

    On another axis, ``unit_word`` says what one is.
    """
    curve = curve[curve["x"] > 0]
    lines = pd.DataFrame(
        {
            "part": "curve",
            "line": curve["order"].map(ORDERS).to_numpy(object),
            "x": curve["x"].to_numpy(),
            "y": curve["mean"].to_numpy(),
            "low": curve["low"].to_numpy(),
            "high": curve["high"].to_numpy(),
            "q10": curve["q10"].where(curve["order"] == "trace").to_numpy(),
            "q90": curve["q90"].where(curve["order"] == "trace").to_numpy(),
            "said": [
                f"{estimate(row.mean, row.low, row.high)} at {_size(row.x, unit_word)}"
                for row in curve[["x", "mean", "low", "high"]].itertuples()
            ],
        }
    )
    extra: list[dict[str, Any]] = []
    if marks is None:
        extra.append({"part": "mark", "x": 1.0, "label": unit_word, "lane": 0, "q10": 0.0})
    else:
        extra += _phase_rows(float(curve["x"].min()) if len(curve) else 1.0)
        shown = marks[marks["mark"].isin(["one path", "whole backbone"])].sort_values("median")
        extra += [
            {"part": "mark", "x": row.median, "label": row.mark, "lane": lane % LANES, "q10": float(row.median > 0.02)}
            for lane, row in enumerate(shown[["mark", "median"]].itertuples())
        ]
    return _shaped(lines, extra)


def share_frame(table: pd.DataFrame, by: str, measure: str) -> pd.DataFrame:
    """A model's rows of ``share_by_kind`` or ``share_by_depth`` (``by``), of the ``measure`` "share" or "lift"."""
    names = KINDS if by == "kind" else DEPTHS
    prefix = "" if measure == "share" else f"{measure}_"
    low, high = f"{prefix}low", f"{prefix}high"
    lines = pd.DataFrame(
        {
            "part": "curve",
            "line": [names[name] for name in table[by]],
            "x": table["x"].to_numpy(),
            "y": table[measure].to_numpy(),
            "low": table[low].to_numpy(),
            "high": table[high].to_numpy(),
            "said": [
                f"{estimate(*values)} at {_size(x, '')}"
                for x, *values in zip(table["x"], table[measure], table[low], table[high], strict=True)
            ],
        }
    )
    extra = [{"part": "reference", "y": 1.0, "label": "as it comes"}] if measure == "lift" else []
    return _shaped(lines, extra)


def unigram_frame(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """A model's rows of ``unigram_closeness``, of one measure, with the whole model's level."""
    table = table[table["measure"] == measure]
    lines = pd.DataFrame(
        {
            "part": "curve",
            "line": "subgraphs",
            "x": table["x"].to_numpy(),
            "y": table["mean"].to_numpy(),
            "low": table["low"].to_numpy(),
            "high": table["high"].to_numpy(),
            "said": [
                f"{estimate(row.mean, row.low, row.high)} at {_size(row.x, '')}; whole model {row.full:.2f}"
                for row in table[["x", "mean", "low", "high", "full"]].itertuples()
            ],
        }
    )
    level = [{"part": "reference", "y": float(table["full"].iloc[-1]), "label": "whole model"}] if len(table) else []
    return _shaped(lines, level)


def lorenz_frame(table: pd.DataFrame) -> pd.DataFrame:
    """A model's Lorenz curves of heads and MLPs together, one line for each size, and the line of like use."""
    table = table[table["kind"] == "all"]
    lines = pd.DataFrame(
        {
            "part": "curve",
            "line": [small_number(x) for x in table["x"]],
            "x": table["population"].to_numpy(),
            "y": table["use"].to_numpy(),
            "said": [
                f"the least used {population:.0%} have {use:.0%} of all use"
                for population, use in zip(table["population"], table["use"], strict=True)
            ],
        }
    )
    return _shaped(lines, [{"part": "curve", "line": EQUAL, "x": at, "y": at, "said": EQUAL} for at in (0.0, 1.0)])


EQUAL: Final = "all used alike"


def stage_frame(falls: pd.DataFrame, by: str, model: str, untrained: str) -> pd.DataFrame:
    """Bars of ``fall_by_stage`` in one division: a model's orders, and the trace of its untrained twin."""
    of_division = falls[falls["by"] == by]
    mine = of_division[(of_division["model"] == model) & of_division["order"].isin(list(ORDERS))]
    its = of_division[(of_division["model"] == untrained) & (of_division["order"] == "trace")]
    both = pd.concat([mine.assign(series=mine["order"].map(ORDERS)), its.assign(series=TWIN)])
    places = {stage: place for place, stage in enumerate(STAGES[by])}
    return pd.DataFrame(
        {
            "row": both["stage"].map(stage_label).to_numpy(object),
            "place": [places[stage] for stage in both["stage"]],
            "series": both["series"].to_numpy(object),
            "value": both["share"].to_numpy(),
            "low": both["low"].to_numpy(),
            "high": both["high"].to_numpy(),
            "said": [estimate(*values) for values in both[["share", "low", "high"]].to_numpy()],
        }
    )


TWIN: Final = "the untrained twin's trace"


def criteria_frame(sizes: pd.DataFrame, model: str, untrained: str) -> pd.DataFrame:
    """Dots of ``size_by_criterion``: a model and its untrained twin."""
    parts = []
    for name in (model, untrained):
        of = of_model(sizes, name)
        parts.append(
            pd.DataFrame(
                {
                    "row": [criterion_label(criterion) for criterion in of["criterion"]],
                    "place": np.arange(len(of)),
                    "series": model_label(name),
                    "value": of["fraction"].to_numpy(),
                    "low": of["low"].to_numpy(),
                    "high": of["high"].to_numpy(),
                    "said": [
                        f"{small_number(fraction)} of the edges, {n_edges:,.0f} edges"
                        for fraction, n_edges in zip(of["fraction"], of["n_edges"], strict=True)
                    ],
                }
            )
        )
    found = pd.concat(parts, ignore_index=True)
    return found[found["value"] > 0].reset_index(drop=True)


def dots(runs: pd.DataFrame, x: str, y: str, most: int = MOST_DOTS) -> pd.DataFrame:
    """One dot for each traced run that has both numbers, at most ``most``, always the same ones.

    ``number`` is the row of ``runs``. A prompt is text in its tooltip, cut to a line.
    """
    numbers = runs[[x, y]].apply(pd.to_numeric, errors="coerce")
    found = runs[np.isfinite(numbers.to_numpy(np.float64, na_value=np.nan)).all(axis=1)]
    found = found.loc[_drawn(found["prompt_id"], most)]
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


def with_shown_groups(runs: pd.DataFrame) -> pd.DataFrame:
    """Runs with ``shown_group``, the name of their group in a legend."""
    names = runs["group"].map(group_label)
    most = set(names.value_counts(sort=True).index[: MOST_GROUPS - 1])
    if names.nunique() > MOST_GROUPS:
        names = names.where(names.isin(most), OTHER_GROUPS)
    return runs.assign(shown_group=names)


def shown_groups(runs: pd.DataFrame) -> tuple[str, ...]:
    """Names in the legend, in the order of the study."""
    names = dict.fromkeys(runs["shown_group"])
    return tuple(name for name in names if name != OTHER_GROUPS) + ((OTHER_GROUPS,) if OTHER_GROUPS in names else ())


def use_frame(table: pd.DataFrame) -> pd.DataFrame:
    """A model's rows of ``component_use`` as cells."""
    is_head = table["kind"] == "head"
    heads = table["head"].astype(str)
    names = "block " + table["layer"].astype(str) + ", " + ("head " + heads).where(is_head, "MLP")
    return pd.DataFrame(
        {
            "layer": table["layer"],
            "place": heads.where(is_head, "MLP"),
            "order": table["head"].where(is_head, int(table["head"].max()) + 1 if len(table) else 0),
            "share": table["share"],
            "kind": table["kind"],
            "said": names,
        }
    ).reset_index(drop=True)


def names_in(frame: pd.DataFrame, column: str, order: Iterable[str]) -> tuple[str, ...]:
    """The names that occur in a column, in an order given."""
    there = set(frame[column].dropna())
    return tuple(name for name in order if name in there)


def _drawn(prompts: pd.Series, most: int) -> pd.Index:
    """Which rows are drawn: all, or those whose prompts have the least check sums, so that models show the same."""
    if len(prompts) <= most:
        return prompts.index
    sums = prompts.map(lambda name: zlib.crc32(str(name).encode()))
    return sums.sort_values(kind="stable").index[:most].sort_values()


def _line(text: str | None) -> str:
    words = " ".join((text or "").split())
    return words if len(words) <= MOST_CHARACTERS else f"{words[: MOST_CHARACTERS - 1]}…"


def _size(x: float, unit: str) -> str:
    return f"{x:.3g} times {unit}" if unit else f"{small_number(x)} of the edges"


def _phase_rows(least: float) -> Sequence[dict[str, Any]]:
    return [
        {
            "part": "phase", "line": phase.name, "x": max(least, phase.start), "end": phase.end,
            "middle": (max(least, phase.start) * phase.end) ** 0.5, "label": phase.name,
        }
        for phase in PHASES
        if phase.end > least
    ]  # fmt: skip


def _shaped(lines: pd.DataFrame, extra: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """All columns that ``lines_spec`` knows, whatever the rows have."""
    table = pd.concat([lines, pd.DataFrame(list(extra), dtype=object)], ignore_index=True) if extra else lines
    shaped = table.reindex(columns=list(_COLUMNS))
    words = ["part", "line", "label", "said"]
    shaped[words] = shaped[words].astype(object).where(shaped[words].notna(), "")
    others = [name for name in _COLUMNS if name not in words]
    shaped[others] = shaped[others].apply(pd.to_numeric)
    return shaped
