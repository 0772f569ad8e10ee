"""Score rules: how important each edge is to the node it enters. One function per rule, all with one signature.

Source: section 2 of docs/method.md.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from strace_core.errors import SettingError
from strace_core.graph.layout import EdgeLayout
from strace_core.progress import BeforeBlock, no_op
from strace_core.shapes import EdgeScores

if TYPE_CHECKING:
    from strace_core.model.capture import Activations
    from strace_core.model.loaded import LoadedModel


def l1(
    model: "LoadedModel", activations: "Activations", layout: EdgeLayout, seed: int, before_block: BeforeBlock = no_op
) -> EdgeScores:
    """Score an edge by its share of the L1 norms of all contributions to its node, the paper's rule."""
    return share_among_siblings(layout, _measured(model, activations, layout, before_block, "l1"))


def l2(
    model: "LoadedModel", activations: "Activations", layout: EdgeLayout, seed: int, before_block: BeforeBlock = no_op
) -> EdgeScores:
    """Score an edge by its share of the L2 norms of all contributions to its node."""
    return share_among_siblings(layout, _measured(model, activations, layout, before_block, "l2"))


def cosine(
    model: "LoadedModel", activations: "Activations", layout: EdgeLayout, seed: int, before_block: BeforeBlock = no_op
) -> EdgeScores:
    """Score an edge by (1 + cos(e, x)) / 2 for its contribution e to the state x; 0 if either is zero. Not a share."""
    return _measured(model, activations, layout, before_block, "cosine")


def ifr(
    model: "LoadedModel", activations: "Activations", layout: EdgeLayout, seed: int, before_block: BeforeBlock = no_op
) -> EdgeScores:
    """Score an edge by its share of the proximities max(0, |x|_1 - |x - e|_1) of all contributions e to the state x.

    Source: Ferrando and Voita, Information Flow Routes (2024); clipped at 0 instead of shifted.
    """
    return share_among_siblings(layout, _measured(model, activations, layout, before_block, "ifr"))


def random(
    model: "LoadedModel", activations: "Activations", layout: EdgeLayout, seed: int, before_block: BeforeBlock = no_op
) -> EdgeScores:
    """Score edges uniformly at random in [0, 1)."""
    return np.random.default_rng(seed).random(layout.n_edges, dtype=np.float32)


ScoreRule = Callable[["LoadedModel", "Activations", EdgeLayout, int, BeforeBlock], EdgeScores]
"""(model, activations, layout, seed, before_block) -> scores."""

SCORE_RULES: dict[str, ScoreRule] = {"l1": l1, "l2": l2, "cosine": cosine, "ifr": ifr, "random": random}
"""Score rules by name. Each returns one float32 number in [0, 1] per edge id. The scores of ``l1``, ``l2`` and ``ifr``
are shares: they sum to 1 over the edges into a node."""


def score_rule(name: str) -> ScoreRule:
    """Return a score rule by name.

    Raises:
        SettingError: There is no such rule.
    """
    if not isinstance(name, str) or name not in SCORE_RULES:
        raise SettingError(f"there is no score rule {name!r}; choose one of {', '.join(SCORE_RULES)}.")
    return SCORE_RULES[name]


def _measured(
    model: "LoadedModel", activations: "Activations", layout: EdgeLayout, before_block: BeforeBlock, rule: str
) -> EdgeScores:
    """The measure of every edge behind a rule."""
    # Imported here, so that the names of the rules are available without importing torch.
    from strace_core.graph.contributions import measure_edges
    from strace_core.graph.measures import MEASURES

    return measure_edges(model, activations, layout, MEASURES[rule], before_block)


def share_among_siblings(layout: EdgeLayout, weights: EdgeScores) -> EdgeScores:
    """Divide every weight by the sum over the edges into the same node; shares are 0 where that sum is 0."""
    first_edges = np.unique(layout.in_edge_start[:-1][np.diff(layout.in_edge_start) > 0])  # [node with in-edges]
    totals = np.add.reduceat(weights, first_edges, dtype=np.float64)
    n_siblings = np.diff(np.append(first_edges, layout.n_edges))
    inverse = np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)
    return (weights * np.repeat(inverse, n_siblings)).astype(np.float32)  # [node with in-edges] -> [edge]
