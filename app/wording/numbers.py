"""TraceResult -> numbers with a name, a value as text, and a sentence of explanation for newcomers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from strace_core import StraceError, TraceResult

from .choices import BEST_FIRST, GUIDED
from .measures import MEASURES, full_entropy
from .names import PART_OF_KIND, SEARCH_NAMES, parts_of
from .text import size_text
from .tokens import spoken_token


@dataclass(frozen=True)
class Number:
    """One number: its name, its value as text, and what it means."""

    name: str
    value: str
    meaning: str


NUCLEI: Final = (50, 90, 99)
"""Levels of the shared nucleus whose recovery sizes are shown, in percent."""

_CRITERIA: Final = {
    "tv <= 0.5": ("TV ≤ 0.5", "at most half of the probability is placed differently than in the full model"),
    "tv <= 0.1": ("TV ≤ 0.1", "at most a tenth of the probability is placed differently"),
    "tv <= 0.01": ("TV ≤ 0.01", "at most a hundredth of the probability is placed differently"),
    "top1_match": ("Same top token", "the most likely next token is the full model's"),
    **{
        f"shared_nucleus >= {percent}": (
            f"Same {percent} % nucleus",
            f"the most likely tokens that make up {percent} % of the probability are the same, in the same order",
        )
        for percent in NUCLEI
    },
}
"""Each criterion of recovery: its name, and what holds from that size on."""


def density_numbers(result: TraceResult) -> list[Number]:
    """Return how much of the computation the prediction takes, as one number, on two scales."""
    try:
        found = result.density
    except StraceError:
        log, linear = ("unknown: the empty or the full graph was not evaluated",) * 2
    else:
        log, linear = f"{found.auc_tv_log:.2f} of 5", f"{found.auc_tv:.3f} of 1"
    return [
        Number(
            "Density",
            log,
            "The area under the TV curve over the logarithm of the size: every tenfold increase in edges counts the "
            "same. The larger it is, the more of the model this prediction takes.",
        ),
        Number(
            "Density (linear)",
            linear,
            "The area under the TV curve over the size itself: every edge counts the same, so small subgraphs hardly "
            "matter.",
        ),
    ]


def order_number(result: TraceResult) -> Number:
    """Return which search put the edges in their order."""
    return Number(
        "Order of the edges",
        _chosen(result),
        "Best-first search always adds the highest-scoring edge that leads to the prediction. A guided search then "
        "reorders edges until small subgraphs come closer to the model.",
    )


def search_words(result: TraceResult) -> str:
    """Return what a guided search has gained, in a sentence; empty for other searches and where areas are unknown."""
    if result.settings.search != GUIDED:
        return ""
    if not _has_moved(result):
        return "The guided search found nothing better, so this is the paper's order."
    try:
        ours, papers = result.density.auc_tv_log, result.density_of(BEST_FIRST).auc_tv_log
    except StraceError:
        return ""
    change = f" ({100 * (ours / papers - 1):+.0f} %)".replace("-", "\N{MINUS SIGN}") if papers else ""
    effort = "" if result.settings.effort == 1 else f", effort {result.settings.effort:g}"
    return f"Guided{effort}: area under the TV curve {ours:.2f}, best-first {papers:.2f}{change}."


def recovery_numbers(result: TraceResult) -> list[Number]:
    """Return the smallest evaluated sizes at which the prediction is recovered, criterion by criterion."""
    table = result.recovery
    return [
        Number(name, _recovered(table.loc[criterion], result), f"The smallest subgraph in which {holds}.")
        for criterion, (name, holds) in _CRITERIA.items()
        if criterion in table.index
    ]


def size_numbers(result: TraceResult, n_edges: int) -> list[Number]:
    """Return what is measured on the subgraph of one evaluated size."""
    row = result.curve.iloc[result.row(n_edges)]
    top = spoken_token(result.top_tokens(k=1)["text"].iloc[0])
    written = {name: measure.written(row[name]) for name, measure in MEASURES.items()}
    return [
        Number("Size", size_text(n_edges, result.n_edges), "Edges kept, and their share of all edges of the graph."),
        Number(
            "Distance (TV)",
            written["tv"],
            "Total variation: the share of the probability that would have to move to turn one prediction into the "
            "other. 0 means equal, 1 means nothing in common.",
        ),
        Number(
            "Distance (KL)",
            written["kl"],
            "KL divergence of the subgraph's prediction from the full model's: the information lost when the subgraph "
            "stands in for it. Ruling out what the full model thinks likely costs most.",
        ),
        Number(
            "Entropy",
            f"{written['entropy']}; full model {MEASURES['entropy'].written(full_entropy(result))}",
            "How uncertain a prediction is: 0 is certain, and each 0.7 nats doubles the effective number of options.",
        ),
        Number(
            f"Surprisal of {top}",
            written["surprisal"],
            "How unexpected the full model's top token is to the subgraph: 0 is certain, 2.3 nats is a 10 % chance.",
        ),
        Number(
            "Shared nucleus",
            written["shared_nucleus"],
            "Up to this share of the probability, both predictions list the same most likely tokens in the same order.",
        ),
        Number(
            "Top-10 overlap",
            written["top_k_overlap"],
            "Of all tokens in either top ten, the share that is in both.",
        ),
        Number(
            "Active",
            f"{row['n_heads_active']:,} heads, {row['n_mlps_active']:,} MLPs",
            "Heads and MLPs with at least one kept edge, at any token.",
        ),
        Number("Kept by kind", kept_by_part(result, n_edges), "How many edges of each kind the subgraph keeps."),
    ]


def kept_by_part(result: TraceResult, n_edges: int) -> str:
    """Return how many edges of each part of the model a subgraph keeps, in words."""
    row = result.curve.iloc[result.row(n_edges)]
    counts = {
        part: sum(int(row[kind]) for kind, its in PART_OF_KIND.items() if its == part and kind in row)
        for part in parts_of(result)
    }
    return ", ".join(f"{part} {count:,}" for part, count in counts.items())


def numbers_frame(numbers: Sequence[Number]) -> pd.DataFrame:
    """Return numbers as a table."""
    return pd.DataFrame(
        [(number.name, number.value, number.meaning) for number in numbers], columns=["What", "Value", "Meaning"]
    )


def _has_moved(result: TraceResult) -> bool:
    """Return whether any part of the order is not best-first."""
    return any(stretch.search != BEST_FIRST for stretch in result.stretches)


def _chosen(result: TraceResult) -> str:
    """Return the parts of the order and the searches that chose them."""
    if not _has_moved(result):
        found_nothing = ": the guided search found nothing better" if result.settings.search == GUIDED else ""
        return f"{SEARCH_NAMES[BEST_FIRST]}{found_nothing}"
    return ", then ".join(
        SEARCH_NAMES[stretch.search]
        + (f" up to {size_text(stretch.n_edges, result.n_edges)}" if stretch.n_edges < result.n_edges else "")
        for stretch in result.stretches
    )


def _recovered(row: pd.Series, result: TraceResult) -> str:
    if pd.isna(row["n_edges"]):
        return "at no evaluated size"
    value = size_text(int(row["n_edges"]), result.n_edges)
    if pd.isna(row["stays_from"]) or row["stays_from"] == row["n_edges"]:
        return value
    return f"{value}; permanently from {int(row['stays_from']):,}"
