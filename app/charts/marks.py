"""Notable sizes of a trace, marked under the slider and in the curve."""

from dataclasses import dataclass

import pandas as pd

from strace_core import TraceResult

from ..wording.sizes import first_size


@dataclass(frozen=True)
class Mark:
    """A notable size: its number of edges, what happens there, and that in a word or two."""

    n_edges: int
    label: str
    short: str


def marks(result: TraceResult) -> list[Mark]:
    """Return the notable sizes, ascending: connected to the input, top token and distribution recovered, backbone."""
    curve = result.curve
    close, closer = (
        _first(result, curve["tv"] <= 0.5, "TV from the full model at most 0.5 for the first time", "TV ≤ 0.5"),
        _first(result, curve["tv"] <= 0.1, "TV from the full model at most 0.1 for the first time", "TV ≤ 0.1"),
    )
    if close is not None and closer is not None and close.n_edges == closer.n_edges:
        close = None
    candidates = [
        Mark(result.trace.connected, "first path from a token to the prediction", "connected"),
        _first(result, curve["top1_match"], "first size with the full model's top token", "same top token"),
        close,
        closer,
        Mark(result.trace.backbone, "every residual connection and MLP included", "backbone"),
    ]
    return sorted((mark for mark in candidates if mark is not None), key=lambda mark: mark.n_edges)


def _first(result: TraceResult, holds: pd.Series, label: str, short: str) -> Mark | None:
    n_edges = first_size(result.curve, holds)
    return None if n_edges is None else Mark(n_edges, label, short)
