"""What a vector in the stream adds to the logits directly: through the final norm and the head, past no later block.

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
"""An output of the head so small that a soft-cap leaves it as it is, and no rounding error in any dtype."""

ROWS_AT_A_TIME = 2**13
"""Rows of the unembedding matrix that are in float32 at a time."""


@torch.no_grad()
def direct_effect(model: LoadedModel, capture: Capture, token: int, vector: Float[Tensor, "d_model"]) -> Logits:
    """Logits, float32 [d_vocab], that ``vector`` adds to the prediction made at ``token``.

    The final norm is linearised at the model's own last state there, so that the effects of all parts of that state sum
    to the model's logits, up to the biases of norm and head. A constant factor on the logits is included; a soft-cap,
    which would squash their sum, is not.
    """
    linear, factor = linearise_at(model.final_norm, capture.activations.output[token : token + 1])
    normed = factor * linear(vector)
    unembedding = torch.split(_head(model).get_parameter("weight"), ROWS_AT_A_TIME)
    effect = torch.cat([rows.float() @ normed for rows in unembedding])
    return (effect * logit_scale(model)).cpu().numpy()


def logit_scale(model: LoadedModel) -> float:
    """The constant factor between what the head's matrix gives and the logits, 1 in most architectures.

    Measured with a small number in place of the head's output, because architectures keep it under different names.
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
    """The layer whose matrix is the unembedding."""
    head = model.module.get_output_embeddings()
    assert head is not None, "a model that predicts the next token has a head"
    return head
