"""What a panel is given: the result on the page, the size it is looked at, and how the page is set."""

from dataclasses import dataclass

from strace_core import TraceResult

from ..service import cache
from .sidebar import Choice


@dataclass(frozen=True, eq=False)
class PanelView:
    """``compared`` is ``result`` with the baselines that are there by now. ``request`` is None for a result that came
    from a file: then there is no model to ask."""

    result: TraceResult
    compared: TraceResult
    request: cache.TraceRequest | None
    size: int
    choice: Choice

    @property
    def model_is_there(self) -> bool:
        """Whether questions can be put to the model behind the result."""
        return self.request is not None and cache.is_loaded(self.request.model)
