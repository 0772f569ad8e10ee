"""One forward pass of the full model, every block's states kept."""

from dataclasses import dataclass
from typing import Any

import torch

from strace_core.errors import NumericalError
from strace_core.model.adapters import BlockParts
from strace_core.model.block_forward import run_block, run_blocks
from strace_core.model.loaded import LoadedModel
from strace_core.shapes import BatchedResid, GivenResid, Logits, Pattern, Resid, Values


@dataclass(frozen=True, eq=False)
class BlockActivations:
    """States of one block of the full model, one prompt, on the model's device and in its dtype.

    Named as in :class:`~strace_core.model.block_forward.BlockStates`.
    """

    resid_pre: Resid
    pattern: Pattern
    values: Values
    attn_raw: Resid
    attn_out: Resid
    resid_mid: Resid
    mlp_out: Resid
    resid_post: Resid


@dataclass(frozen=True, eq=False)
class Activations:
    """The full model on one prompt: activations by block, and logits [d_vocab] at the last position, float32."""

    blocks: tuple[BlockActivations, ...]
    logits: Logits


@torch.no_grad()
def capture(model: LoadedModel, token_ids: tuple[int, ...]) -> Activations:
    """Run the full model on ``token_ids``; raises NumericalError naming the first block with a non-finite state."""
    blocks: list[BlockActivations] = []

    def run(layer: int, parts: BlockParts, resid_pre: GivenResid, arguments: dict[str, Any]) -> BatchedResid:
        states = run_block(parts, resid_pre, None, arguments, parallel=model.spec.parallel)
        if not torch.isfinite(states.resid_post).all():
            raise NumericalError(
                f"block {layer} of {model.spec.name!r} computed a value that is not finite in {model.dtype_name}; "
                "load the model in float32 or check its weights."
            )
        blocks.append(BlockActivations(**{name: state[0] for name, state in vars(states).items()}))
        return states.resid_post

    logits = run_blocks(model, torch.tensor(token_ids, device=model.device), run)
    return Activations(tuple(blocks), logits[0].cpu().numpy())
