"""Scoring rules: how much each edge accounts for of the node it enters. One function per rule.

Source: section 2 of docs/method.md.
"""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from strace_core.errors import SettingError
from strace_core.graph.contributions import Measure, measure_edges
from strace_core.graph.layout import EdgeLayout
from strace_core.model.capture import Activations
from strace_core.model.loaded import LoadedModel
from strace_core.shapes import EdgeScores, HeadVectors

MAX_CHUNK = 2**22
"""Elements of one chunk of vectors that ``ifr`` makes explicit (16 MiB)."""


def l1(model: LoadedModel, activations: Activations, layout: EdgeLayout, seed: int) -> EdgeScores:
    """|e|_1 over the sum of |e'|_1 of all edges e' into the same node; the paper's rule."""
    return share_among_siblings(layout, measure_edges(model, activations, layout, norm_measure(1)))


def l2(model: LoadedModel, activations: Activations, layout: EdgeLayout, seed: int) -> EdgeScores:
    """As ``l1`` with the Euclidean norm."""
    return share_among_siblings(layout, measure_edges(model, activations, layout, norm_measure(2)))


def cosine(model: LoadedModel, activations: Activations, layout: EdgeLayout, seed: int) -> EdgeScores:
    """(1 + cos(e, x)) / 2, x being the node's own vector; 0 where either is the zero vector. Not a share."""
    return measure_edges(model, activations, layout, COSINE)


def ifr(model: LoadedModel, activations: Activations, layout: EdgeLayout, seed: int) -> EdgeScores:
    """Proximity max(0, |x|_1 - |x - e|_1) over its sum in the node, x being the node's own vector.

    Source: Ferrando and Voita, Information Flow Routes (2024); clipped at 0, not shifted.
    """
    return share_among_siblings(layout, measure_edges(model, activations, layout, PROXIMITY))


def random(model: LoadedModel, activations: Activations, layout: EdgeLayout, seed: int) -> EdgeScores:
    """Uniform in [0, 1), from ``seed``."""
    return np.random.default_rng(seed).random(layout.n_edges, dtype=np.float32)


ScoreRule = Callable[[LoadedModel, Activations, EdgeLayout, int], EdgeScores]

SCORE_RULES: dict[str, ScoreRule] = {"l1": l1, "l2": l2, "cosine": cosine, "ifr": ifr, "random": random}
"""Scoring rules by name. Each returns one number in [0, 1] per edge id, float32; those of ``l1``, ``l2`` and ``ifr``
are shares, which sum to 1 over the edges into a node."""


def score_rule(name: str) -> ScoreRule:
    """The rule of that name; raises SettingError if there is none."""
    if not isinstance(name, str) or name not in SCORE_RULES:
        raise SettingError(f"there is no score rule {name!r}; choose one of {', '.join(SCORE_RULES)}.")
    return SCORE_RULES[name]


def share_among_siblings(layout: EdgeLayout, weights: EdgeScores) -> EdgeScores:
    """Divide by the sum over the edges into the same node. A node into which nothing is added gives shares of 0."""
    first_edges = np.unique(layout.in_edge_start[:-1][np.diff(layout.in_edge_start) > 0])
    totals = np.add.reduceat(weights, first_edges, dtype=np.float64)
    n_siblings = np.diff(np.append(first_edges, layout.n_edges))
    inverse = np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)
    return (weights * np.repeat(inverse, n_siblings)).astype(np.float32)


def norm_measure(order: int) -> Measure:
    """The ``order``-norm of what an edge adds."""

    def norm(vectors: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch"]:
        return torch.linalg.vector_norm(vectors, ord=order, dim=-1)

    return Measure(
        of_vectors=lambda vectors, nodes: norm(vectors), of_head=lambda scalars, vectors, nodes: scalars * norm(vectors)
    )


def _cosines(vectors: Float[Tensor, "target d_model"], nodes: Float[Tensor, "target d_model"]) -> Tensor:
    return _from_cosine((vectors * nodes).sum(-1), vectors.norm(dim=-1) * nodes.norm(dim=-1))


def _cosines_of_head(scalars: Tensor, vectors: HeadVectors, nodes: Float[Tensor, "target d_model"]) -> Tensor:
    lengths = vectors.norm(dim=-1) * nodes.norm(dim=-1)[:, None]
    return torch.where(scalars > 0, _from_cosine(nodes @ vectors.T, lengths), 0.0)


def _from_cosine(products: Float[Tensor, "*place"], lengths: Float[Tensor, "*place"]) -> Float[Tensor, "*place"]:
    """(1 + cos) / 2, and 0 where a length is 0."""
    return torch.where(lengths > 0, ((1 + products / lengths) / 2).clamp(0, 1), 0.0)


def _proximities(vectors: Float[Tensor, "*place d_model"], nodes: Float[Tensor, "*#place d_model"]) -> Tensor:
    return (nodes.abs().sum(-1) - (nodes - vectors).abs().sum(-1)).clamp_min(0)


def _proximities_of_head(scalars: Tensor, vectors: HeadVectors, nodes: Float[Tensor, "target d_model"]) -> Tensor:
    """In chunks of targets, since here the vector of every edge has to be there."""
    step = max(1, MAX_CHUNK // vectors.numel())
    chunks = zip(torch.split(scalars, step), torch.split(nodes, step), strict=True)
    return torch.cat([_proximities(part[..., None] * vectors, node[:, None]) for part, node in chunks])


COSINE = Measure(_cosines, _cosines_of_head)
PROXIMITY = Measure(_proximities, _proximities_of_head)
