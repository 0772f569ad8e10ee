"""Adapters: where Hugging Face keeps the parts of a block, one short record per architecture.

A record holds attribute paths and config fields, no code of its own. The table of records is
:mod:`strace_core.model.architectures`; the block itself is written once, over the parts named here, in
:mod:`strace_core.model.block_forward`.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel
from transformers.pytorch_utils import Conv1D

from strace_core.model.tensors import OutputWeight


@dataclass(frozen=True)
class Adapter:
    """The parts of one architecture: ``blocks`` and ``final_norm`` as paths from the model, the others from a block.

    A norm that an architecture does not have is "". In a parallel block, where attention and MLP read the same state,
    ``pre_mlp_norm`` may be the path of ``pre_attention_norm``.

    ``mlp`` is one submodule, or several that are applied one after the other. ``residual_multiplier`` names the config
    field of the factor on what attention and MLP add. ``own_attention`` names the method of the attention module that
    computes pattern and mixture, in architectures that do not call transformers' attention interface: a method
    ``(query, key, value, ...) -> (mixture, pattern)`` over [batch, head, token, d_head]. ``block_returns_tuple`` tells
    whether the model expects a tuple from a block, the state first.
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
    """The submodules of one decoder block, and the block itself. A norm that the architecture lacks is the identity."""

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
    """The MLP of a block, token by token: its submodules one after the other, side outputs of a router dropped."""

    modules: tuple[nn.Module, ...]

    def __call__(self, normed: Tensor) -> Tensor:
        """[batch, token, d_model] -> the same shape."""
        state: Tensor | tuple[Tensor, ...] = normed
        for module in self.modules:
            state = module(state)
            state = state[0] if isinstance(state, tuple) else state
        assert isinstance(state, Tensor)
        return state


def block_parts(model: PreTrainedModel, adapter: Adapter) -> tuple[BlockParts, ...]:
    """The parts of every block, first to last."""
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
    """W_O split by query head, float32, [head, d_head, d_model], from a linear layer or GPT-2's transposed one."""
    weight = projection.get_parameter("weight").detach().to(torch.float32)
    by_input = weight if isinstance(projection, Conv1D) else weight.T
    return by_input.reshape(n_heads, -1, by_input.shape[-1])
