"""Models on the Hugging Face Hub, by id. Files are downloaded, or read from the Hub's local cache, on loading."""

from pathlib import Path

from huggingface_hub.constants import is_offline_mode
from huggingface_hub.errors import LocalEntryNotFoundError


def find(name: str) -> str | None:
    """Return ``name`` if it may be a Hub id, "name" or "owner/name", or None if it looks like a local path."""
    path = Path(name).expanduser()
    is_path = path.exists() or path.is_absolute() or name.startswith(".") or name.count("/") > 1
    return None if is_path else name


def is_unreachable(error: BaseException) -> bool:
    """Return whether loading failed because the files are neither cached nor downloadable."""
    causes = error, error.__cause__, error.__context__
    return is_offline_mode() or any(isinstance(cause, LocalEntryNotFoundError) for cause in causes)
