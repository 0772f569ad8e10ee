"""LoadedModel: a model that is ready to be traced."""

import threading
from dataclasses import dataclass, field

import torch
from torch import nn
from transformers import PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer

from strace_core.model.adapters import Adapter, BlockParts, block_parts
from strace_core.model.architectures import adapter_for
from strace_core.model.spec import ModelSpec, read_spec


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model that is ready to be traced.

    Attributes:
        spec: Name and dimensions.
        adapter: Where the architecture keeps the parts of a block.
        module: The Hugging Face model.
        tokenizer: Its tokenizer; None if it has none, in which case prompts are token ids.
        blocks: The parts of every block, first to last.
        final_norm: The normalisation before the unembedding.
        lock: Must be held while running or patching ``module``.
    """

    spec: ModelSpec
    adapter: Adapter = field(repr=False)
    module: PreTrainedModel = field(repr=False)
    tokenizer: Tokenizer | None = field(repr=False)
    blocks: tuple[BlockParts, ...] = field(repr=False)
    final_norm: nn.Module = field(repr=False)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def device(self) -> torch.device:
        """The device that holds the weights."""
        return self.module.device

    @property
    def dtype_name(self) -> str:
        """The name of the dtype of the weights, such as "float32"."""
        return str(self.module.dtype).removeprefix("torch.")


def wrap_model(
    module: PreTrainedModel, *, name: str, tokenizer: Tokenizer | None = None, revision: str | None = None
) -> LoadedModel:
    """Prepare a Hugging Face model that is already in memory for tracing.

    Args:
        module: The model.
        name: The name to use in results.
        tokenizer: Its tokenizer; without one, prompts must be token ids.
        revision: Its revision on the Hub, for the record.

    Raises:
        ModelError: The architecture is not supported.
    """
    adapter = adapter_for(module.config, name)
    spec = read_spec(module.config, name, revision=revision, parallel=adapter.parallel)
    final_norm = module.get_submodule(adapter.final_norm)
    return LoadedModel(spec, adapter, module, tokenizer, block_parts(module, adapter), final_norm)
