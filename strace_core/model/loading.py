"""Name or path -> LoadedModel."""

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, PretrainedConfig, PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer
from transformers.utils import logging as hf_logging

from strace_core.errors import ModelError
from strace_core.model.architectures import adapter_for
from strace_core.model.devices import resolve_device, resolve_dtype
from strace_core.model.loaded import LoadedModel, wrap_model
from strace_core.model.self_check import require, self_check
from strace_core.model.sources.resolve import UNUSABLE, first_line, load_config, resolve
from strace_core.model.spec import UNTRAINED, read_spec


def load_model(
    name_or_path: str | Path,
    *,
    revision: str | None = None,
    device: str = "auto",
    dtype: str = "auto",
    allow_pickle: bool = False,
) -> LoadedModel:
    """Load a causal language model and check that its parts add up.

    ``name_or_path`` is a bundled name (``bundled_models()``), a local directory, or a hub id, of which ``revision`` is
    a branch, tag or commit. Weights must be safetensors unless ``allow_pickle``; code from the model's repository is
    never run. ``device`` is "auto" (CUDA, else MPS, else CPU) or a torch device; ``dtype`` is "float32", "bfloat16",
    "float16" or "auto" (float32; on CUDA the checkpoint's own). A directory without a tokenizer loads, and is traced by
    token ids.

    Raises ModelError for an unknown name, a directory that is no model, an architecture without an adapter, weights
    that are missing or do not fit, a device or dtype that is not there; SettingError for an unknown dtype;
    NumericalError for a model whose parts do not add up.
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
    """A model of the same shape and with the same tokenizer, whose weights are drawn as before a training.

    Its weights are not read. Arguments and errors are those of :func:`load_model`; ``seed`` decides the draw, and the
    name ends in ``UNTRAINED``.
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
    """The config; refused before any weights are read where it has no adapter or lacks a number."""
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
            f"the weights of {name!r} lack {len(missing)} tensors that its config asks for ({named}); "
            "the files are incomplete or belong to another model."
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
        return None  # a model without a tokenizer is traced by token ids
    # made from no file, a tokenizer comes out with special tokens only, or with nothing
    return tokenizer if {*tokenizer.get_vocab().values()} - {*tokenizer.added_tokens_decoder} else None
