"""Model name -> where transformers loads it from. A new source is one module and one entry in ``SOURCES``."""

from collections.abc import Callable

from strace_core.errors import ModelError
from strace_core.model.sources import bundled, directory, hub
from strace_core.model.sources.bundled import bundled_models

SOURCES: tuple[Callable[[str], str | None], ...] = (bundled.find, directory.find, hub.find)
"""Lookups, in order of precedence: each returns a directory or Hub id, or None for a name that is not its own."""


def resolve(name: str) -> str:
    """Return the directory of a bundled or local model, or the name itself if it may be a Hub id.

    Raises:
        ModelError: No source knows the name, or it is a directory without a model.
    """
    if not name.strip():
        raise ModelError(f"the model name is empty. {known_models()}")
    for find in SOURCES:
        source = find(name)
        if source is not None:
            return source
    raise ModelError(f"there is no model directory at {name!r}. {known_models()}")


def known_models() -> str:
    """Return a sentence for error messages that lists what a model name can be."""
    return f"Use one of {', '.join(bundled_models())}, a local model directory, or a Hub id such as 'owner/name'."
