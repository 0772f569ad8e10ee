"""The two architectures of the demo models, and saving and loading them."""

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
    """A fresh model with seeded weights."""
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
    raise ValueError(f"no architecture {arch!r}")


def save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Writes a copy in float16 with its tokenizer."""
    copy = type(model)(model.config)
    copy.load_state_dict(model.state_dict())
    copy.generation_config = GenerationConfig(bos_token_id=0, eos_token_id=0)
    copy.to(torch.float16).save_pretrained(folder)
    for name in ("is_local", "local_files_only"):  # how it was loaded, no property of it
        tokenizer.init_kwargs.pop(name, None)
    tokenizer.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)


def load(folder: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """A saved model in float32, ready to run, and its tokenizer; nothing is downloaded."""
    model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    return model.eval(), AutoTokenizer.from_pretrained(folder, local_files_only=True)
