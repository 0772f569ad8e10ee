"""Documents, tables and graphs on disk, by the ending of the file's name. Nothing is overwritten half-way."""

import base64
import binascii
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import networkx as nx
import numpy as np

from strace_core.errors import FileError, SettingError
from strace_core.result import TraceResult
from strace_core.serialise.document import DTYPES, Arrays, check_document, from_document, to_document

RESULT_ENDINGS = (".json", ".npz")
"""Files that hold a whole result and open again."""

TABLE_ENDINGS = (".csv", ".parquet")
GRAPH_ENDINGS = (".graphml",)
TABLES = ("curve", "edges")

_DOCUMENT_ENTRY = "document.json"
_LARGEST_DOCUMENT = 2**28
"""Bytes of the JSON part of an archive, at most."""
_NPY_HEADER = 2**16


def save_result(result: TraceResult, path: str | Path, *, table: str = "curve", at: int | None = None) -> None:
    """Write a result, or one part of it, to a file of the kind that the name's ending tells.

    ``.json`` and ``.npz`` hold everything and are read by ``load_result``. ``.csv`` and ``.parquet`` hold the ``table``
    "curve" or "edges". ``.graphml`` holds the subgraph of ``at`` edges, by default the smallest evaluated one with tv
    at most 0.5. The file appears whole or not at all.

    Raises FileError for another ending and for a place that cannot be written, SettingError for another table.
    """
    target = Path(path)
    content = encoded(result, ending_of(target), table=table, at=at)
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                os.chmod(file.name, 0o666 & ~_umask())
                os.replace(file.name, target)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise FileError(f"{str(path)!r} cannot be written ({error.strerror}).") from error


def _umask() -> int:
    """The permissions that new files of this process lack; a temporary file would lack more."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def load_result(path: str | Path) -> TraceResult:
    """The result saved as ``.json`` or ``.npz``, equal to the one that was saved.

    Raises FileError for a file that is not there, damaged, foreign or of a newer version.
    """
    source, name = Path(path), str(path)
    ending = source.suffix.lower()
    if ending not in RESULT_ENDINGS:
        raise FileError(f"{name!r} is no file that opens again; those end in {' or '.join(RESULT_ENDINGS)}.")
    try:
        with source.open("rb") as file:
            document, arrays = _read_json(file, name) if ending == ".json" else _read_npz(file, name)
    except OSError as error:
        raise FileError(f"{name!r} cannot be read ({error.strerror}).") from error
    return from_document(document, arrays, name)


def ending_of(path: Path) -> str:
    """The ending of a name, one that can be written."""
    ending = path.suffix.lower()
    if ending not in _ENCODERS:
        raise FileError(f"{str(path)!r} does not end in a kind of file that can be written: {', '.join(_ENCODERS)}.")
    return ending


def encoded(result: TraceResult, ending: str, *, table: str = "curve", at: int | None = None) -> bytes:
    """The bytes of a file with this ending."""
    if table not in TABLES:
        raise SettingError(f"there is no table {table!r}; choose one of {', '.join(TABLES)}.")
    return _ENCODERS[ending](result, table, at)


def _json_bytes(result: TraceResult, table: str, at: int | None) -> bytes:
    document, arrays = to_document(result)
    document["arrays"] = {
        name: {
            "dtype": DTYPES[name],
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
        archive.writestr(_DOCUMENT_ENTRY, text)
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
    buffer = BytesIO()
    nx.write_graphml(_plain(result.subgraph(_half_rebuilt(result) if at is None else at)), buffer)
    return buffer.getvalue()


def _half_rebuilt(result: TraceResult) -> int:
    close = result.curve.loc[result.curve["tv"] <= 0.5, "n_edges"]
    return int(close.min()) if len(close) else result.n_edges


def _plain(graph: "nx.MultiDiGraph[Any]") -> "nx.MultiDiGraph[Any]":
    """The graph with nodes named like "3,5" (depth, token) and values that GraphML knows."""
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
    """A numpy number as Python's; of a text only what XML can hold."""
    if isinstance(value, str):
        return "".join(character if character.isprintable() else f"<U+{ord(character):04X}>" for character in value)
    return value.item() if isinstance(value, np.generic) else value


def _read_json(file: BinaryIO, name: str) -> tuple[dict[str, Any], Arrays]:
    try:
        document = json.load(file)
    except (ValueError, RecursionError) as error:
        raise FileError(f"{name!r} is cut off, damaged or no JSON.") from error
    shapes = check_document(document, name)
    stored = document.get("arrays", {})
    return document, {array: _unpacked(stored, array, shape, name) for array, shape in shapes.items()}


def _unpacked(stored: dict[str, Any], array: str, shape: tuple[int, ...], name: str) -> np.ndarray:
    """One array from its text; never more bytes than its shape says."""
    if array not in stored or tuple(stored[array]["shape"]) != shape or stored[array]["dtype"] != DTYPES[array]:
        raise FileError(f"{name!r} is damaged: the array {array!r} is missing or not of the shape {shape}.")
    dtype = np.dtype(DTYPES[array])
    n_bytes = dtype.itemsize * int(np.prod(shape, dtype=object))
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(base64.b64decode(stored[array]["zlib"], validate=True), n_bytes + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise FileError(f"{name!r} is damaged: the array {array!r} cannot be unpacked.") from error
    if len(content) != n_bytes or not unpacker.eof:
        raise FileError(f"{name!r} is damaged: the array {array!r} is not {n_bytes:,} bytes long.")
    return np.frombuffer(content, dtype).reshape(shape)


def _read_npz(file: BinaryIO, name: str) -> tuple[dict[str, Any], Arrays]:
    try:
        with zipfile.ZipFile(file) as archive:
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
            if sizes.get(_DOCUMENT_ENTRY, _LARGEST_DOCUMENT + 1) > _LARGEST_DOCUMENT:
                raise FileError(f"{name!r} is not a saved trace.")
            document = json.loads(archive.read(_DOCUMENT_ENTRY))
            shapes = check_document(document, name)
            arrays = {array: _entry(archive, sizes, array, shape, name) for array, shape in shapes.items()}
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, RuntimeError, KeyError) as error:
        raise FileError(f"{name!r} is cut off, damaged or no archive.") from error
    return document, arrays


def _entry(
    archive: zipfile.ZipFile, sizes: dict[str, int], array: str, shape: tuple[int, ...], name: str
) -> np.ndarray:
    """One array of an archive; its size is looked at before it is read."""
    n_bytes = 4 * int(np.prod(shape, dtype=object))
    entry = f"{array}.npy"
    if not n_bytes < sizes.get(entry, 0) <= n_bytes + _NPY_HEADER:
        raise FileError(f"{name!r} is damaged: the array {array!r} is missing or not of the shape {shape}.")
    content = BytesIO(archive.read(entry))
    found: np.ndarray = np.lib.format.read_array(content, allow_pickle=False)
    if found.shape != shape or found.dtype != np.dtype(DTYPES[array]):
        raise FileError(f"{name!r} is damaged: the array {array!r} is not of the shape {shape}.")
    return found


_ENCODERS: dict[str, Callable[[TraceResult, str, int | None], bytes]] = {
    ".json": _json_bytes,
    ".npz": _npz_bytes,
    ".csv": _csv_bytes,
    ".parquet": _parquet_bytes,
    ".graphml": _graphml_bytes,
}
