"""Where models come from: bundled names, local directories or the hub; and their configs, without the weights."""

from pathlib import Path

from huggingface_hub.constants import is_offline_mode
from huggingface_hub.errors import LocalEntryNotFoundError, StrictDataclassError
from transformers import AutoConfig, PretrainedConfig

from strace_core.errors import ModelError
from strace_core.model.sources.bundled import BUNDLED_MODELS_DIR, bundled_models

# What config classes and model constructors raise for fields that make no sense, and files that are none.
UNUSABLE = (
    ArithmeticError, AttributeError, ImportError, LookupError, OSError, RuntimeError, TypeError, ValueError,
    StrictDataclassError,
)  # fmt: skip


def resolve(name: str) -> str:
    """The directory of a bundled name or local path, or the name itself if it can be a hub id."""
    if not name.strip():
        raise ModelError(f"the model name is empty. {known_models()}")
    if name in bundled_models():
        return str(BUNDLED_MODELS_DIR / name)
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            adapter_only = " It holds an adapter (LoRA) for another model: merge it into that one first."
            raise ModelError(
                f"{name!r} is a directory without config.json, so not a model. "
                "Give the directory that a model was saved to with save_pretrained."
                + (adapter_only if (path / "adapter_config.json").is_file() else "")
            )
        return str(path)
    if path.exists() or path.is_absolute() or name.startswith(".") or name.count("/") > 1:
        raise ModelError(f"there is no model directory at {name!r}. {known_models()}")
    return name


def load_config(source: str, name: str, revision: str | None) -> PretrainedConfig:
    """The config at ``source``; nothing else is read, and no code of a repository is run."""
    try:
        return AutoConfig.from_pretrained(source, revision=revision)
    except UNUSABLE as error:
        if "trust_remote_code" in str(error):
            raise ModelError(
                f"{name!r} needs code from its own repository, which is never run here; its architecture is not one "
                "of transformers'."
            ) from error
        if not Path(source).is_dir() and _is_unreachable(error):
            raise ModelError(
                f"the files of {name!r}{'' if revision is None else f' at {revision!r}'} are not on this computer, and "
                f"the hub cannot be reached. Connect to it once, or give the directory of a copy. {known_models()}"
            ) from error
        raise ModelError(f"no model {name!r} could be found or read ({first_line(error)}). {known_models()}") from error


def _is_unreachable(error: BaseException) -> bool:
    """Whether the files are neither in the hub's local cache nor to be had."""
    causes = error, error.__cause__, error.__context__
    return is_offline_mode() or any(isinstance(cause, LocalEntryNotFoundError) for cause in causes)


def known_models() -> str:
    """What a name may be, for messages."""
    return f"Use one of {', '.join(bundled_models())}, a local model directory, or a hub id such as 'owner/name'."


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or its type."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
