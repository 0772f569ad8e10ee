"""Bytes of a file -> result. The content is not trusted until it is checked.

Sizes are checked first: an array is decompressed to the length that its shape implies and no further, and all arrays
together to at most a small multiple of the file's size. Nothing is unpickled.
"""

import base64
import binascii
import json
import zipfile
import zlib
from io import BytesIO
from pathlib import PurePath
from typing import Any

import numpy as np

from strace_core.errors import FileError
from strace_core.result import TraceResult
from strace_core.serialise.document import ARRAY_DTYPES, DOCUMENT_ENTRY, Arrays, check_document, from_document

RESULT_ENDINGS = (".json", ".npz")
"""File extensions of complete results, which can be loaded again."""

MAX_EXPANSION = 16
"""Largest ratio of decompressed to compressed size. Files saved by this library stay below 3."""

_MAX_DOCUMENT_BYTES = 2**26
"""Largest JSON document in an archive. Parsing takes several times as much memory."""

_MAX_NPY_HEADER_BYTES = 2**16


def decode_result(content: bytes, name: str) -> TraceResult:
    """Decode a saved result from the bytes of a file.

    Args:
        content: The bytes. They may come from an untrusted source.
        name: Name of the file. Its extension, ``.json`` or ``.npz``, gives the format.

    Returns:
        A result equal to the saved one.

    Raises:
        FileError: The content is damaged, is not a saved trace, or has a newer version.
    """
    read = _read_json if checked_result_ending(name) == ".json" else _read_npz
    document, arrays = read(content, name)
    return from_document(document, arrays, name)


def checked_result_ending(name: str) -> str:
    """Return the extension of a file that can be loaded.

    Raises:
        FileError: The extension is not one of ``RESULT_ENDINGS``.
    """
    ending = PurePath(name).suffix.lower()
    if ending not in RESULT_ENDINGS:
        raise FileError(f"{name!r} cannot be loaded; saved traces end in {' or '.join(RESULT_ENDINGS)}.")
    return ending


def _shapes(document: Any, content: bytes, name: str) -> dict[str, tuple[int, ...]]:
    """The shapes of a document's arrays, if the file is large enough to contain them."""
    shapes = check_document(document, name)
    if sum(map(_n_bytes, shapes.values())) > MAX_EXPANSION * len(content):
        raise FileError(f"{name!r} is damaged: {len(content):,} bytes are too few for the arrays it describes.")
    return shapes


def _n_bytes(shape: tuple[int, ...]) -> int:
    """Bytes of an array; every number has four."""
    return 4 * int(np.prod(shape, dtype=object))


def _read_json(content: bytes, name: str) -> tuple[dict[str, Any], Arrays]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FileError(f"{name!r} is truncated, damaged or not JSON.") from error
    shapes = _shapes(document, content, name)
    stored = document.get("arrays", {})
    return document, {array: _unpacked(stored, array, shape, name) for array, shape in shapes.items()}


def _unpacked(stored: dict[str, Any], array: str, shape: tuple[int, ...], name: str) -> np.ndarray:
    """Decompress one array to the number of bytes that its shape implies, and no more."""
    if array not in stored or tuple(stored[array]["shape"]) != shape or stored[array]["dtype"] != ARRAY_DTYPES[array]:
        raise FileError(f"{name!r} is damaged: the array {array!r} is missing or does not have shape {shape}.")
    n_bytes = _n_bytes(shape)
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(base64.b64decode(stored[array]["zlib"], validate=True), n_bytes + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise FileError(f"{name!r} is damaged: the array {array!r} cannot be decompressed.") from error
    if len(unpacked) != n_bytes or not unpacker.eof:
        raise FileError(f"{name!r} is damaged: the array {array!r} is not {n_bytes:,} bytes long.")
    return np.frombuffer(unpacked, np.dtype(ARRAY_DTYPES[array])).reshape(shape)


def _read_npz(content: bytes, name: str) -> tuple[dict[str, Any], Arrays]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
            if sizes.get(DOCUMENT_ENTRY, _MAX_DOCUMENT_BYTES + 1) > _MAX_DOCUMENT_BYTES:
                raise FileError(f"{name!r} is not a saved trace.")
            document = json.loads(archive.read(DOCUMENT_ENTRY))
            shapes = _shapes(document, content, name)
            arrays = {array: _entry(archive, sizes, array, shape, name) for array, shape in shapes.items()}
    except (
        zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, RuntimeError, KeyError
    ) as error:  # fmt: skip
        raise FileError(f"{name!r} is truncated, damaged or not an archive.") from error
    return document, arrays


def _entry(
    archive: zipfile.ZipFile, sizes: dict[str, int], array: str, shape: tuple[int, ...], name: str
) -> np.ndarray:
    """Read one array of an archive, after checking its size."""
    n_bytes = _n_bytes(shape)
    entry = f"{array}.npy"
    if not n_bytes < sizes.get(entry, 0) <= n_bytes + _MAX_NPY_HEADER_BYTES:
        raise FileError(f"{name!r} is damaged: the array {array!r} is missing or does not have shape {shape}.")
    packed = BytesIO(archive.read(entry))
    found: np.ndarray = np.lib.format.read_array(packed, allow_pickle=False)
    if found.shape != shape or found.dtype != np.dtype(ARRAY_DTYPES[array]):
        raise FileError(f"{name!r} is damaged: the array {array!r} does not have shape {shape}.")
    return found
