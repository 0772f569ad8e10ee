"""The files a visitor can download: their names, and how each is made when it is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from strace_core import TraceResult, encode_result

from ..graph.geometry import View
from ..graph.offline import offline_html
from ..graph.payload import picture_of
from ..wording.file_names import file_stem

_MIME: Final = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".npz": "application/zip",
    ".graphml": "application/xml",
}


@dataclass(frozen=True)
class Download:
    """One file: its button's label, what it is for, its name and type, and the function that makes it."""

    label: str
    explanation: str
    name: str
    mime: str
    make: Callable[[], bytes]


def downloads(result: TraceResult, n_edges: int, *, view: View | None = None) -> list[Download]:
    """Return the files of a result and of its subgraph of ``n_edges``. None is made before it is asked for.

    ``view`` is the view of the graph on screen.
    """
    stem = file_stem(result)
    subgraph_stem = f"{stem}_{n_edges}-edges"

    def file(label: str, explanation: str, name: str, **how: Any) -> Download:
        ending = name[name.rindex(".") :]
        return Download(label, explanation, name, _MIME[ending], partial(encode_result, result, ending, **how))

    edges = "One row for each edge, in the order the trace adds them."
    of_size = f"The subgraph of {n_edges:,} edges, for graph software."
    return [
        file("Curve (CSV)", "One row for each size that was run.", f"{stem}_curve.csv", table="curve"),
        file("Edges (CSV)", edges, f"{stem}_edges.csv", table="edges"),
        file("Edges (Parquet)", f"{edges} Smaller than CSV, and typed.", f"{stem}_edges.parquet", table="edges"),
        file("Result (JSON)", "The whole result; this page can open it again.", f"{stem}.json"),
        file("Result (NPZ)", "The whole result as NumPy arrays; this page can open it again.", f"{stem}.npz"),
        file("Subgraph (GraphML)", of_size, f"{subgraph_stem}.graphml", at=n_edges),
        Download(
            "Graph (offline HTML)",
            f"The graph of {n_edges:,} edges as a page of its own that you can zoom and hover; it works offline.",
            f"{subgraph_stem}.html",
            "text/html",
            lambda: offline_html(picture_of(result, view), n_edges).encode("utf-8"),
        ),
    ]
