"""The table of architectures: an adapter for each ``model_type`` of a Hugging Face config.

This module and :mod:`strace_core.model.spec` are the only ones that know attribute names of transformers' models.
"""

from collections.abc import Callable
from dataclasses import replace

from transformers import PretrainedConfig
from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

from strace_core.errors import ModelError
from strace_core.model.adapters import Adapter

# Families that many architectures share, or that differ in a field or two

LLAMA = Adapter(
    blocks="model.layers",
    final_norm="model.norm",
    pre_attention_norm="input_layernorm",
    attention="self_attn",
    attention_output="self_attn.o_proj",
    pre_mlp_norm="post_attention_layernorm",
    mlp="mlp",
)
GPT2 = Adapter(
    blocks="transformer.h",
    final_norm="transformer.ln_f",
    pre_attention_norm="ln_1",
    attention="attn",
    attention_output="attn.c_proj",
    pre_mlp_norm="ln_2",
    mlp="mlp",
)
GPT_NEOX = Adapter(
    blocks="gpt_neox.layers",
    final_norm="gpt_neox.final_layer_norm",
    pre_attention_norm="input_layernorm",
    attention="attention",
    attention_output="attention.dense",
    pre_mlp_norm="post_attention_layernorm",
    mlp="mlp",
)
OPT = Adapter(
    blocks="model.decoder.layers",
    final_norm="model.decoder.final_layer_norm",
    pre_attention_norm="self_attn_layer_norm",
    attention="self_attn",
    attention_output="self_attn.out_proj",
    pre_mlp_norm="final_layer_norm",
    mlp=("fc1", "activation_fn", "fc2"),
)
BIASED_OUTPUT = replace(LLAMA, attention_output="self_attn.dense")
SHARED_NORM = replace(LLAMA, pre_mlp_norm="input_layernorm", parallel=True)
POST_NORMS = replace(
    LLAMA,
    pre_attention_norm="",
    post_attention_norm="post_attention_layernorm",
    pre_mlp_norm="",
    post_mlp_norm="post_feedforward_layernorm",
)
SANDWICH_NORMS = replace(
    LLAMA,
    post_attention_norm="post_attention_layernorm",
    pre_mlp_norm="pre_feedforward_layernorm",
    post_mlp_norm="post_feedforward_layernorm",
)
GRANITE = replace(LLAMA, residual_multiplier="residual_multiplier")


def _gpt_neox(config: PretrainedConfig) -> Adapter:
    return replace(GPT_NEOX, parallel=config.use_parallel_residual)


def _stablelm(config: PretrainedConfig) -> Adapter:
    return SHARED_NORM if config.use_parallel_residual else LLAMA


def _opt(config: PretrainedConfig) -> Adapter:
    if not config.do_layer_norm_before:
        raise ModelError(
            "this OPT has do_layer_norm_before = false: its norms act on the residual stream itself, so the "
            "contributions do not sum to the output. Use an OPT with do_layer_norm_before = true."
        )
    if config._remove_final_layer_norm or config.word_embed_proj_dim != config.hidden_size:
        raise ModelError(
            f"this OPT has word_embed_proj_dim = {config.word_embed_proj_dim} and hidden_size = {config.hidden_size}; "
            "only models with equal sizes and a final norm are supported."
        )
    return OPT


ADAPTERS: dict[str, Adapter | Callable[[PretrainedConfig], Adapter]] = {
    "apertus": replace(LLAMA, pre_attention_norm="attention_layernorm", pre_mlp_norm="feedforward_layernorm"),
    "arcee": LLAMA,
    "biogpt": replace(OPT, blocks="biogpt.layers", final_norm="biogpt.layer_norm"),
    "codegen": replace(
        GPT2,
        attention_output="attn.out_proj",
        pre_mlp_norm="ln_1",
        parallel=True,
        own_attention="_attn",
        block_returns_tuple=True,
    ),
    "cohere": SHARED_NORM,
    "cohere2": SHARED_NORM,
    "cwm": LLAMA,
    "deepseek_v2": LLAMA,
    "deepseek_v3": LLAMA,
    "dots1": LLAMA,
    "ernie4_5": LLAMA,
    "ernie4_5_moe": LLAMA,
    "exaone4": POST_NORMS,
    "flex_olmo": POST_NORMS,
    "gemma": LLAMA,
    "gemma2": SANDWICH_NORMS,
    "gemma3_text": SANDWICH_NORMS,
    "glm": LLAMA,
    "glm4": replace(LLAMA, post_attention_norm="post_self_attn_layernorm", post_mlp_norm="post_mlp_layernorm"),
    "glm4_moe": LLAMA,
    "gpt2": GPT2,
    "gpt_neo": replace(
        GPT2,
        attention="attn.attention",
        attention_output="attn.attention.out_proj",
        own_attention="_attn",
        block_returns_tuple=True,
    ),
    "gpt_neox": _gpt_neox,
    "gpt_oss": LLAMA,
    "gptj": replace(
        GPT2,
        attention_output="attn.out_proj",
        pre_mlp_norm="ln_1",
        parallel=True,
        own_attention="_attn",
        block_returns_tuple=True,
    ),
    "granite": GRANITE,
    "granitemoe": replace(GRANITE, mlp="block_sparse_moe"),
    "helium": LLAMA,
    "hunyuan_v1_dense": LLAMA,
    "hunyuan_v1_moe": LLAMA,
    "llama": LLAMA,
    "ministral": LLAMA,
    "ministral3": LLAMA,
    "mistral": LLAMA,
    "mixtral": LLAMA,
    "nanochat": LLAMA,
    "nemotron": LLAMA,
    "olmo": LLAMA,
    "olmo2": POST_NORMS,
    "olmo3": POST_NORMS,
    "olmoe": LLAMA,
    "opt": _opt,
    "persimmon": replace(BIASED_OUTPUT, final_norm="model.final_layernorm"),
    "phi": replace(BIASED_OUTPUT, final_norm="model.final_layernorm", pre_mlp_norm="input_layernorm", parallel=True),
    "phi3": LLAMA,
    "phimoe": LLAMA,
    "qwen2": LLAMA,
    "qwen2_moe": LLAMA,
    "qwen3": LLAMA,
    "qwen3_moe": LLAMA,
    "seed_oss": LLAMA,
    "smollm3": LLAMA,
    "solar_open": LLAMA,
    "stablelm": _stablelm,
    "starcoder2": LLAMA,
    "vaultgemma": replace(LLAMA, pre_mlp_norm="pre_feedforward_layernorm"),
}
"""Adapters by ``model_type``. Where the kind of block depends on the config, the adapter is a function of it, which
raises ModelError for configs that are not supported."""


def adapter_for(config: PretrainedConfig, name: str) -> Adapter:
    """Return the adapter for a config.

    Raises:
        ModelError: The architecture is not supported.
    """
    adapter = ADAPTERS.get(config.model_type)
    if adapter is None:
        raise ModelError(f"{name!r} cannot be traced: {_why_not(config)}")
    return adapter if isinstance(adapter, Adapter) else adapter(config)


def _why_not(config: PretrainedConfig) -> str:
    kind = config.model_type
    if getattr(config, "is_encoder_decoder", False):
        return f"{kind!r} is an encoder-decoder; use a decoder-only model, which predicts the next token of one text."
    if kind in MODEL_FOR_MASKED_LM_MAPPING_NAMES:
        return f"{kind!r} is an encoder that fills in masked tokens; use a decoder, which predicts the next token."
    return f"its architecture {kind!r} has no adapter. Supported architectures: {', '.join(sorted(ADAPTERS))}."
