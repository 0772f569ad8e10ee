"""Name or path -> LoadedModel."""

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, PretrainedConfig, PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer
from transformers.utils import logging as hf_logging

from strace_core.errors import ModelError, first_line
from strace_core.model.architectures import adapter_for
from strace_core.model.devices import resolve_device, resolve_dtype
from strace_core.model.loaded import LoadedModel, wrap_model
from strace_core.model.self_check import require, self_check
from strace_core.model.sources.config import UNUSABLE, load_config
from strace_core.model.sources.resolve import resolve
from strace_core.model.spec import UNTRAINED, read_spec


def load_model(
    name_or_path: str | Path,
    *,
    revision: str | None = None,
    device: str = "auto",
    dtype: str = "auto",
    allow_pickle: bool = False,
) -> LoadedModel:
    """Load a causal language model and verify that its contributions sum to its residual stream.

    Code from the model's repository is never run. A model without a tokenizer can be traced from token ids.

    Args:
        name_or_path: Bundled name (see ``bundled_models``), local directory, or Hub id.
        revision: Branch, tag or commit of a Hub id.
        device: A torch device, or "auto": CUDA if available, else MPS, else the CPU.
        dtype: "float32", "bfloat16", "float16", or "auto": float32, or on CUDA the checkpoint's own dtype.
        allow_pickle: Whether to accept weights that are not safetensors. Unpickling can run arbitrary code.

    Raises:
        ModelError: The name is unknown, the architecture unsupported, weights are missing or do not fit, or the device
            is not available or does not support the dtype.
        SettingError: There is no such dtype.
        NumericalError: The self-check failed; see ``self_check``.
    """
    name = str(name_or_path)
    source = resolve(name)
    config = _supported_config(source, name, revision)
    place = resolve_device(device)
    weights = resolve_dtype(dtype, config, place)
    module = _load_module(source, name, config, revision, weights, allow_pickle=allow_pickle)
    return _checked(_on_device(module, place), name, source, revision)


def untrained_model(
    name_or_path: str | Path, *, revision: str | None = None, seed: int = 0, device: str = "auto", dtype: str = "auto"
) -> LoadedModel:
    """Make a randomly initialised model with the config and the tokenizer of another.

    The other model's weights are not read. Its name gets the suffix ``UNTRAINED``.

    Args:
        name_or_path: As for :func:`load_model`.
        revision: As for :func:`load_model`.
        seed: Seed of the random weights.
        device: As for :func:`load_model`.
        dtype: As for :func:`load_model`.

    Raises:
        ModelError: As for :func:`load_model`.
        SettingError: There is no such dtype.
        NumericalError: The self-check failed.
    """
    name = str(name_or_path)
    source = resolve(name)
    config = _supported_config(source, name, revision)
    place = resolve_device(device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            module = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
        except UNUSABLE as error:
            raise ModelError(f"no model can be made from the config of {name!r} ({first_line(error)}).") from error
    module = module.to(resolve_dtype(dtype, config, place))
    return _checked(_on_device(module, place), name + UNTRAINED, source, revision)


def _supported_config(source: str, name: str, revision: str | None) -> PretrainedConfig:
    """The config of a supported model, checked before any weights are read."""
    config = load_config(source, name, revision)
    read_spec(config, name, revision=revision, parallel=adapter_for(config, name).parallel)
    return config


def _checked(module: PreTrainedModel, name: str, source: str, revision: str | None) -> LoadedModel:
    model = wrap_model(module, name=name, tokenizer=_load_tokenizer(source, revision), revision=revision)
    require(self_check(model), model)
    return model


def _load_module(
    source: str,
    name: str,
    config: PretrainedConfig,
    revision: str | None,
    dtype: torch.dtype,
    *,
    allow_pickle: bool,
) -> PreTrainedModel:
    progress_bar = hf_logging.is_progress_bar_enabled()
    hf_logging.disable_progress_bar()
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            source,
            config=config,
            revision=revision,
            dtype=dtype,
            use_safetensors=None if allow_pickle else True,
            output_loading_info=True,
        )
    except (*UNUSABLE, SafetensorError) as error:
        raise ModelError(f"the weights of {name!r} cannot be loaded: {first_line(error)}") from error
    finally:
        if progress_bar:
            hf_logging.enable_progress_bar()
    module, found = loaded
    missing = sorted(found["missing_keys"])
    if missing:
        named = ", ".join(missing[:3]) + (" ..." if len(missing) > 3 else "")
        raise ModelError(
            f"the weights of {name!r} lack {len(missing)} tensors that its config requires ({named}); "
            "the files are incomplete or belong to another model. Download or save them again."
        )
    model: PreTrainedModel = module
    return model.eval()


def _on_device(module: PreTrainedModel, device: torch.device) -> PreTrainedModel:
    try:
        return nn.Module.to(module, device)
    except RuntimeError as error:
        raise ModelError(f"the model does not fit on device {device} ({first_line(error)}); use the CPU.") from error


def _load_tokenizer(source: str, revision: str | None) -> Tokenizer | None:
    try:
        tokenizer: Tokenizer = AutoTokenizer.from_pretrained(source, revision=revision)
    except (OSError, ValueError, TypeError):
        return None  # without a tokenizer, prompts are token ids
    # without any files, transformers returns a tokenizer that is empty or has special tokens only
    return tokenizer if {*tokenizer.get_vocab().values()} - {*tokenizer.added_tokens_decoder} else None
