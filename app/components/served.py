"""Components whose scripts Streamlit serves as ES modules.

`pyproject.toml` beside this package's `main.py` declares this folder as the `asset_dir` of each component. Streamlit
finds that file in a checkout installed as editable (next to the module `strace_explorer`) and in an installed wheel (in
the package's list of files). One folder for all of them, so that a module can import from another component's folder
by its relative path.

Three things to know about served files:

- Their addresses carry no hash. Streamlit sends them with `Cache-Control: public` and without an age or a validator,
  so a browser asks for them again on each page load and an upgrade takes effect then. A tab that was open during the
  upgrade keeps its modules until it is reloaded.
- Streamlit answers for every file in this folder, its Python sources included. Keep nothing private here.
- The component's name is part of the address, so a module imported by two components is loaded twice. State that
  components share is kept under a registered symbol (`trace_graph/web/registry.js`, `prompt_bar/web/channels.js`).
"""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.bidi_component.state import ComponentResult
    from streamlit.components.v2.types import ComponentRenderer

PROJECT: Final = "strace-explorer"
"""The distribution's name, which Streamlit puts before the names in the manifest."""

_COMPONENTS: Final = Path(__file__).parent


class ServedComponent:
    """A component of the manifest. Call it to mount it, with the arguments of Streamlit's `ComponentRenderer`.

    It is registered when it is first mounted: only a running app has read the manifest, and an import may come first.
    Markup and style travel inside each message, so that the component is styled before its script measures it.
    """

    def __init__(self, name: str, *, script: str, html: str | None = None, css: str | None = None) -> None:
        """Describe a component.

        Args:
            name: Its name in the manifest.
            script: The entry module, relative to this folder, such as `tour/web/tour.js`.
            html: Its markup, or None for a component that draws nothing.
            css: Its style, which applies to its own markup only.
        """
        self.name = f"{PROJECT}.{name}"
        self.script = script
        self._html = html
        self._css = css

    def __call__(self, **mounting: Any) -> "ComponentResult":
        """Mount the component and return its state."""
        return self._renderer(**mounting)

    @cached_property
    def _renderer(self) -> "ComponentRenderer":
        return st.components.v2.component(self.name, html=self._html, css=self._css, js=self.script)


def asset(path: str) -> str:
    """Read a text file in this folder, such as `tour/web/tour.css`."""
    return _COMPONENTS.joinpath(path).read_text(encoding="utf-8")
