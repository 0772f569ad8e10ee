"""Self-check: do the contributions of a loaded model sum to its residual stream, and does it still give its output?"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from strace_core.errors import NumericalError
from strace_core.model.adapters import attention_output_weight
from strace_core.model.capture import Activations, capture
from strace_core.model.loaded import LoadedModel
from strace_core.model.unembed import unembed

N_PROBE_TOKENS = 6
"""Tokens of the prompt that the check runs on."""

# What rounding can explain: in float32 about a thousand units in the last place, for sums of a few thousand terms; in
# the other two, whose units are coarse, a few.
PARTS_TOLERANCE = {"float32": 1e-4, "float16": 2e-2, "bfloat16": 1e-1}
"""Largest accepted relative deviation of a state from the sum of its contributions, by dtype."""
OUTPUT_TOLERANCE = {"float32": 1e-3, "float16": 2e-2, "bfloat16": 1e-1}
"""Largest accepted total variation between two ways of computing the same output, by dtype."""


@dataclass(frozen=True)
class SelfCheck:
    """Result of a self-check.

    Attributes:
        dtype: Dtype of the model.
        parts: Largest deviation of a node's state from the sum of its in-edges, relative to the largest entry of that
            state, over all blocks.
        worst_block: The block where it occurred.
        output: Total variation between the output of the unmodified model and that of the run the parts come from.
    """

    dtype: str
    parts: float
    worst_block: int
    output: float

    @property
    def ok(self) -> bool:
        """Whether both deviations can be explained by rounding."""
        return self.parts <= PARTS_TOLERANCE[self.dtype] and self.output <= OUTPUT_TOLERANCE[self.dtype]

    def report(self) -> str:
        """Return both numbers as text."""
        verdict = "passed" if self.ok else "FAILED"
        return (
            f"self-check {verdict} in {self.dtype}: each node equals the sum of its in-edges within {self.parts:.1e} "
            f"of its size (limit {PARTS_TOLERANCE[self.dtype]:.0e}, worst in block {self.worst_block}); the output is "
            f"within {self.output:.1e} total variation of the plain model's "
            f"(limit {OUTPUT_TOLERANCE[self.dtype]:.0e})"
        )


@torch.no_grad()
def self_check(model: LoadedModel) -> SelfCheck:
    """Compare the unmodified model with the contributions that tracing takes from it, on a few tokens.

    Raises:
        NumericalError: A value is not finite; the message names the block and the weight.
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
    """Require that the check passed.

    Raises:
        NumericalError: It failed.
    """
    if not check.ok:
        raise NumericalError(
            f"{model.spec.name!r} cannot be traced: its parts do not add up to its output ({check.report()}). "
            "Load it in float32, or check that it is an unmodified model of its architecture."
        )


def probe_tokens(model: LoadedModel) -> tuple[int, ...]:
    """Return a few token ids, evenly spread over the vocabulary."""
    n_tokens = min(N_PROBE_TOKENS, model.spec.max_context)
    return tuple((2 * index + 1) * model.spec.d_vocab // (2 * n_tokens) for index in range(n_tokens))


def _deviation(model: LoadedModel, activations: Activations, layer: int) -> float:
    """The largest deviation at the nodes of one block, relative to the size of the state."""
    states, parts = activations.blocks[layer], model.blocks[layer]
    heads = zip(
        states.pattern, states.values, attention_output_weight(parts.attention_output, model.spec.n_heads), strict=True
    )
    # each head: [target, source] @ ([source, d_head] @ [d_head, d_model]) -> [target, d_model]
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
    """A sentence that names the first weight with a non-finite value."""
    for name, parameter in model.module.named_parameters():
        if not torch.isfinite(parameter).all():
            return f" The weight {name!r} has a non-finite value."
    return ""
