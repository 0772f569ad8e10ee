"""Measures of a contribution: its norm, its direction, or its proximity to the node.

Source: section 2 of docs/method.md.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from strace_core.graph.contributions import Measure
from strace_core.model.tensors import HeadVectors

MAX_CHUNK = 2**22
"""Elements of one chunk of the vectors that ``ifr`` materialises (16 MiB)."""


def norm_measure(order: int) -> Measure:
    """Return the measure that is the ``order``-norm of a contribution."""

    def norm(vectors: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch"]:
        return torch.linalg.vector_norm(vectors, ord=order, dim=-1)

    return Measure(
        of_vectors=lambda vectors, nodes: norm(vectors), of_head=lambda scalars, vectors, nodes: scalars * norm(vectors)
    )


def _cosines(vectors: Float[Tensor, "target d_model"], nodes: Float[Tensor, "target d_model"]) -> Tensor:
    return _from_cosine((vectors * nodes).sum(-1), vectors.norm(dim=-1) * nodes.norm(dim=-1))


def _cosines_of_head(scalars: Tensor, vectors: HeadVectors, nodes: Float[Tensor, "target d_model"]) -> Tensor:
    lengths = vectors.norm(dim=-1) * nodes.norm(dim=-1)[:, None]  # [target, source]
    products = nodes @ vectors.T  # [target, d_model] @ [d_model, source]
    return torch.where(scalars > 0, _from_cosine(products, lengths), 0.0)


def _from_cosine(products: Float[Tensor, "*place"], lengths: Float[Tensor, "*place"]) -> Float[Tensor, "*place"]:
    """(1 + cos) / 2; 0 where a length is 0."""
    return torch.where(lengths > 0, ((1 + products / lengths) / 2).clamp(0, 1), 0.0)


def _proximities(vectors: Float[Tensor, "*place d_model"], nodes: Float[Tensor, "*#place d_model"]) -> Tensor:
    return (nodes.abs().sum(-1) - (nodes - vectors).abs().sum(-1)).clamp_min(0)


def _proximities_of_head(scalars: Tensor, vectors: HeadVectors, nodes: Float[Tensor, "target d_model"]) -> Tensor:
    """In chunks of targets, because this measure needs the vector of every edge."""
    step = max(1, MAX_CHUNK // vectors.numel())
    chunks = zip(torch.split(scalars, step), torch.split(nodes, step), strict=True)
    # [target, source, 1] * [source, d_model] -> [target, source, d_model]; nodes are [target, 1, d_model]
    return torch.cat([_proximities(part[..., None] * vectors, node[:, None]) for part, node in chunks])


MEASURES = {
    "l1": norm_measure(1),
    "l2": norm_measure(2),
    "cosine": Measure(_cosines, _cosines_of_head),
    "ifr": Measure(_proximities, _proximities_of_head),
}
"""The measure behind each score rule that looks at contributions."""
