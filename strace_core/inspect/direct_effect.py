"""Direct logit attribution: what a contribution adds to the logits directly, bypassing all later blocks.

Source: section 7 of docs/method.md.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from strace_core.model.capture import Capture
from strace_core.model.loaded import LoadedModel
from strace_core.model.norms import linearise_at
from strace_core.model.unembed import unembed
from strace_core.shapes import Logits

PROBE = 2.0**-7
"""A logit so small that a soft-cap does not change it, and exact in every dtype."""

ROWS_PER_STEP = 2**13
"""Rows of the unembedding matrix that are converted to float32 at a time."""


@torch.no_grad()
def direct_effect(model: LoadedModel, capture: Capture, token: int, vector: Float[Tensor, "d_model"]) -> Logits:
    """Compute what a contribution adds directly to the logits of the prediction at ``token``.

    The final norm is linearised at the full model's last state there, so that the effects of all contributions to that
    state sum to the model's logits, up to the biases of norm and unembedding. A constant factor on the logits is
    included. A soft-cap is not, because it acts on the sum.

    Args:
        model: The model.
        capture: Its capture of the prompt.
        token: Token whose residual stream the contribution is added to.
        vector: The contribution.

    Returns:
        Logits, float32 [d_vocab].
    """
    linear, factor = linearise_at(model.final_norm, capture.activations.output[token : token + 1])
    normed = factor * linear(vector)  # [d_model]
    unembedding = torch.split(_head(model).get_parameter("weight"), ROWS_PER_STEP)
    effect = torch.cat([rows.float() @ normed for rows in unembedding])  # each [row, d_model] @ [d_model] -> [d_vocab]
    return (effect * logit_scale(model)).cpu().numpy()


def logit_scale(model: LoadedModel) -> float:
    """Return the constant factor that the model applies to its logits; 1 in most architectures.

    It is measured by replacing the output of the unembedding with a small number, because architectures store it under
    different names.
    """

    def probe(module: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> Tensor:
        return torch.full_like(output, PROBE)

    with model.lock:
        hook = _head(model).register_forward_hook(probe)
        try:
            logits = unembed(model, torch.zeros(1, model.spec.d_model, dtype=model.module.dtype, device=model.device))
        finally:
            hook.remove()
    return float(logits[0, 0]) / PROBE


def _head(model: LoadedModel) -> nn.Module:
    """The unembedding layer."""
    head = model.module.get_output_embeddings()
    assert head is not None, "a causal language model has an unembedding"
    return head
