"""What the parts of a study are called on the page of findings."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from strace_core.study import is_untrained

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "attention": "attention heads",
        "mlp": "MLPs",
        "residual_attn": "skips past attention",
        "residual_mlp": "skips past MLPs",
        "residual": "skip connections",
    }
)
"""Kinds of edge. A block whose attention and MLP run side by side has one skip past both."""

DEPTHS: Final[Mapping[int, str]] = MappingProxyType(
    {1: "first quarter", 2: "second quarter", 3: "third quarter", 4: "last quarter"}
)
"""Quarters of the blocks."""

DENSITY: Final = "density (area under tv)"
"""What ``auc_tv_log`` is called."""

DENSITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "auc_tv_log": DENSITY,
        "auc_tv": "density, linear in size",
        "size at tv <= 0.1": "size until tv is at most 0.1",
    }
)

MEASURED_BY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "auc_tv_log": "area over log size",
        "auc_tv": "area over size",
        "size at tv <= 0.1": "size at distance 0.1",
    }
)
"""What each measure of density is called; the first is the paper's."""

COVARIATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "entropy": "uncertainty (entropy, nats)",
        "surprisal": "surprisal of the top token (nats)",
        "n_tokens": "length (tokens)",
        "target_surprisal": "surprisal of the target (nats)",
    }
)
"""What density is held against."""

DIVISIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "paper": "the paper's phases",
        "structure": "one path, the backbone",
        "connection": "first connection, the backbone",
    }
)
"""What divides the fall into stages."""

UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {"n_edges": "all edges", "n_path": "one path", "n_backbone": "the backbone"}
)
"""What sizes are counted in."""

AXES: Final[Mapping[str, str]] = MappingProxyType(
    {"fraction": "all edges", "path": "one path", "backbone": "the backbone"}
)
"""The same as units of an axis."""

NOTHING: Final = "–"
"""Stands where a number is not known."""


def model_label(name: str) -> str:
    """A model's name, of a path the last two parts, and whether it is untrained."""
    base, _, _ = name.partition(":untrained") if is_untrained(name) else (name, "", "")
    short = "/".join(base.rstrip("/").split("/")[-2:])
    return f"{short} (untrained)" if is_untrained(name) else short


def group_label(name: str | None) -> str:
    """A group's name; prompts without a group have one too."""
    return name or "no group"


def stage_label(name: str) -> str:
    """A stage of the fall in words."""
    return name.replace("1e-4", "0.01 %")


def criterion_label(name: str) -> str:
    """A criterion of recovery in words."""
    column, _, level = name.partition(" ")
    if column == "top1_match":
        return "same top token"
    if column == "shared_nucleus":
        return f"shared list to {level.split()[-1]} %"
    return f"distance (tv) ≤ {level.split()[-1]}"


def number(value: float, digits: int = 2) -> str:
    """A number as words."""
    if math.isnan(value):
        return NOTHING
    text = f"{value:,.{digits}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) != 0 else text.lstrip("-")


def estimate(value: float, low: float, high: float, digits: int = 2) -> str:
    """A number with its interval."""
    if math.isnan(value):
        return NOTHING
    if math.isnan(low):
        return number(value, digits)
    return f"{number(value, digits)} [{number(low, digits)}, {number(high, digits)}]"


def small_number(value: float) -> str:
    """A share as percent, or a number to two digits that count."""
    if math.isnan(value):
        return NOTHING
    return f"{100 * value:.2g} %" if value < 0.1 else f"{100 * value:.0f} %"


def p_text(p: float) -> str:
    """A p-value."""
    if math.isnan(p):
        return NOTHING
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
