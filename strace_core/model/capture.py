"""One forward pass of the full model over a prompt, keeping the states of every block.

The models are causal: the states at a position do not depend on later tokens. So the first rows of the full prompt's
states are those of any shorter prompt, and one capture serves the predictions at all positions.
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
from strace_core.progress import OnProgress, Progress, ignore_progress
from strace_core.prompt import Prompt


@dataclass(frozen=True, eq=False)
class BlockActivations:
    """The states of one block on one prompt, on the model's device and in its dtype.

    The attributes are those of :class:`~strace_core.model.block_forward.BlockStates`.
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
        """Return views of the states up to and including ``position``."""
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
    """The full model's activations on one prompt, at every position.

    Attributes:
        blocks: The activations of every block, first to last.
    """

    blocks: tuple[BlockActivations, ...]

    @property
    def output(self) -> Resid:
        """The residual stream after the last block, which :func:`~strace_core.model.unembed.unembed` reads."""
        return self.blocks[-1].resid_post

    def up_to(self, position: int) -> "Activations":
        """Return the activations of the prompt truncated after ``position``, which must be non-negative, as views."""
        return Activations(tuple(block.up_to(position) for block in self.blocks))

    @property
    def n_bytes(self) -> int:
        """Bytes of all tensors; storage shared by several fields counts once."""
        tensors: list[Tensor] = [state for block in self.blocks for state in vars(block).values()]
        storages = (tensor.untyped_storage() for tensor in tensors)
        return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


@dataclass(frozen=True, eq=False)
class Capture:
    """The full model's activations on a prompt, made by ``capture_prompt``.

    It can be used to trace the prediction at any position of the prompt, with the same model.

    Attributes:
        spec: The model that computed it.
        prompt: The full prompt.
        activations: The states of every block.
    """

    spec: ModelSpec
    prompt: Prompt
    activations: Activations = field(repr=False)

    @property
    def n_bytes(self) -> int:
        """Bytes that it occupies on the model's device."""
        return self.activations.n_bytes

    def check_is_of(self, model: LoadedModel) -> None:
        """Check that ``model`` computed this capture.

        Raises:
            ModelError: Another model did.
        """
        if self.spec != model.spec:
            raise ModelError(
                f"the capture was made with {self.spec.name!r} and is used with {model.spec.name!r}; "
                "capture the prompt with the model you use."
            )


@torch.no_grad()
def capture(model: LoadedModel, token_ids: tuple[int, ...], on_progress: OnProgress = ignore_progress) -> Activations:
    """Run the full model and keep the states of every block. Reports each finished block.

    Raises:
        NumericalError: A state is not finite; the message names the block.
    """
    blocks: list[BlockActivations] = []

    def run(layer: int, parts: BlockParts, resid_pre: GivenResid, arguments: dict[str, Any]) -> BatchedResid:
        states = run_block(parts, resid_pre, None, arguments, parallel=model.spec.parallel)
        if not torch.isfinite(states.resid_post).all():
            raise NumericalError(
                f"block {layer} of {model.spec.name!r} computed a non-finite value in {model.dtype_name}; "
                "load the model in float32, or check its weights."
            )
        # a batch of one prompt: [1, ...] -> [...]
        blocks.append(BlockActivations(**{name: state[0] for name, state in vars(states).items()}))
        on_progress(Progress("capture", layer + 1, model.spec.n_layers))
        return states.resid_post

    run_blocks(model, torch.tensor([token_ids], device=model.device), run)
    return Activations(tuple(blocks))
