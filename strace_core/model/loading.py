"""Name or path -> LoadedModel."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

import torch
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PretrainedConfig, PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer
from transformers.utils import logging as hf_logging

from strace_core.errors import ModelError
from strace_core.model.adapters import Adapter, BlockParts, block_parts
from strace_core.model.architectures import adapter_for
from strace_core.model.spec import ModelSpec, read_spec

BUNDLED_MODELS_DIR = Path(__file__).resolve().parents[2] / "assets" / "models"


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


def bundled_models() -> tuple[str, ...]:
    """Names of the models that come with the project, in alphabetical order."""
    return tuple(sorted(path.parent.name for path in BUNDLED_MODELS_DIR.glob("*/config.json")))


def load_model(name_or_path: str | Path, *, revision: str | None = None, device: str = "cpu") -> LoadedModel:
    """Load a causal language model in float32.

    ``name_or_path`` is a bundled name (``bundled_models()``), a local directory, or a hub id, of which ``revision`` is
    a branch, tag or commit. Weights must be safetensors; code from the model's repository is never run. A directory
    without a tokenizer loads, and is traced by token ids.

    Raises ModelError for an unknown name, a directory that is no model, and an architecture without an adapter.
    """
    name = str(name_or_path)
    source = _resolve(name)
    config = _load_config(source, name, revision)
    adapter_for(config, name)  # refused before its weights are read
    module = _on_device(_load_module(source, name, config, revision), device)
    return wrap_model(module, name=name, tokenizer=_load_tokenizer(source, revision), revision=revision)


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


def _resolve(name: str) -> str:
    """The directory of a bundled name or local path, or the name itself if it can be a hub id."""
    if not name.strip():
        raise ModelError(f"the model name is empty. {_known_models()}")
    if name in bundled_models():
        return str(BUNDLED_MODELS_DIR / name)
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise ModelError(
                f"{name!r} is a directory without config.json, so not a model. "
                "Give the directory that a model was saved to with save_pretrained."
            )
        return str(path)
    if path.exists() or path.is_absolute() or name.startswith(".") or name.count("/") > 1:
        raise ModelError(f"there is no model directory at {name!r}. {_known_models()}")
    return name


def _load_config(source: str, name: str, revision: str | None) -> PretrainedConfig:
    try:
        return AutoConfig.from_pretrained(source, revision=revision)
    except (OSError, ValueError, StrictDataclassError) as error:
        raise ModelError(
            f"no model {name!r} could be found or read ({_first_line(error)}). {_known_models()}"
        ) from error


def _load_module(source: str, name: str, config: PretrainedConfig, revision: str | None) -> PreTrainedModel:
    progress_bar = hf_logging.is_progress_bar_enabled()
    hf_logging.disable_progress_bar()
    try:
        module: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            source, config=config, revision=revision, dtype=torch.float32, use_safetensors=True
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"the weights of {name!r} cannot be loaded: {_first_line(error)}") from error
    finally:
        if progress_bar:
            hf_logging.enable_progress_bar()
    return module.eval()


def _on_device(module: PreTrainedModel, device: str) -> PreTrainedModel:
    try:
        return nn.Module.to(module, device)
    except (RuntimeError, AssertionError) as error:  # torch raises either for a device it does not have
        raise ModelError(f"device {device!r} cannot be used ({_first_line(error)}); use 'cpu'.") from error


def _load_tokenizer(source: str, revision: str | None) -> Tokenizer | None:
    try:
        tokenizer: Tokenizer = AutoTokenizer.from_pretrained(source, revision=revision)
    except (OSError, ValueError, TypeError):
        return None  # a model without a tokenizer is traced by token ids
    # made from no file, a tokenizer comes out with special tokens only, or with nothing
    return tokenizer if {*tokenizer.get_vocab().values()} - {*tokenizer.added_tokens_decoder} else None


def _known_models() -> str:
    return f"Use one of {', '.join(bundled_models())}, a local model directory, or a hub id such as 'owner/name'."


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
