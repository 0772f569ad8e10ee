"""The demo models that are installed with the package, by name."""

from importlib import resources
from pathlib import Path

BUNDLED_MODELS_DIR = Path(str(resources.files("strace_core.assets"))) / "models"


def bundled_models() -> tuple[str, ...]:
    """Return the names of the bundled models, in alphabetical order."""
    return tuple(sorted(path.parent.name for path in BUNDLED_MODELS_DIR.glob("*/config.json")))


def find(name: str) -> str | None:
    """Return the directory of a bundled model, or None if ``name`` is not the name of one."""
    return str(BUNDLED_MODELS_DIR / name) if name in bundled_models() else None
