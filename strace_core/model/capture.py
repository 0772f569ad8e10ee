"""One forward pass of the full model over a whole prompt, every block's states kept.

The models are causal: what is computed at a position does not depend on the tokens after it. So the states up to a
position are the first rows of the whole prompt's, and one capture serves the prediction at every position.
"""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from strace_core.errors import ModelError, NumericalError
from strace_core.model.adapters import BlockParts
from strace_core.model.block_forward import run_block, run_blocks
from strace_core.model.loaded import LoadedModel
from strace_core.model.spec import ModelSpec
from strace_core.model.tensors import BatchedResid, GivenResid, Pattern, Resid, Values
from strace_core.progress import OnProgress, Progress, unheard
from strace_core.prompt import Prompt


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

    def up_to(self, position: int) -> "BlockActivations":
        """The states up to ``position`` inclusive, as views."""
        end = position + 1
        return BlockActivations(
            resid_pre=self.resid_pre[:end],
            pattern=self.pattern[:, :end, :end],
            values=self.values[:, :end],
            attn_raw=self.attn_raw[:end],
            attn_out=self.attn_out[:end],
            resid_mid=self.resid_mid[:end],
            mlp_out=self.mlp_out[:end],
            resid_post=self.resid_post[:end],
        )


@dataclass(frozen=True, eq=False)
class Activations:
    """The full model on one prompt: activations by block, first to last, at every position."""

    blocks: tuple[BlockActivations, ...]

    @property
    def output(self) -> Resid:
        """The last states of the stream; :func:`~strace_core.model.unembed.unembed` makes predictions of them."""
        return self.blocks[-1].resid_post

    def up_to(self, position: int) -> "Activations":
        """The activations of the prompt cut after ``position``, which must be non-negative; views, no copies."""
        return Activations(tuple(block.up_to(position) for block in self.blocks))

    @property
    def n_bytes(self) -> int:
        """Memory of all tensors, in bytes; one that several fields share counts once."""
        tensors: list[Tensor] = [state for block in self.blocks for state in vars(block).values()]
        storages = (tensor.untyped_storage() for tensor in tensors)
        return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


@dataclass(frozen=True, eq=False)
class Capture:
    """A prompt as the full model computed it, whole; made by ``capture_prompt``.

    It serves the trace of the prediction at any of its positions, with the model described by ``spec``.
    """

    spec: ModelSpec
    prompt: Prompt
    activations: Activations = field(repr=False)

    @property
    def n_bytes(self) -> int:
        """Memory that it holds, in bytes, on the model's device."""
        return self.activations.n_bytes

    def check_is_of(self, model: LoadedModel) -> None:
        """Raise ModelError if another model made it."""
        if self.spec != model.spec:
            raise ModelError(
                f"the capture was made with {self.spec.name!r} and is used with {model.spec.name!r}, whose states are "
                "others; capture the prompt with the same model."
            )


@torch.no_grad()
def capture(model: LoadedModel, token_ids: tuple[int, ...], on_progress: OnProgress = unheard) -> Activations:
    """Run the full model on ``token_ids``; raises NumericalError naming the first block with a non-finite state.

    Reports each finished block.
    """
    blocks: list[BlockActivations] = []

    def run(layer: int, parts: BlockParts, resid_pre: GivenResid, arguments: dict[str, Any]) -> BatchedResid:
        states = run_block(parts, resid_pre, None, arguments, parallel=model.spec.parallel)
        if not torch.isfinite(states.resid_post).all():
            raise NumericalError(
                f"block {layer} of {model.spec.name!r} computed a value that is not finite in {model.dtype_name}; "
                "load the model in float32 or check its weights."
            )
        blocks.append(BlockActivations(**{name: state[0] for name, state in vars(states).items()}))
        on_progress(Progress("capture", layer + 1, model.spec.n_layers))
        return states.resid_post

    run_blocks(model, torch.tensor([token_ids], device=model.device), run)
    return Activations(tuple(blocks))
