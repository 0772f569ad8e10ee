"""One short record per architecture: where Hugging Face keeps the parts of a block.

The only file that knows the attribute names of modelling code. The block itself is written once, in
:mod:`strace_core.model.block_forward`, over the parts named here.
"""

from dataclasses import dataclass

from torch import nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from strace_core.errors import ModelError
from strace_core.shapes import OutputWeight


@dataclass(frozen=True)
class Adapter:
    """Paths to the parts of one architecture: ``blocks`` and ``final_norm`` from the model, the others from a block."""

    blocks: str
    final_norm: str
    pre_attention_norm: str
    attention: str
    attention_output: str
    pre_mlp_norm: str
    mlp: str
    parallel: bool = False


@dataclass(frozen=True, eq=False)
class BlockParts:
    """The submodules of one decoder block, and the block itself."""

    block: nn.Module
    pre_attention_norm: nn.Module
    attention: nn.Module
    attention_output: nn.Module
    pre_mlp_norm: nn.Module
    mlp: nn.Module


ADAPTERS: dict[str, Adapter] = {
    "gpt2": Adapter(
        blocks="transformer.h",
        final_norm="transformer.ln_f",
        pre_attention_norm="ln_1",
        attention="attn",
        attention_output="attn.c_proj",
        pre_mlp_norm="ln_2",
        mlp="mlp",
    ),
    "llama": Adapter(
        blocks="model.layers",
        final_norm="model.norm",
        pre_attention_norm="input_layernorm",
        attention="self_attn",
        attention_output="self_attn.o_proj",
        pre_mlp_norm="post_attention_layernorm",
        mlp="mlp",
    ),
}
"""Adapters by the ``model_type`` of the Hugging Face config."""


def adapter_for(model_type: str, name: str) -> Adapter:
    """The adapter of an architecture; raises ModelError listing the supported ones."""
    if model_type not in ADAPTERS:
        raise ModelError(
            f"{name!r} has the architecture {model_type!r}, which has no adapter. "
            f"Supported architectures: {', '.join(sorted(ADAPTERS))}."
        )
    return ADAPTERS[model_type]


def block_parts(model: PreTrainedModel, adapter: Adapter) -> tuple[BlockParts, ...]:
    """The parts of every block, first to last."""
    blocks = model.get_submodule(adapter.blocks)
    assert isinstance(blocks, nn.ModuleList)
    return tuple(
        BlockParts(
            block=block,
            pre_attention_norm=block.get_submodule(adapter.pre_attention_norm),
            attention=block.get_submodule(adapter.attention),
            attention_output=block.get_submodule(adapter.attention_output),
            pre_mlp_norm=block.get_submodule(adapter.pre_mlp_norm),
            mlp=block.get_submodule(adapter.mlp),
        )
        for block in blocks
    )


def attention_output_weight(projection: nn.Module, n_heads: int) -> OutputWeight:
    """W_O split by query head, float32, [head, d_head, d_model], from a linear layer or GPT-2's transposed one."""
    weight = projection.get_parameter("weight").detach().float()
    by_input = weight if isinstance(projection, Conv1D) else weight.T
    return by_input.reshape(n_heads, -1, by_input.shape[-1])
