"""Tiny random models of every supported architecture, with unequal dimensions and nothing at its default."""

from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PretrainedConfig

from strace_core.model.architectures import ADAPTERS
from strace_core.model.loaded import LoadedModel, wrap_model

D_VOCAB = 53
N_LAYERS = 3

COMMON = {
    "vocab_size": D_VOCAB,
    "max_position_embeddings": 29,
    "hidden_size": 30,
    "head_dim": 8,  # not hidden_size / num_attention_heads
    "num_hidden_layers": N_LAYERS,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "intermediate_size": 31,
    "bos_token_id": 0,
    "eos_token_id": 0,
    "pad_token_id": 0,
    "tie_word_embeddings": False,
}
# d_head = hidden_size / num_attention_heads, where the architecture knows no other.
EVEN = {key: value for key, value in COMMON.items() if key != "head_dim"} | {"hidden_size": 36}
# With heads of eight, of which some turn only a part.
WIDE = EVEN | {"hidden_size": 48}
# One key/value head a query head.
UNGROUPED = EVEN | {"hidden_size": 24, "num_attention_heads": 3, "num_key_value_heads": 3}
GPT = {
    "vocab_size": D_VOCAB, "n_positions": 29, "n_embd": 33, "n_layer": N_LAYERS, "n_head": 3, "n_inner": 47,
    "bos_token_id": 0, "eos_token_id": 0,
}  # fmt: skip
# Grouped matrix products want sizes that are multiples of four.
SPARSE = COMMON | {"hidden_size": 36, "intermediate_size": 28, "num_experts_per_tok": 2}
EXPERTS = SPARSE | {"num_experts": 4, "moe_intermediate_size": 20}
ROUTED_EXPERTS = EXPERTS | {"n_routed_experts": 4, "n_shared_experts": 1, "n_group": 2, "topk_group": 1}
LOCAL_EXPERTS = SPARSE | {"num_local_experts": 4}
# Shorter than every prompt that the tests use.
WINDOW = {"sliding_window": 3}
MIXED_LAYERS = {"layer_types": ["sliding_attention", "full_attention", "sliding_attention"]}
LATENT = {
    "kv_lora_rank": 8, "q_lora_rank": 12, "qk_rope_head_dim": 4, "qk_nope_head_dim": 6, "v_head_dim": 6,
    "first_k_dense_replace": 1, "num_key_value_heads": 6, "head_dim": 4,
}  # fmt: skip

