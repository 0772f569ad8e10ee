"""Reading a model's config without its weights."""

from pathlib import Path

from huggingface_hub.errors import StrictDataclassError
from transformers import AutoConfig, PretrainedConfig

from strace_core.errors import ModelError, first_line
from strace_core.model.sources import hub
from strace_core.model.sources.resolve import known_models

UNUSABLE = (
    ArithmeticError,
    AttributeError,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    StrictDataclassError,
)
"""What config classes and model constructors raise for invalid fields and unreadable files."""


def load_config(source: str, name: str, revision: str | None) -> PretrainedConfig:
    """Read the config of a model. Nothing else is read, and no code from the model's repository is run.

    Args:
        source: Directory or Hub id, from :func:`~strace_core.model.sources.resolve.resolve`.
        name: The name the caller used, for error messages.
        revision: Branch, tag or commit of a Hub id.

    Raises:
        ModelError: The config is missing or invalid, needs code from its repository, or the Hub cannot be reached.
    """
    try:
        return AutoConfig.from_pretrained(source, revision=revision)
    except UNUSABLE as error:
        if "trust_remote_code" in str(error):
            raise ModelError(
                f"{name!r} needs code from its own repository, which is never run here. "
                "Use a model whose architecture is part of transformers."
            ) from error
        if not Path(source).is_dir() and hub.is_unreachable(error):
            at_revision = "" if revision is None else f" at {revision!r}"
            raise ModelError(
                f"the files of {name!r}{at_revision} are not on this computer, and the Hub cannot be reached. "
                f"Connect to it once, or give the directory of a copy. {known_models()}"
            ) from error
        raise ModelError(f"no model {name!r} could be found or read ({first_line(error)}). {known_models()}") from error
