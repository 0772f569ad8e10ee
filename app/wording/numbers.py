"""TraceResult -> numbers with a name, a value as text, and a sentence for somebody who has not read the paper."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from strace_core import SEARCHES, StraceError, TraceResult

from ..charts.block_frames import KIND_PARTS, parts_of
from ..charts.measures import MEASURES, full_entropy
from .text import size_text
from .tokens import spoken_token


@dataclass(frozen=True)
class Number:
    """One number: what it is called, its value, and what it says."""

    name: str
    value: str
    meaning: str


BEST_FIRST, GUIDED = SEARCHES
SEARCH_LABELS = {BEST_FIRST: "best first", GUIDED: "guided"}
"""What each search is called."""

NUCLEI = (50, 90, 99)
"""Levels of the shared list whose recovery sizes are told, in percent."""


def density_numbers(result: TraceResult) -> list[Number]:
    """How much of the computation the whole prediction takes, as one number, on two scales."""
    try:
        found = result.density
    except StraceError:
        log, linear = ("unknown: the empty or the full graph was not run",) * 2
    else:
        log, linear = f"{found.auc_tv_log:.2f} of 5", f"{found.auc_tv:.3f} of 1"
    return [
        Number(
            "Density",
            log,
            "The area under the distance curve when every tenfold of edges counts the same: the larger it is, the more "
            "of the model this prediction takes.",
        ),
        Number(
            "Density, edge by edge",
            linear,
            "The same area when every edge counts the same, so that the small subgraphs hardly matter.",
        ),
    ]


def order_number(result: TraceResult) -> Number:
    """Which search put the edges in their order."""
    return Number(
        "Order of the edges",
        _chosen(result),
        "Best first always takes the heaviest edge that leads on. A guided search then moves edges until small "
        "subgraphs come closer to the model.",
    )


def search_words(result: TraceResult) -> str:
    """What a guided search has gained, in a sentence; empty for another one and where the areas are not known."""
    if result.settings.search != GUIDED:
        return ""
    if not _has_moved(result):
        return "The search found nothing better; this is the paper's order."
    try:
        ours, papers = result.density.auc_tv_log, result.density_of(BEST_FIRST).auc_tv_log
    except StraceError:
        return ""
    change = f" ({100 * (ours / papers - 1):+.0f} %)".replace("-", "\N{MINUS SIGN}") if papers else ""
    effort = "" if result.settings.effort == 1 else f", effort {result.settings.effort:g}"
    return f"Guided{effort}: area under the curve {ours:.2f}, best first {papers:.2f}{change}."


def recovery_numbers(result: TraceResult) -> list[Number]:
    """The smallest evaluated sizes at which the prediction is recovered, by how much is asked for."""
    asked = {
        "tv <= 0.5": ("Half right", "at most half of the probability lies elsewhere than in the full model"),
        "tv <= 0.1": ("Nearly right", "at most a tenth of the probability lies elsewhere"),
        "tv <= 0.01": ("As good as equal", "at most a hundredth of the probability lies elsewhere"),
        "top1_match": ("Same top token", "the likeliest next token is the full model's"),
    }
    for percent in NUCLEI:
        asked[f"shared_nucleus >= {percent}"] = (
            f"Same list up to {percent} %",
            f"the likeliest tokens that make up {percent} % of the probability are the same, in the same order",
        )
    table = result.recovery
    return [
        Number(name, _recovered(table.loc[criterion], result), f"The smallest subgraph in which {words}.")
        for criterion, (name, words) in asked.items()
        if criterion in table.index
    ]


def size_numbers(result: TraceResult, n_edges: int) -> list[Number]:
    """What is measured of the subgraph of one evaluated size."""
    row = result.curve.iloc[result.row(n_edges)]
    top = spoken_token(result.top_tokens(k=1)["text"].iloc[0])
    entropy = MEASURES["entropy"].written
    return [
        Number("Size", size_text(n_edges, result.n_edges), "Edges kept, and their share of all in the model."),
        Number(
            "Distance (tv)",
            MEASURES["tv"].written(row["tv"]),
            "How much of the probability would have to move to make the two predictions equal: 0 is equal, 1 is "
            "nothing in common.",
        ),
        Number(
            "Distance (kl)",
            MEASURES["kl"].written(row["kl"]),
            "The information lost when the subgraph's prediction stands in for the full model's; ruling out what the "
            "full model thinks likely costs most.",
        ),
        Number(
            "Entropy",
            f"{entropy(row['entropy'])}; full model {entropy(full_entropy(result))}",
            "How undecided a prediction is: 0 is certain, and each 0.7 nats doubles the number of equally likely "
            "tokens.",
        ),
        Number(
            f"Surprisal of {top}",
            MEASURES["surprisal"].written(row["surprisal"]),
            "How unexpected the full model's top token is to the subgraph: 0 is certain, 2.3 nats a chance of one in "
            "ten.",
        ),
        Number(
            "Shared list",
            MEASURES["shared_nucleus"].written(row["shared_nucleus"]),
            "Up to this share of the probability both list the same likeliest tokens in the same order.",
        ),
        Number(
            "Top-10 overlap",
            MEASURES["top_k_overlap"].written(row["top_k_overlap"]),
            "Of all tokens in either top ten, the share that stands in both.",
        ),
        Number(
            "In use",
            f"{row['n_heads_active']:,} heads, {row['n_mlps_active']:,} MLPs",
            "Parts of the model with at least one kept edge, at any token.",
        ),
        Number("Kept by kind", _by_kind(result, row), "How many edges of each kind the subgraph keeps."),
    ]


def numbers_frame(numbers: Sequence[Number]) -> pd.DataFrame:
    """Numbers as a table."""
    return pd.DataFrame(
        [(number.name, number.value, number.meaning) for number in numbers], columns=["What", "Value", "What it says"]
    )


def _has_moved(result: TraceResult) -> bool:
    """Whether any part of the order is not best-first."""
    return any(stretch.search != BEST_FIRST for stretch in result.stretches)


def _chosen(result: TraceResult) -> str:
    """The parts of the order and who chose them."""
    if not _has_moved(result):
        return "best first" if result.settings.search == BEST_FIRST else "best first: the search found nothing better"
    return ", then ".join(
        SEARCH_LABELS[stretch.search]
        + (f" up to {size_text(stretch.n_edges, result.n_edges)}" if stretch.n_edges < result.n_edges else "")
        for stretch in result.stretches
    )


def _recovered(row: pd.Series, result: TraceResult) -> str:
    if pd.isna(row["n_edges"]):
        return "at no size run"
    value = size_text(int(row["n_edges"]), result.n_edges)
    if pd.isna(row["stays_from"]) or row["stays_from"] == row["n_edges"]:
        return value
    return f"{value}; for good from {int(row['stays_from']):,}"


def _by_kind(result: TraceResult, row: pd.Series) -> str:
    counts = {
        part: sum(int(row[kind]) for kind, its in KIND_PARTS.items() if its == part and kind in row)
        for part in parts_of(result)
    }
    return ", ".join(f"{part} {count:,}" for part, count in counts.items())