_FIELDS: dict[str, dict[str, Any]] = {
    "apertus": COMMON,
    "arcee": COMMON | {"attention_bias": True, "mlp_bias": True},
    "biogpt": UNGROUPED | {"activation_dropout": 0.1},
    "codegen": GPT | {"n_embd": 32, "n_head": 4, "n_ctx": 29, "rotary_dim": 4},
    "cohere": COMMON | {"logit_scale": 0.4, "tie_word_embeddings": True},
    "cohere2": COMMON | WINDOW | MIXED_LAYERS,
    "cwm": COMMON | WINDOW | MIXED_LAYERS,
    "deepseek_v2": ROUTED_EXPERTS | LATENT,
    "deepseek_v3": ROUTED_EXPERTS | LATENT,
    "dots1": ROUTED_EXPERTS,
    "ernie4_5": COMMON | {"use_bias": True},
    "ernie4_5_moe": EXPERTS | {"moe_num_experts": 4, "moe_k": 2},
    "exaone4": COMMON | WINDOW | MIXED_LAYERS,
    "flex_olmo": EXPERTS,
    "gemma": COMMON | {"tie_word_embeddings": True},
    "gemma2": COMMON | WINDOW | MIXED_LAYERS | {"attn_logit_softcapping": 2.0, "final_logit_softcapping": 5.0},
    "gemma3_text": COMMON | WINDOW | MIXED_LAYERS | {"query_pre_attn_scalar": 5},
    "glm": COMMON | {"attention_bias": True},
    "glm4": COMMON,
    "glm4_moe": ROUTED_EXPERTS | {"first_k_dense_replace": 1},
    "gpt2": GPT,  # odd d_model, three heads of 11
    "gpt_neo": {
        "vocab_size": D_VOCAB, "max_position_embeddings": 29, "hidden_size": 33, "num_layers": N_LAYERS,
        "num_heads": 3, "intermediate_size": 47, "attention_types": [[["global", "local", "local"], 1]],
        "window_size": 3, "bos_token_id": 0, "eos_token_id": 0,
    },
    "gpt_neox": UNGROUPED | {"rotary_pct": 0.5, "use_parallel_residual": True},
    "gpt_neox-sequential": UNGROUPED | {"rotary_pct": 0.5, "use_parallel_residual": False},
    "gpt_oss": LOCAL_EXPERTS | WINDOW | MIXED_LAYERS,
    "gptj": GPT | {"n_embd": 32, "n_head": 4, "rotary_dim": 4},
    "granite": COMMON | {
        "residual_multiplier": 0.6, "embedding_multiplier": 3.0, "attention_multiplier": 0.3, "logits_scaling": 2.0,
        "attention_bias": True,
    },
    "granitemoe": LOCAL_EXPERTS | {"residual_multiplier": 0.6, "embedding_multiplier": 3.0},
    "helium": WIDE | {"head_dim": 8},
    "hunyuan_v1_dense": COMMON,
    "hunyuan_v1_moe": EXPERTS | {"moe_topk": 2},
    "llama": COMMON,
    "ministral": COMMON | WINDOW | MIXED_LAYERS,
    "ministral3": COMMON,
    "mistral": COMMON | WINDOW,
    "mixtral": LOCAL_EXPERTS,
    "nanochat": EVEN,
    "nemotron": COMMON,
    "olmo": EVEN | {"clip_qkv": 1.5},
    "olmo2": EVEN,
    "olmo3": EVEN | WINDOW | MIXED_LAYERS,
    "olmoe": EXPERTS | {"head_dim": 6},
    "opt": UNGROUPED | {"ffn_dim": 31, "word_embed_proj_dim": 24},
    "persimmon": UNGROUPED,
    "phi": WIDE,
    "phi3": EVEN | WINDOW,
    "phimoe": LOCAL_EXPERTS,
    "qwen2": EVEN,
    "qwen2_moe": EXPERTS | {"shared_expert_intermediate_size": 12},
    "qwen3": COMMON,
    "qwen3_moe": EXPERTS,
    "seed_oss": COMMON,
    "smollm3": EVEN | {"no_rope_layers": [1, 0, 1]},
    "solar_open": ROUTED_EXPERTS,
    "stablelm": WIDE | {"use_qkv_bias": True},
    "stablelm-parallel": WIDE | {"use_parallel_residual": True, "qk_layernorm": True},
    "starcoder2": EVEN | WINDOW,
    "vaultgemma": COMMON | WINDOW | MIXED_LAYERS,
}  # fmt: skip

CONFIGS: dict[str, PretrainedConfig] = {
    name: AutoConfig.for_model(name.split("-")[0], **fields) for name, fields in _FIELDS.items()
}
"""A config of every architecture; a dash sets off another kind of block of the same architecture."""

TELLING = ("gemma2", "gpt2", "gpt_neo", "gpt_neox", "llama", "mixtral")
"""One of each make: sequential and parallel, norms before and after, own attention, grouped queries, experts."""

assert {name.split("-")[0] for name in CONFIGS} == ADAPTERS.keys(), "every architecture has a tiny model"


def tiny_model(name: str, *, seed: int = 0) -> LoadedModel:
    """A random model whose weights, biases and norm gains all vary, so that a forgotten one shows."""
    torch.manual_seed(seed)
    module = AutoModelForCausalLM.from_config(CONFIGS[name], dtype=torch.float32).eval()
    with torch.no_grad():
        for key, parameter in module.named_parameters():
            is_gain = "norm" in key or ".ln_" in key
            centre = 1.0 if is_gain and key.endswith("weight") else 0.0
            parameter.copy_(centre + 0.3 * torch.randn_like(parameter))
    return wrap_model(module, name=f"tiny-{name}")


def plain_logits(model: LoadedModel, token_ids: tuple[int, ...]) -> torch.Tensor:
    """The untouched Hugging Face model's next-token logits."""
    with torch.no_grad():
        return model.module(torch.tensor([token_ids]), use_cache=False).logits[0, -1]
