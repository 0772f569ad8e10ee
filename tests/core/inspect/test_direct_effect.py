import copy

import numpy as np
import pytest
import torch

from strace_core import capture_prompt
from strace_core.inspect.components import head_vectors
from strace_core.inspect.direct_effect import direct_effect, logit_scale
from strace_core.model.capture import Capture
from strace_core.model.loaded import LoadedModel
from strace_core.model.unembed import unembed
from tests.core.tiny_models import CONFIGS, plain_logits, tiny_model

TOKENS = (7, 3, 41, 3, 19, 8, 2)


def without_soft_cap(name: str) -> LoadedModel:
    model = tiny_model(name)
    if getattr(model.module.config, "final_logit_softcapping", None) is not None:
        model.module.config = copy.deepcopy(model.module.config)  # the blocks keep the one that all models share
        model.module.config.final_logit_softcapping = None
    return model


@torch.no_grad()
def parts_of_the_final_state(model: LoadedModel, capture: Capture, token: int) -> list[torch.Tensor]:
    """Embedding, every head, the biases of the output projections, every MLP: what is summed up at one token."""
    blocks = capture.activations.blocks
    parts = [blocks[0].resid_pre[token]]
    for layer, block in enumerate(blocks):
        heads = [head_vectors(model, capture, layer, head, token).sum(0) for head in range(model.spec.n_heads)]
        bias = getattr(model.blocks[layer].attention_output, "bias", None)
        # no architecture has both this bias and a norm after it, so it is added as it is
        added = [] if bias is None else [bias * model.blocks[layer].residual_multiplier]
        parts += [*heads, *added, block.mlp_out[token]]
    return parts


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_effects_of_all_parts_sum_to_the_models_own_logits(name: str) -> None:
    """At any position, and up to the biases of norm and head, which a state of zero shows."""
    model = without_soft_cap(name)
    capture = capture_prompt(model, TOKENS)
    biases = unembed(model, torch.zeros(1, model.spec.d_model))[0]
    for token in (2, len(TOKENS) - 1):
        parts = parts_of_the_final_state(model, capture, token)
        effects = [direct_effect(model, capture, token, part) for part in parts]
        expected = (plain_logits(model, TOKENS[: token + 1]) - biases).numpy()
        np.testing.assert_allclose(np.sum(effects, axis=0), expected, atol=2e-4 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("name", "factor"), [("cohere", 0.4), ("granite", 0.5), ("gemma2", 1.0), ("gpt2", 1.0), ("phi", 1.0)]
)
def test_a_constant_factor_on_the_logits_is_found_and_no_soft_cap(name: str, factor: float) -> None:
    model = tiny_model(name)
    assert logit_scale(model) == pytest.approx(factor, rel=1e-5)
    head = model.module.get_output_embeddings()
    assert not head._forward_hooks


def test_a_soft_cap_is_left_out() -> None:
    """So effects are those of the model without one."""
    model, plain = tiny_model("gemma2"), without_soft_cap("gemma2")
    vector = torch.arange(model.spec.d_model).float()
    effect = direct_effect(model, capture_prompt(model, TOKENS), 1, vector)
    np.testing.assert_allclose(effect, direct_effect(plain, capture_prompt(plain, TOKENS), 1, vector), rtol=1e-5)
    assert np.abs(effect).max() > model.module.config.final_logit_softcapping
