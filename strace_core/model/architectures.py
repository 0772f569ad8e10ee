"""The table of architectures: an adapter for each ``model_type`` of a Hugging Face config.

With :mod:`strace_core.model.spec` the only place that knows the attribute names of modelling code.
"""

from collections.abc import Callable

from transformers import PretrainedConfig

from strace_core.errors import ModelError
from strace_core.model.adapters import Adapter

ADAPTERS: dict[str, Adapter | Callable[[PretrainedConfig], Adapter]] = {
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
"""Adapters by ``model_type``. A function where the config chooses between kinds of block; it raises ModelError for a
config whose blocks add up in no known way."""


def adapter_for(config: PretrainedConfig, name: str) -> Adapter:
    """The adapter of a config; raises ModelError listing the supported architectures."""
    if config.model_type not in ADAPTERS:
        raise ModelError(
            f"{name!r} has the architecture {config.model_type!r}, which has no adapter. "
            f"Supported architectures: {', '.join(sorted(ADAPTERS))}."
        )
    adapter = ADAPTERS[config.model_type]
    return adapter if isinstance(adapter, Adapter) else adapter(config)
