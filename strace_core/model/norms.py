"""Linearised normalisation layers.

At a fixed activation x a LayerNorm or RMSNorm is affine: norm(x) = gain * center(x) / scale + bias, where ``center``
subtracts the mean or does nothing and ``scale`` is one number. Applied to the parts of x with that same scale, it keeps
their sum. Gain and centring are measured by calling the layer on probes instead of reading weights, because
architectures store gains differently (1 + weight in some).
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class LinearNorm:
    """Channel gains [d_model] in float32, up to one common factor, and whether the layer subtracts the mean."""

    gain: Float[Tensor, "d_model"]
    subtracts_mean: bool

    def __call__(self, vectors: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        """The vectors as the normalisation passes them on, up to one common factor."""
        centered = vectors - vectors.mean(-1, keepdim=True) if self.subtracts_mean else vectors
        return centered * self.gain


@torch.no_grad()
def linearise(norm: nn.Module, *, like: Float[Tensor, "*batch d_model"]) -> LinearNorm:
    """Measure the gains of a normalisation layer; ``like`` gives width, dtype and device of what it is applied to."""
    probe = _zero_mean_probe(like.shape[-1]).to(like)
    response = _odd_part(norm, probe)
    constant = _odd_part(norm, torch.ones_like(probe))
    subtracts_mean = bool(constant.abs().max() <= 1e-3 * response.abs().max())
    return LinearNorm(gain=response / probe.float(), subtracts_mean=subtracts_mean)


@torch.no_grad()
def linearise_at(
    norm: nn.Module, states: Float[Tensor, "*batch d_model"]
) -> tuple[LinearNorm, Float[Tensor, "*batch"]]:
    """The layer as a linear map, and the factor 1 / scale at each of the states that it is applied to.

    Factor times map of a state is what the layer makes of it, its bias apart. The factor is found by comparing the two;
    it is 0 where the map gives nothing.
    """
    linear = linearise(norm, like=states)
    mapped = linear(states.float())
    added = norm(states).float() - norm(torch.zeros_like(states[:1])).float()
    squared = (mapped * mapped).sum(-1)
    return linear, torch.where(squared > 0, (mapped * added).sum(-1) / squared.clamp_min(1e-30), 0.0)


def _odd_part(norm: nn.Module, x: Float[Tensor, "d_model"]) -> Float[Tensor, "d_model"]:
    """(norm(x) - norm(-x)) / 2 in float32: the layer's answer without its bias."""
    both = norm(torch.stack([x, -x])[None])[0].float()
    return (both[0] - both[1]) / 2


def _zero_mean_probe(d_model: int) -> Float[Tensor, "d_model"]:
    """A vector of mean zero without a zero entry: 1, -1, 1, -1 ..., led by 2, -1, -1 when the width is odd."""
    assert d_model > 1, "a normalisation over one channel has no direction to measure"
    signs = torch.ones(d_model)
    signs[1::2] = -1.0
    if d_model % 2:
        signs[:3] = torch.tensor([2.0, -1.0, -1.0])
        signs[3::2], signs[4::2] = 1.0, -1.0
    return signs
