"""Files that a reader can take along from what is on the page: their names, and how they are made when asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from strace_core import TraceResult, encode_result

from ..graph.geometry import View
from ..graph.offline import offline_html

MAX_WORDS, MAX_NAME = 4, 40
"""Words of the prompt in a file's name, and characters of each of its parts."""

_MIME: Final = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".npz": "application/zip",
    ".graphml": "application/xml",
}


@dataclass(frozen=True)
class Download:
    """One file: the words on its button, what it is for, its name and type, and what makes its bytes."""

    label: str
    explanation: str
    name: str
    mime: str
    make: Callable[[], bytes]


def downloads(result: TraceResult, n_edges: int, *, view: View | None = None) -> list[Download]:
    """The files of a result, and of its subgraph of ``n_edges``. None is made before it is asked for.

    ``view`` is that of the graph on screen.
    """
    whole = file_stem(result)
    of_subgraph = f"{whole}_{n_edges}-edges"

    def file(label: str, explanation: str, name: str, **how: Any) -> Download:
        ending = name[name.rindex(".") :]
        return Download(label, explanation, name, _MIME[ending], partial(encode_result, result, ending, **how))

    edges = "One row for each edge, in the order in which the trace took them."
    of_size = f"The subgraph of {n_edges:,} edges, for programs that draw or study graphs."
    return [
        file("Curve (CSV)", "One row for each size that was run.", f"{whole}_curve.csv", table="curve"),
        file("Edges (CSV)", edges, f"{whole}_edges.csv", table="edges"),
        file("Edges (Parquet)", f"{edges} Smaller and typed.", f"{whole}_edges.parquet", table="edges"),
        file("Result (JSON)", "Everything; opens again on this page.", f"{whole}.json"),
        file("Result (NPZ)", "Everything, as numpy arrays; opens again on this page.", f"{whole}.npz"),
        file("Subgraph (GraphML)", of_size, f"{of_subgraph}.graphml", at=n_edges),
        Download(
            "Graph (offline HTML)",
            f"The graph of {n_edges:,} edges as a page of its own, to zoom and to hover; it needs no network.",
            f"{of_subgraph}.html",
            "text/html",
            lambda: offline_html(result, n_edges, view).encode("utf-8"),
        ),
    ]


def file_stem(result: TraceResult) -> str:
    """The start of a file's name: model, first words of the prompt, and the search if it is not the paper's.

    It has letters, digits, hyphens and underscores alone.
    """
    words = "".join(result.prompt.token_texts).split()[:MAX_WORDS]
    model = result.spec.name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    search = result.settings.search
    other = [] if search == "best-first" else [plain_name(search)]
    return "_".join([plain_name(model) or "model", plain_name(" ".join(words)) or "prompt", *other])


def plain_name(text: str) -> str:
    """Text as a part of a file's name, in letters and digits of any script."""
    signs = "".join(sign.lower() if sign.isalnum() else " " for sign in text)
    return "-".join(signs.split())[:MAX_NAME].strip("-")
