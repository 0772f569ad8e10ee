"""Result -> bytes of a file. The file's extension gives the format."""

import base64
import json
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from strace_core.errors import FileError, SettingError
from strace_core.result import TraceResult
from strace_core.serialise.document import ARRAY_DTYPES, DOCUMENT_ENTRY, to_document

if TYPE_CHECKING:
    import networkx as nx

TABLES = ("curve", "edges")
"""Tables that can be exported."""


def encode_result(result: TraceResult, ending: str, *, table: str = "curve", at: int | None = None) -> bytes:
    """Encode a result, a table of it or a subgraph as the bytes of a file.

    Args:
        result: The result.
        ending: Extension of the file. ``.json`` and ``.npz`` contain the complete result, which ``decode_result`` and
            ``load_result`` read; ``.csv`` and ``.parquet`` one table; ``.graphml`` one subgraph.
        table: Table to export: "curve" or "edges".
        at: Size of the subgraph to export; by default the smallest evaluated one with a total variation of at most 0.5.

    Raises:
        FileError: The extension is not supported.
        SettingError: There is no such table.
        SizeError: ``at`` is out of range.
    """
    if table not in TABLES:
        raise SettingError(f"there is no table {table!r}; choose one of {', '.join(TABLES)}.")
    return _ENCODERS[checked_ending(ending, ending)](result, table, at)


def checked_ending(ending: str, name: str) -> str:
    """Return the extension of the file ``name`` in lower case.

    Raises:
        FileError: The extension is not supported.
    """
    if ending.lower() not in _ENCODERS:
        raise FileError(f"{name!r} has no supported file extension; use one of {', '.join(_ENCODERS)}.")
    return ending.lower()


def _json_bytes(result: TraceResult, table: str, at: int | None) -> bytes:
    document, arrays = to_document(result)
    document["arrays"] = {
        name: {
            "dtype": ARRAY_DTYPES[name],
            "shape": list(array.shape),
            "zlib": base64.b64encode(zlib.compress(array.tobytes())).decode("ascii"),
        }
        for name, array in arrays.items()
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1).encode("utf-8")


def _npz_bytes(result: TraceResult, table: str, at: int | None) -> bytes:
    document, arrays = to_document(result)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8")
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(DOCUMENT_ENTRY, text)
    return buffer.getvalue()


def _csv_bytes(result: TraceResult, table: str, at: int | None) -> bytes:
    found = result.curve if table == "curve" else result.edges
    text: str = found.to_csv(index=table == "edges")
    return text.encode("utf-8")


def _parquet_bytes(result: TraceResult, table: str, at: int | None) -> bytes:
    found = result.curve if table == "curve" else result.edges.reset_index()
    buffer = BytesIO()
    found.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _graphml_bytes(result: TraceResult, table: str, at: int | None) -> bytes:
    import networkx as nx

    buffer = BytesIO()
    nx.write_graphml(_plain(result.subgraph(_half_rebuilt(result) if at is None else at)), buffer)
    return buffer.getvalue()


def _half_rebuilt(result: TraceResult) -> int:
    close = result.curve.loc[result.curve["tv"] <= 0.5, "n_edges"]
    return int(close.min()) if len(close) else result.n_edges


def _plain(graph: "nx.MultiDiGraph[Any]") -> "nx.MultiDiGraph[Any]":
    """The graph with nodes named "depth,token" and values of types that GraphML supports."""
    import networkx as nx

    plain: nx.MultiDiGraph[Any] = nx.MultiDiGraph(**graph.graph)
    for node, values in graph.nodes(data=True):
        plain.add_node(_node_name(node), **{key: _plain_value(value) for key, value in values.items()})
    for source, target, edge, values in graph.edges(keys=True, data=True):
        attributes = {key: _plain_value(value) for key, value in values.items()}
        plain.add_edge(_node_name(source), _node_name(target), key=int(edge), **attributes)
    return plain


def _node_name(node: tuple[int, int]) -> str:
    return f"{node[0]},{node[1]}"


def _plain_value(value: Any) -> Any:
    """A numpy number as a Python number; a text with unprintable characters, which XML forbids, spelled out."""
    if isinstance(value, str):
        return "".join(character if character.isprintable() else f"<U+{ord(character):04X}>" for character in value)
    return value.item() if isinstance(value, np.generic) else value


_ENCODERS: dict[str, Callable[[TraceResult, str, int | None], bytes]] = {
    ".json": _json_bytes,
    ".npz": _npz_bytes,
    ".csv": _csv_bytes,
    ".parquet": _parquet_bytes,
    ".graphml": _graphml_bytes,
}
