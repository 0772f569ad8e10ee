"""Residual stream -> next-token logits, through the model's own final norm, unembedding, soft-cap and scaling."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from strace_core.model.adapters import BlockParts
from strace_core.model.block_forward import run_blocks
from strace_core.model.loaded import LoadedModel
from strace_core.model.tensors import BatchedResid, GivenResid


@torch.no_grad()
def unembed(model: LoadedModel, states: Float[Tensor, "batch d_model"]) -> Float[Tensor, "batch d_vocab"]:
    """Compute float32 next-token logits with ``states`` in place of the last block's output.

    The model runs on one dummy token and its last block returns ``states``, so this works for any architecture.

    Args:
        model: The model.
        states: States [batch, d_model], on the model's device and in its dtype.

    Returns:
        Logits [batch, d_vocab].
    """

    def run(layer: int, parts: BlockParts, resid_pre: GivenResid, arguments: dict[str, Any]) -> BatchedResid:
        is_last = layer + 1 == model.spec.n_layers
        return states[:, None] if is_last else resid_pre  # [batch, token=1, d_model]

    return run_blocks(model, torch.zeros(1, 1, dtype=torch.long, device=model.device), run)
