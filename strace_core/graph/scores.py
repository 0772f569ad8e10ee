"""Scoring rules: how much each edge accounts for of the node it enters. One function per rule.

Source: section 2 of docs/method.md.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from strace_core.errors import SettingError
from strace_core.graph.layout import EdgeLayout
from strace_core.progress import BeforeBlock, go_on
from strace_core.shapes import EdgeScores

if TYPE_CHECKING:
    from strace_core.model.capture import Activations
    from strace_core.model.loaded import LoadedModel


def l1(
    model: "LoadedModel", activations: "Activations", layout: EdgeLayout, seed: int, before_block: BeforeBlock = go_on
) -> EdgeScores:
    """|e|_1 over the sum of |e'|_1 of all edges e' into the same node; the paper's rule."""
    return share_among_siblings(layout, _measured(model, activations, layout, before_block, "l1"))


def l2(
    model: "LoadedModel", activations: "Activations", layout: EdgeLayout, seed: int, before_block: BeforeBlock = go_on
) -> EdgeScores:
    """As ``l1`` with the Euclidean norm."""
    return share_among_siblings(layout, _measured(model, activations, layout, before_block, "l2"))


def cosine(
    model: "LoadedModel", activations: "Activations", layout: EdgeLayout, seed: int, before_block: BeforeBlock = go_on
) -> EdgeScores:
    """(1 + cos(e, x)) / 2, x being the node's own vector; 0 where either is the zero vector. Not a share."""
    return _measured(model, activations, layout, before_block, "cosine")


def ifr(
    model: "LoadedModel", activations: "Activations", layout: EdgeLayout, seed: int, before_block: BeforeBlock = go_on
) -> EdgeScores:
    """Proximity max(0, |x|_1 - |x - e|_1) over its sum in the node, x being the node's own vector.

    Source: Ferrando and Voita, Information Flow Routes (2024); clipped at 0, not shifted.
    """
    return share_among_siblings(layout, _measured(model, activations, layout, before_block, "ifr"))


def random(
    model: "LoadedModel", activations: "Activations", layout: EdgeLayout, seed: int, before_block: BeforeBlock = go_on
) -> EdgeScores:
    """Uniform in [0, 1), from ``seed``."""
    return np.random.default_rng(seed).random(layout.n_edges, dtype=np.float32)


ScoreRule = Callable[["LoadedModel", "Activations", EdgeLayout, int, BeforeBlock], EdgeScores]

SCORE_RULES: dict[str, ScoreRule] = {"l1": l1, "l2": l2, "cosine": cosine, "ifr": ifr, "random": random}
"""Scoring rules by name. Each returns one number in [0, 1] per edge id, float32; those of ``l1``, ``l2`` and ``ifr``
are shares, which sum to 1 over the edges into a node."""


def score_rule(name: str) -> ScoreRule:
    """The rule of that name; raises SettingError if there is none."""
    if not isinstance(name, str) or name not in SCORE_RULES:
        raise SettingError(f"there is no score rule {name!r}; choose one of {', '.join(SCORE_RULES)}.")
    return SCORE_RULES[name]


def _measured(
    model: "LoadedModel", activations: "Activations", layout: EdgeLayout, before_block: BeforeBlock, rule: str
) -> EdgeScores:
    """The measure of every edge that a rule is made of."""
    # Imported here: the names of the rules are wanted where nobody waits for torch.
    from strace_core.graph.contributions import measure_edges
    from strace_core.graph.measures import MEASURES

    return measure_edges(model, activations, layout, MEASURES[rule], before_block)


def share_among_siblings(layout: EdgeLayout, weights: EdgeScores) -> EdgeScores:
    """Divide by the sum over the edges into the same node. A node into which nothing is added gives shares of 0."""
    first_edges = np.unique(layout.in_edge_start[:-1][np.diff(layout.in_edge_start) > 0])
    totals = np.add.reduceat(weights, first_edges, dtype=np.float64)
    n_siblings = np.diff(np.append(first_edges, layout.n_edges))
    inverse = np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)
    return (weights * np.repeat(inverse, n_siblings)).astype(np.float32)
