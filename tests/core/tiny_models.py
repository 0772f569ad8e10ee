"""Tiny random models of every supported architecture, with unequal dimensions and nothing at its default."""

import torch
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, PretrainedConfig

from strace_core.model.architectures import ADAPTERS
from strace_core.model.loading import LoadedModel, wrap_model

D_VOCAB = 53

CONFIGS: dict[str, PretrainedConfig] = {
    "gpt2": GPT2Config(
        vocab_size=D_VOCAB,
        n_positions=29,
        n_embd=33,  # odd, three heads of 11
        n_layer=3,
        n_head=3,
        n_inner=47,
        bos_token_id=0,
        eos_token_id=0,
    ),
    "llama": LlamaConfig(
        vocab_size=D_VOCAB,
        max_position_embeddings=29,
        hidden_size=30,
        head_dim=8,  # not hidden_size / num_attention_heads
        num_hidden_layers=3,
        num_attention_heads=6,
        num_key_value_heads=2,
        intermediate_size=31,
        bos_token_id=0,
        eos_token_id=0,
    ),
}

assert CONFIGS.keys() == ADAPTERS.keys(), "every architecture has a tiny model"


def tiny_model(architecture: str, *, seed: int = 0) -> LoadedModel:
    """A random model whose weights, biases and norm gains all vary, so that a forgotten one shows."""
    config = CONFIGS[architecture]
    torch.manual_seed(seed)
    module = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            is_gain = "norm" in name or ".ln_" in name
            centre = 1.0 if is_gain and name.endswith("weight") else 0.0
            parameter.copy_(centre + 0.3 * torch.randn_like(parameter))
    return wrap_model(module, name=f"tiny-{architecture}")


def plain_logits(model: LoadedModel, token_ids: tuple[int, ...]) -> torch.Tensor:
    """The untouched Hugging Face model's next-token logits."""
    with torch.no_grad():
        return model.module(torch.tensor([token_ids]), use_cache=False).logits[0, -1]
