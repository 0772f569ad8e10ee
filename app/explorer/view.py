"""What the panels are given: how the sidebar is set, the result on the page, and the size to show."""

from dataclasses import dataclass

from strace_core import TraceResult

from ..service import cache
from ..service.requests import TraceRequest
from ..wording.file_names import file_stem


@dataclass(frozen=True)
class Choice:
    """How the sidebar is set.

    Attributes:
        model: The model's name.
        score: The score rule.
        search: How the edges are ordered.
        effort: Guided-search effort; 1 for any other search.
        baselines: The baselines to draw beside the curve.
        large: Whether the page is shown as a presentation.
        tours: How often the tour was asked for.
        is_ready: Whether the model may be loaded; false until the visitor has agreed.
    """

    model: str
    score: str
    search: str
    effort: float
    baselines: tuple[str, ...]
    large: bool
    tours: int
    is_ready: bool


@dataclass(frozen=True, eq=False)
class PanelView:
    """A result at a size, as the panels show it.

    Attributes:
        result: The trace.
        compared: The trace with the chosen baselines that have been computed so far.
        request: The request it answers; None for a result opened from a file, which has no model to ask.
        size: The number of edges to show.
        choice: How the sidebar is set.
    """

    result: TraceResult
    compared: TraceResult
    request: TraceRequest | None
    size: int
    choice: Choice

    @property
    def has_model(self) -> bool:
        """Whether the model behind the result is loaded and can be asked."""
        return self.request is not None and cache.is_loaded(self.request.model)

    def file_name(self, key: str) -> str:
        """Return the name, without its ending, of a file that shows the result at this size."""
        return f"{file_stem(self.result)}_{self.size}-edges_{key}"
