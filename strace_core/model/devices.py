"""The device and dtype a model is loaded to, and whether they work together on this computer."""

import torch
from transformers import PretrainedConfig

from strace_core.errors import ModelError, SettingError, first_line

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
"""Supported dtypes by name."""

BYTES_PER_WEIGHT = {name: dtype.itemsize for name, dtype in DTYPES.items()}
"""Bytes of one number in each dtype."""


def resolve_device(device: str) -> torch.device:
    """Return a torch device by name; "auto" is the first CUDA device, else MPS, else the CPU.

    Raises:
        ModelError: The device is not available.
    """
    if device == "auto":
        return torch.device(available_devices()[0])
    try:
        found = torch.device(device)
        torch.ones(1, device=found)
    except (RuntimeError, AssertionError) as error:  # torch raises either for a missing device
        raise ModelError(
            f"device {device!r} cannot be used ({first_line(error)}); use {', '.join(available_devices())} or auto."
        ) from error
    if found.type == "meta":
        raise ModelError(f"device {device!r} computes nothing; use {', '.join(available_devices())} or auto.")
    return found


def available_devices() -> list[str]:
    """Return the kinds of device that are available, fastest first."""
    kinds = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [kind for kind, is_available in kinds.items() if is_available]


def resolve_dtype(dtype: str, config: PretrainedConfig, device: torch.device) -> torch.dtype:
    """Return a dtype by name; "auto" is float32, or on CUDA the checkpoint's own dtype if it is supported.

    Raises:
        SettingError: There is no such dtype.
        ModelError: The device cannot compute in it.
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
