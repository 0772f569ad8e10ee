import pytest
import torch
from torch import nn
from transformers.models.gemma.modeling_gemma import GemmaRMSNorm
from transformers.models.llama.modeling_llama import LlamaRMSNorm

from strace_core.model.norms import linearise, linearise_at


def layer_norm(width: int) -> nn.Module:
    norm = nn.LayerNorm(width)
    nn.init.normal_(norm.bias)
    return norm


@pytest.mark.parametrize("width", [2, 7, 32])
@pytest.mark.parametrize(("make", "subtracts_mean"), [(layer_norm, True), (LlamaRMSNorm, False), (GemmaRMSNorm, False)])
def test_parts_pass_the_linearised_norm_as_their_sum_passes_the_norm(make, subtracts_mean, width) -> None:
    torch.manual_seed(width)
    norm = make(width)
    with torch.no_grad():
        nn.init.normal_(norm.weight, mean=0.8)
        parts = torch.randn(5, width)
        linear = linearise(norm, like=parts)
        through = linear(parts).sum(0)
        answer = norm(parts.sum(0)) - getattr(norm, "bias", torch.zeros(width))
    assert linear.subtracts_mean == subtracts_mean
    torch.testing.assert_close(through / through.norm(), answer / answer.norm(), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("make", [layer_norm, LlamaRMSNorm, GemmaRMSNorm])
def test_parts_of_a_state_add_up_to_what_the_norm_makes_of_it(make) -> None:
    """With the factor of each state, its size included; a state of zero gives nothing."""
    torch.manual_seed(1)
    norm = make(7)
    with torch.no_grad():
        nn.init.normal_(norm.weight, mean=0.8)
        parts = torch.randn(4, 3, 7)
        parts[:, 2] = 0
        linear, factor = linearise_at(norm, parts.sum(0))
        answer = norm(parts.sum(0)) - getattr(norm, "bias", torch.zeros(7))
    torch.testing.assert_close(factor[:, None] * linear(parts).sum(0), answer, atol=1e-5, rtol=1e-5)
