"""A component's own files: markup, style and scripts, as the text that Streamlit wants."""

from pathlib import Path

_COMPONENTS = Path(__file__).parent


def asset(name: str) -> str:
    """Text of a file in a component's folder ``web``, named by component and file: `prompt_bar/prompt_bar.css`."""
    component, file = name.split("/")
    return _COMPONENTS.joinpath(component, "web", file).read_text(encoding="utf-8")


def script(*names: str) -> str:
    """Several scripts as one module, which takes the place of imports: a component's script has no address."""
    return "\n".join(asset(name) for name in names)
