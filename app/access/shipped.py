"""Files shipped with the program, wherever it is installed."""

from importlib import resources
from pathlib import Path

ASSETS = Path(str(resources.files("strace_core.assets")))
"""Demo models, studies, the first picture and the logo."""

STYLES = Path(__file__).resolve().parents[1] / "styles"
"""The page's style sheets."""
