"""Linearised normalisation layers.

At a fixed activation x, a LayerNorm or RMSNorm is affine: norm(x) = gain * center(x) / scale + bias. ``center``
subtracts the mean (LayerNorm) or does nothing (RMSNorm), and ``scale`` is a single number. With that scale frozen, the
layer can be applied to each part of x and the results still sum to norm(x). Gain and centring are measured by calling
the layer on probes instead of reading its weights, because some architectures store the gain as 1 + weight.
Source: section 2 of docs/method.md.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class LinearNorm:
    """A normalisation layer as a linear map, up to a common factor.

    Attributes:
        gain: Gain of each channel, float32.
        subtracts_mean: Whether the layer subtracts the mean.
    """

    gain: Float[Tensor, "d_model"]
    subtracts_mean: bool

    def __call__(self, vectors: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        """Apply the map to vectors [..., d_model]; correct up to a common factor."""
        centered = vectors - vectors.mean(-1, keepdim=True) if self.subtracts_mean else vectors
        return centered * self.gain


@torch.no_grad()
def linearise(norm: nn.Module, *, like: Float[Tensor, "*batch d_model"]) -> LinearNorm:
    """Measure the gains of a normalisation layer.

    Args:
        norm: The layer.
        like: A tensor with the width, dtype and device of the layer's input.
    """
    probe = _zero_mean_probe(like.shape[-1]).to(like)
    response = _odd_part(norm, probe)
    constant = _odd_part(norm, torch.ones_like(probe))
    subtracts_mean = bool(constant.abs().max() <= 1e-3 * response.abs().max())
    return LinearNorm(gain=response / probe.float(), subtracts_mean=subtracts_mean)


@torch.no_grad()
def linearise_at(
    norm: nn.Module, states: Float[Tensor, "*batch d_model"]
) -> tuple[LinearNorm, Float[Tensor, "*batch"]]:
    """Linearise a normalisation layer at given states.

    Returns:
        The linear map, and the factor 1 / scale at each state. Factor times map equals the layer's output without its
        bias. The factor is 0 where the map gives the zero vector.
    """
    linear = linearise(norm, like=states)
    mapped = linear(states.float())
    added = norm(states).float() - norm(torch.zeros_like(states[:1])).float()
    squared = (mapped * mapped).sum(-1)
    return linear, torch.where(squared > 0, (mapped * added).sum(-1) / squared.clamp_min(1e-30), 0.0)


def _odd_part(norm: nn.Module, x: Float[Tensor, "d_model"]) -> Float[Tensor, "d_model"]:
    """(norm(x) - norm(-x)) / 2 in float32: the layer's output without its bias."""
    # the layer sees [batch=1, token=2, d_model]
    both = norm(torch.stack([x, -x])[None])[0].float()
    return (both[0] - both[1]) / 2


def _zero_mean_probe(d_model: int) -> Float[Tensor, "d_model"]:
    """A zero-mean vector without zero entries: 1, -1, 1, -1, ...; it starts with 2, -1, -1 for an odd width."""
    assert d_model > 1, "cannot measure a normalisation over a single channel"
    signs = torch.ones(d_model)
    signs[1::2] = -1.0
    if d_model % 2:
        signs[:3] = torch.tensor([2.0, -1.0, -1.0])
        signs[3::2], signs[4::2] = 1.0, -1.0
    return signs
