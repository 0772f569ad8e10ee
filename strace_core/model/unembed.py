"""States of the stream -> next-token logits, through the model's own final norm, head, soft-cap and scaling."""

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
    """Next-token logits, float32, of the states taken for the last block's output.

    ``states`` are on the model's device and in its dtype. The model runs on one token, of which nothing is used: the
    states stand in for what its last block returns, so that this holds for any architecture.
    """

    def run(layer: int, parts: BlockParts, resid_pre: GivenResid, arguments: dict[str, Any]) -> BatchedResid:
        return states[:, None] if layer + 1 == model.spec.n_layers else resid_pre

    return run_blocks(model, torch.zeros(1, 1, dtype=torch.long, device=model.device), run)
