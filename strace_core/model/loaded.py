"""LoadedModel: a model ready to be traced, with its parts by name."""

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
    """A model ready to be traced. Anything that patches or runs ``module`` holds ``lock``."""

    spec: ModelSpec
    adapter: Adapter = field(repr=False)
    module: PreTrainedModel = field(repr=False)
    tokenizer: Tokenizer | None = field(repr=False)
    blocks: tuple[BlockParts, ...] = field(repr=False)
    final_norm: nn.Module = field(repr=False)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.module.device

    @property
    def dtype_name(self) -> str:
        """The dtype of the weights, as in "float32"."""
        return str(self.module.dtype).removeprefix("torch.")


def wrap_model(
    module: PreTrainedModel, *, name: str, tokenizer: Tokenizer | None = None, revision: str | None = None
) -> LoadedModel:
    """A model already in memory, ready to be traced; ``name`` is what results call it.

    Raises ModelError for an architecture without an adapter.
    """
    adapter = adapter_for(module.config, name)
    spec = read_spec(module.config, name, revision=revision, parallel=adapter.parallel)
    final_norm = module.get_submodule(adapter.final_norm)
    return LoadedModel(spec, adapter, module, tokenizer, block_parts(module, adapter), final_norm)
