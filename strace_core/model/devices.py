"""Which device and dtype a model is loaded to, and whether the two go together here."""

import torch
from transformers import PretrainedConfig

from strace_core.errors import ModelError, SettingError
from strace_core.model.sources.resolve import first_line

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def resolve_device(device: str) -> torch.device:
    """ "auto" is the first CUDA device, else MPS, else the CPU. Raises ModelError for a device that is not there."""
    if device == "auto":
        return torch.device(available_devices()[0])
    try:
        found = torch.device(device)
        torch.ones(1, device=found)
    except (RuntimeError, AssertionError) as error:  # torch raises either for a device it does not have
        raise ModelError(
            f"device {device!r} cannot be used ({first_line(error)}); use {', '.join(available_devices())} or auto."
        ) from error
    if found.type == "meta":
        raise ModelError(f"device {device!r} computes nothing; use {', '.join(available_devices())} or auto.")
    return found


def available_devices() -> list[str]:
    """Kinds of device there are, the fastest first."""
    kinds = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [kind for kind, is_there in kinds.items() if is_there]


def resolve_dtype(dtype: str, config: PretrainedConfig, device: torch.device) -> torch.dtype:
    """A dtype by name; "auto" is float32, on CUDA that of the checkpoint if it is one of ours.

    Raises SettingError for another name, ModelError for a dtype that the device cannot compute in.
    """
    if dtype == "auto":
        stored: torch.dtype | None = getattr(config, "dtype", None)
        return stored if device.type == "cuda" and stored in DTYPES.values() and stored else torch.float32
    if dtype not in DTYPES:
        raise SettingError(f"there is no dtype {dtype!r}; choose one of auto, {', '.join(DTYPES)}.")
    probe = torch.ones(2, 2, dtype=DTYPES[dtype], device=device)
    try:
        torch.softmax(probe @ probe, dim=-1)
    except RuntimeError as error:
        raise ModelError(f"device {device} does not compute in {dtype} ({first_line(error)}); use float32.") from error
    return DTYPES[dtype]
