"""The models that come with the project, by name."""

from pathlib import Path

BUNDLED_MODELS_DIR = Path(__file__).resolve().parents[2] / "assets" / "models"


def bundled_models() -> tuple[str, ...]:
    """Names of the models that come with the project, in alphabetical order."""
    return tuple(sorted(path.parent.name for path in BUNDLED_MODELS_DIR.glob("*/config.json")))
