"""Models in a local directory, as ``save_pretrained`` writes them."""

from pathlib import Path

from strace_core.errors import ModelError


def find(name: str) -> str | None:
    """Return the path of a local model directory, or None if ``name`` is not a directory.

    Raises:
        ModelError: The directory does not contain a model.
    """
    path = Path(name).expanduser()
    if not path.is_dir():
        return None
    if not (path / "config.json").is_file():
        is_adapter = (path / "adapter_config.json").is_file()
        raise ModelError(
            f"{name!r} is a directory without config.json, so it is not a model. "
            "Give a directory written by save_pretrained."
            + (" It holds an adapter (LoRA) for another model: merge it into that model first." if is_adapter else "")
        )
    return str(path)
