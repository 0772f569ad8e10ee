"""What things are called on the Findings page, and how its numbers are written."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from strace_core.study import is_untrained, twin

from .text import share_text

DEPTHS: Final[Mapping[int, str]] = MappingProxyType(
    {1: "first quarter", 2: "second quarter", 3: "third quarter", 4: "last quarter"}
)
"""Quarters of the blocks, as the study's tables number them."""

DENSITY_MEASURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "auc_tv_log": "area over log size",
        "auc_tv": "area over size",
        "size at tv <= 0.1": "size at TV 0.1",
    }
)
"""Measures of density, by column; the first is the paper's."""

COVARIATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "entropy": "uncertainty (entropy, nats)",
        "surprisal": "surprisal of the top token (nats)",
        "n_tokens": "length (tokens)",
        "target_surprisal": "surprisal of the target (nats)",
    }
)
"""What density is plotted against, by column."""

COMPOSITION_MEASURES: Final[Mapping[str, str]] = MappingProxyType(
    {"share": "share of kept edges", "lift": "relative to the full model"}
)
"""Measures of composition, by column."""

STAGE_DIVISIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "paper": "the paper's phases",
        "structure": "one path and the backbone",
        "connection": "first connection and the backbone",
    }
)
"""What divides the fall into stages."""

UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {"n_edges": "all edges", "n_path": "one path", "n_backbone": "the backbone"}
)
"""Units of size, by the column that holds one."""

AXES: Final[Mapping[str, str]] = MappingProxyType(
    {"fraction": UNITS["n_edges"], "path": UNITS["n_path"], "backbone": UNITS["n_backbone"]}
)
"""The same units, by the axis that counts in them."""

NOTHING: Final = "–"
"""What stands in place of an unknown number."""


def trained_name(model: str) -> str:
    """The name of the model that an untrained twin belongs to; a trained model's own name."""
    return model.removesuffix(twin(""))


def model_label(name: str) -> str:
    """A model's name for display: the last two parts of a path, and a note if the model is untrained."""
    short = "/".join(trained_name(name).rstrip("/").split("/")[-2:])
    return f"{short} (untrained)" if is_untrained(name) else short


def group_label(name: str | None) -> str:
    """The name of a group of prompts; "no group" for prompts without one."""
    return name or "no group"


def stage_label(name: str) -> str:
    """A stage of the fall in words."""
    return name.replace("1e-4", "0.01 %")


def criterion_label(name: str) -> str:
    """A recovery criterion in words."""
    column, _, level = name.partition(" ")
    if column == "top1_match":
        return "same top token"
    if column == "shared_nucleus":
        return f"same {level.split()[-1]} % nucleus"
    return f"TV ≤ {level.split()[-1]}"


def number(value: float, digits: int = 2) -> str:
    """A number to some digits, with a proper minus sign."""
    if math.isnan(value):
        return NOTHING
    text = f"{value:,.{digits}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) != 0 else text.lstrip("-")


def estimate(value: float, low: float, high: float, digits: int = 2) -> str:
    """A number with its interval in brackets, if there is one."""
    if math.isnan(value) or math.isnan(low):
        return number(value, digits)
    return f"{number(value, digits)} [{number(low, digits)}, {number(high, digits)}]"


def percent(share: float) -> str:
    """A share as a percentage, to two significant digits."""
    return NOTHING if math.isnan(share) else share_text(share)


def of_the_edges(fraction: float) -> str:
    """A relative size in words: "1.2 % of the edges"."""
    return f"{percent(fraction)} of the edges"


def p_text(p: float) -> str:
    """A p-value."""
    if math.isnan(p):
        return NOTHING
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
