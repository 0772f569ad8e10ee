"""Adapters: where each Hugging Face architecture keeps the parts of a block.

An adapter is a record of attribute paths and config fields, without code. :mod:`strace_core.model.architectures` lists
them all; :mod:`strace_core.model.block_forward` runs the block from the parts they name.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel
from transformers.pytorch_utils import Conv1D

from strace_core.model.tensors import OutputWeight


@dataclass(frozen=True)
class Adapter:
    """Attribute paths of one architecture's parts. A norm that it does not have is "".

    Attributes:
        blocks: Path of the list of blocks, from the model.
        final_norm: Path of the norm before the unembedding, from the model.
        attention: Path of the attention module, from a block; so are all that follow.
        attention_output: Path of attention's output projection.
        mlp: Path of the MLP, or of several submodules that are applied in sequence.
        pre_attention_norm: Path of the norm that attention reads through.
        post_attention_norm: Path of the norm on attention's output.
        pre_mlp_norm: Path of the norm that the MLP reads through; in a parallel block it may be shared with attention.
        post_mlp_norm: Path of the norm on the MLP's output.
        parallel: Whether attention and MLP read the same state.
        residual_multiplier: Config field of the factor on the outputs of attention and MLP, "" if there is none.
        own_attention: Method of the attention module that computes pattern and mixture, for architectures that do not
            use transformers' attention interface: ``(query, key, value, ...) -> (mixture, pattern)`` over
            [batch, head, token, d_head]. "" for all others.
        block_returns_tuple: Whether the model expects a block to return a tuple whose first item is the state.
    """

    blocks: str
    final_norm: str
    attention: str
    attention_output: str
    mlp: str | tuple[str, ...]
    pre_attention_norm: str = ""
    post_attention_norm: str = ""
    pre_mlp_norm: str = ""
    post_mlp_norm: str = ""
    parallel: bool = False
    residual_multiplier: str = ""
    own_attention: str = ""
    block_returns_tuple: bool = False


@dataclass(frozen=True, eq=False)
class BlockParts:
    """One decoder block and its submodules, named as in :class:`Adapter`. A missing norm is the identity."""

    block: nn.Module
    pre_attention_norm: nn.Module
    attention: nn.Module
    attention_output: nn.Module
    post_attention_norm: nn.Module
    pre_mlp_norm: nn.Module
    mlp: "RowwiseMLP"
    post_mlp_norm: nn.Module
    residual_multiplier: float
    own_attention: str


@dataclass(frozen=True, eq=False)
class RowwiseMLP:
    """The MLP of a block: its submodules applied in sequence. Extra outputs, such as router logits, are dropped."""

    modules: tuple[nn.Module, ...]

    def __call__(self, normed: Tensor) -> Tensor:
        """Apply the MLP to [batch, token, d_model]; the shape stays the same."""
        state: Tensor | tuple[Tensor, ...] = normed
        for module in self.modules:
            state = module(state)
            state = state[0] if isinstance(state, tuple) else state
        assert isinstance(state, Tensor)
        return state


def block_parts(model: PreTrainedModel, adapter: Adapter) -> tuple[BlockParts, ...]:
    """Return the parts of every block, first to last."""
    blocks = model.get_submodule(adapter.blocks)
    assert isinstance(blocks, nn.ModuleList)
    return tuple(_parts_of(block, adapter, model.config) for block in blocks)


def _parts_of(block: nn.Module, adapter: Adapter, config: PretrainedConfig) -> BlockParts:
    def norm(path: str) -> nn.Module:
        return block.get_submodule(path) if path else nn.Identity()

    mlp = (adapter.mlp,) if isinstance(adapter.mlp, str) else adapter.mlp
    return BlockParts(
        block=block,
        pre_attention_norm=norm(adapter.pre_attention_norm),
        attention=block.get_submodule(adapter.attention),
        attention_output=block.get_submodule(adapter.attention_output),
        post_attention_norm=norm(adapter.post_attention_norm),
        pre_mlp_norm=norm(adapter.pre_mlp_norm),
        mlp=RowwiseMLP(tuple(block.get_submodule(path) for path in mlp)),
        post_mlp_norm=norm(adapter.post_mlp_norm),
        residual_multiplier=float(getattr(config, adapter.residual_multiplier)) if adapter.residual_multiplier else 1.0,
        own_attention=adapter.own_attention,
    )


def attention_output_weight(projection: nn.Module, n_heads: int) -> OutputWeight:
    """Return W_O by query head, float32 [head, d_head, d_model], from an nn.Linear or GPT-2's transposed Conv1D."""
    weight = projection.get_parameter("weight").detach().to(torch.float32)
    by_input = weight if isinstance(projection, Conv1D) else weight.T  # [head * d_head, d_model]
    return by_input.reshape(n_heads, -1, by_input.shape[-1])  # [head, d_head, d_model]
