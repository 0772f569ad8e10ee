"""Whether a loaded model's parts add up: a numerical check on a short prompt, before anybody believes a trace."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from strace_core.errors import NumericalError
from strace_core.model.adapters import attention_output_weight
from strace_core.model.capture import Activations, capture
from strace_core.model.loaded import LoadedModel
from strace_core.model.unembed import unembed

N_TOKENS = 6

# Largest deviations from rounding alone: about a thousand units in the last place for sums of a few thousand terms in
# float32; a few units in the other two, whose last places are coarse.
PARTS_TOLERANCE = {"float32": 1e-4, "float16": 2e-2, "bfloat16": 1e-1}
OUTPUT_TOLERANCE = {"float32": 1e-3, "float16": 2e-2, "bfloat16": 1e-1}
"""Largest total variation between two ways to compute one output, by dtype."""


@dataclass(frozen=True)
class SelfCheck:
    """What a self-check found.

    ``parts`` is the largest deviation of a node's state from the sum of its in-edges, as a share of the largest entry
    of that state, over all blocks; ``worst_block`` is the block it was found in. ``output`` is the total variation
    between the untouched model's output and that of the run that the parts were taken from.
    """

    dtype: str
    parts: float
    worst_block: int
    output: float

    @property
    def ok(self) -> bool:
        """Whether both are within what rounding explains."""
        return self.parts <= PARTS_TOLERANCE[self.dtype] and self.output <= OUTPUT_TOLERANCE[self.dtype]

    def report(self) -> str:
        """Both numbers in words."""
        verdict = "passed" if self.ok else "FAILED"
        return (
            f"self-check {verdict}: in-edges sum to their node up to {self.parts:.1e} of its size (limit "
            f"{PARTS_TOLERANCE[self.dtype]:.0e}, worst in block {self.worst_block}); output within {self.output:.1e} "
            f"total variation of the plain model's (limit {OUTPUT_TOLERANCE[self.dtype]:.0e}), {self.dtype}"
        )


@torch.no_grad()
def self_check(model: LoadedModel) -> SelfCheck:
    """Run the model plainly and with its parts in the open, on a few tokens, and compare.

    Raises NumericalError naming block and weight where a value is not finite.
    """
    token_ids = probe_tokens(model)
    try:
        activations = capture(model, token_ids)
    except NumericalError as error:
        raise NumericalError(f"{error}{_not_finite_weight(model)}") from None
    with model.lock:
        batch = torch.tensor([token_ids], device=model.device)
        plain = model.module(input_ids=batch, use_cache=False, logits_to_keep=1).logits[0, -1].float().cpu()
    captured = unembed(model, activations.output[-1:])[0].cpu()
    deviations = [_deviation(model, activations, layer) for layer in range(model.spec.n_layers)]
    worst = max(range(len(deviations)), key=deviations.__getitem__)
    output = float((plain.double().softmax(-1) - captured.double().softmax(-1)).abs().sum() / 2)
    return SelfCheck(model.dtype_name, deviations[worst], worst, output)


def require(check: SelfCheck, model: LoadedModel) -> None:
    """Raise NumericalError if the check failed."""
    if not check.ok:
        raise NumericalError(
            f"{model.spec.name!r} cannot be traced: its parts do not add up to what it computes ({check.report()}). "
            "Load it in float32, or check that it is an unchanged model of its architecture."
        )


def probe_tokens(model: LoadedModel) -> tuple[int, ...]:
    """A few token ids spread over the vocabulary."""
    n_tokens = min(N_TOKENS, model.spec.max_context)
    return tuple((2 * place + 1) * model.spec.d_vocab // (2 * n_tokens) for place in range(n_tokens))


def _deviation(model: LoadedModel, activations: Activations, layer: int) -> float:
    """The largest deviation at the nodes of one block."""
    states, parts = activations.blocks[layer], model.blocks[layer]
    heads = zip(
        states.pattern, states.values, attention_output_weight(parts.attention_output, model.spec.n_heads), strict=True
    )
    attn_raw = sum(pattern.float() @ (values.float() @ weight) for pattern, values, weight in heads)
    bias = getattr(parts.attention_output, "bias", None)
    attn_raw = attn_raw if bias is None else attn_raw + bias.float()
    resid_mid = states.resid_pre + states.attn_out
    pairs = [
        (attn_raw, states.attn_raw),
        (parts.post_attention_norm(states.attn_raw) * parts.residual_multiplier, states.attn_out),
        (states.resid_pre if model.spec.parallel else resid_mid, states.resid_mid),
        (resid_mid + states.mlp_out, states.resid_post),
    ]
    if layer + 1 < model.spec.n_layers:
        pairs.append((states.resid_post, activations.blocks[layer + 1].resid_pre))
    return max(_relative(found, expected) for found, expected in pairs)


def _relative(found: Float[Tensor, "token d_model"], expected: Float[Tensor, "token d_model"]) -> float:
    size = float(expected.float().abs().max())
    return float((found.float() - expected.float()).abs().max()) / size if size else 0.0


def _not_finite_weight(model: LoadedModel) -> str:
    """The first weight with a value that is not finite, in words."""
    for name, parameter in model.module.named_parameters():
        if not torch.isfinite(parameter).all():
            return f" The weight {name!r} holds a value that is not finite."
    return ""
