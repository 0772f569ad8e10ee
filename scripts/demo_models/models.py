"""Build, save and load the demo models."""

from pathlib import Path

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from .tokenizer import CONTEXT, VOCABULARY

ARCHITECTURES = ("llama", "gpt2")
WIDTH, BLOCKS, HEADS = 256, 6, 8


def build(arch: str, seed: int) -> PreTrainedModel:
    """Build a model with seeded random weights."""
    torch.manual_seed(seed)
    if arch == "llama":
        return LlamaForCausalLM(
            LlamaConfig(
                vocab_size=VOCABULARY,
                hidden_size=WIDTH,
                intermediate_size=512,
                num_hidden_layers=BLOCKS,
                num_attention_heads=HEADS,
                num_key_value_heads=HEADS // 2,
                max_position_embeddings=CONTEXT,
                tie_word_embeddings=True,
                bos_token_id=0,
                eos_token_id=0,
            )
        )
    if arch == "gpt2":
        return GPT2LMHeadModel(
            GPT2Config(
                vocab_size=VOCABULARY,
                n_embd=WIDTH,
                n_inner=768,
                n_layer=BLOCKS,
                n_head=HEADS,
                n_positions=CONTEXT,
                resid_pdrop=0.0,
                embd_pdrop=0.0,
                attn_pdrop=0.0,
                summary_first_dropout=0.0,
                bos_token_id=0,
                eos_token_id=0,
            )
        )
    raise ValueError(f"unknown architecture {arch!r}")


def save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Save a float16 copy with its tokenizer."""
    copy = type(model)(model.config)
    copy.load_state_dict(model.state_dict())
    copy.generation_config = GenerationConfig(bos_token_id=0, eos_token_id=0)
    copy.to(torch.float16).save_pretrained(folder)
    for name in ("is_local", "local_files_only"):  # these record how it was loaded, not what it is
        tokenizer.init_kwargs.pop(name, None)
    tokenizer.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)


def load(folder: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """Load a saved model in float32, in eval mode, and its tokenizer, without network access."""
    model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    return model.eval(), AutoTokenizer.from_pretrained(folder, local_files_only=True)
