"""The models that come with the project, by name."""

from importlib import resources
from pathlib import Path

BUNDLED_MODELS_DIR = Path(str(resources.files("strace_core.assets"))) / "models"


def bundled_models() -> tuple[str, ...]:
    """Names of the models that come with the project, in alphabetical order."""
    return tuple(sorted(path.parent.name for path in BUNDLED_MODELS_DIR.glob("*/config.json")))
