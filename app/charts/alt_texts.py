"""Charts in a sentence with their numbers, for those who do not see them."""

import pandas as pd

from strace_core import TraceResult

from ..wording.numbers import size_numbers
from ..wording.text import size_text
from ..wording.tokens import spoken_token
from .block_frames import Part, wake_frame
from .compare import Compared, component_lists
from .curve_frames import BASELINE_LABELS
from .measures import MEASURES, full_entropy

MAX_NAMED = 6
"""Components that a sentence names, at most."""


def curve_alt(result: TraceResult, n_edges: int, measure: str = "tv") -> str:
    """What the curve says at a size, beside the baselines there."""
    shown = MEASURES[measure]
    at = result.row(n_edges)
    own = shown.written(result.curve[shown.column].iloc[at])
    beside = [
        f"{BASELINE_LABELS[name]} {shown.written(table[shown.column].iloc[at])}"
        for name, table in result.baselines.items()
    ]
    compared = f", {', '.join(beside)}" if beside else ""
    return (
        f"{_capital(shown.name)} of the subgraph's prediction from the full model's against the number of edges kept. "
        f"At {size_text(n_edges, result.n_edges)}: the trace {own}{compared}."
    )


def trend_alt(result: TraceResult, n_edges: int, measure: str) -> str:
    """What a small chart says at a size."""
    shown = MEASURES[measure]
    value = shown.written(result.curve[shown.column].iloc[result.row(n_edges)])
    full = f"; full model {shown.written(full_entropy(result))}" if measure == "entropy" else ""
    return f"{_capital(shown.name)} against size. At {size_text(n_edges, result.n_edges)}: {value}{full}."


def bars_alt(result: TraceResult, n_edges: int) -> str:
    """The likeliest tokens of both sides."""
    full, subgraph = (_listed(tops) for tops in (result.top_tokens(k=3), result.top_tokens(n_edges, k=3)))
    return f"Likeliest next tokens. Full model: {full}. Subgraph of {size_text(n_edges, result.n_edges)}: {subgraph}."


def wake_alt(result: TraceResult, n_edges: int, part: Part) -> str:
    """How much of each block is awake at a size."""
    what = "attention heads in use" if part == "heads" else "tokens at which the MLP is in use"
    rows = wake_frame(result, n_edges, part)
    now = rows[rows["current"]]
    blocks = "; ".join(f"block {row.layer}: {row.says}" for row in now.itertuples())
    return f"Map of blocks and sizes: {what}. At {int(now['n_edges'].iloc[0]):,} edges, {blocks}."


def kinds_alt(result: TraceResult, n_edges: int) -> str:
    """How many edges of each kind are kept at a size."""
    kept = next(number.value for number in size_numbers(result, n_edges) if number.name == "Kept by kind")
    return f"Kinds of the edges kept against size. At {size_text(n_edges, result.n_edges)}: {kept}."


def overlay_alt(pair: Compared, measure: str = "tv") -> str:
    """Both curves at the linked size."""
    shown = MEASURES[measure]
    values = [
        f"{name} {shown.written(result.curve[shown.column].iloc[result.row(size)])} "
        f"with {size_text(size, result.n_edges)}"
        for name, result, size in pair.sides
    ]
    return f"{_capital(shown.name)} of A and B against the share of edges kept: {', '.join(values)}."


def grid_alt(pair: Compared) -> str:
    """Which components the two subgraphs share."""
    lists = component_lists(pair)
    named = [f"{title}: {_named(names)}" for title, names in lists.items()]
    return f"Heads and MLPs in use, {'; '.join(named)}."


def compared_tokens_alt(pair: Compared) -> str:
    """The likeliest tokens of both subgraphs."""
    sides = [f"{name}: {_listed(result.top_tokens(size, k=3))}" for name, result, size in pair.sides]
    return f"Likeliest next tokens of the subgraphs. {'. '.join(sides)}."


def paired_alt(rows: pd.DataFrame, what: str) -> str:
    """Two bars for each row, as words: those of the first three rows."""
    told = []
    for token, both in list(rows.groupby("token", sort=False))[:3]:
        values = [
            f"{row.side} {'not at the top' if pd.isna(row.value) else f'{row.value:.2f}'}" for row in both.itertuples()
        ]
        told.append(f"{token}: {', '.join(values)}")
    return f"{what}. {'; '.join(told)}."


def _listed(tops: pd.DataFrame) -> str:
    return ", ".join(f"{spoken_token(row.text)} {row.probability:.2f}" for row in tops.itertuples())


def _named(names: list[str]) -> str:
    if not names:
        return "none"
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
