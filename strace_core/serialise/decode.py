"""The bytes of a file -> the result it holds. Nothing in them is believed before it was looked at.

Sizes come first: an array is unpacked to the length that its shape has, never further, and all of them together to a
small multiple of the bytes that were given. Nothing is unpickled.
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
from strace_core.serialise.document import DOCUMENT_ENTRY, DTYPES, Arrays, check_document, from_document

RESULT_ENDINGS = (".json", ".npz")
"""Files that hold a whole result and open again."""

MOST_UNPACKED = 16
"""How many times longer than a file all that is in it may be; what is saved here comes to less than three times."""

_LARGEST_DOCUMENT = 2**26
"""Bytes of the JSON part of an archive, at most: parsed, it takes many times as much."""

_NPY_HEADER = 2**16


def decode_result(content: bytes, name: str) -> TraceResult:
    """The result in the bytes of a file, equal to the one that was saved; ``name``'s ending tells the kind.

    Raises FileError for bytes that are damaged, foreign or of a newer version, whoever made them.
    """
    read = _read_json if checked_result_ending(name) == ".json" else _read_npz
    document, arrays = read(content, name)
    return from_document(document, arrays, name)


def checked_result_ending(name: str) -> str:
    """The ending of a name; raises FileError for one that does not open again."""
    ending = PurePath(name).suffix.lower()
    if ending not in RESULT_ENDINGS:
        raise FileError(f"{name!r} is no file that opens again; those end in {' or '.join(RESULT_ENDINGS)}.")
    return ending


def _shapes(document: Any, content: bytes, name: str) -> dict[str, tuple[int, ...]]:
    """The shapes of a document's arrays, if that much can be in so many bytes."""
    shapes = check_document(document, name)
    if sum(map(_n_bytes, shapes.values())) > MOST_UNPACKED * len(content):
        raise FileError(f"{name!r} is damaged: {len(content):,} bytes are too few for the arrays it speaks of.")
    return shapes


def _n_bytes(shape: tuple[int, ...]) -> int:
    """Bytes of an array; all have numbers of four."""
    return 4 * int(np.prod(shape, dtype=object))


def _read_json(content: bytes, name: str) -> tuple[dict[str, Any], Arrays]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FileError(f"{name!r} is cut off, damaged or no JSON.") from error
    shapes = _shapes(document, content, name)
    stored = document.get("arrays", {})
    return document, {array: _unpacked(stored, array, shape, name) for array, shape in shapes.items()}


def _unpacked(stored: dict[str, Any], array: str, shape: tuple[int, ...], name: str) -> np.ndarray:
    """One array from its text; never more bytes than its shape says."""
    if array not in stored or tuple(stored[array]["shape"]) != shape or stored[array]["dtype"] != DTYPES[array]:
        raise FileError(f"{name!r} is damaged: the array {array!r} is missing or not of the shape {shape}.")
    n_bytes = _n_bytes(shape)
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(base64.b64decode(stored[array]["zlib"], validate=True), n_bytes + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise FileError(f"{name!r} is damaged: the array {array!r} cannot be unpacked.") from error
    if len(unpacked) != n_bytes or not unpacker.eof:
        raise FileError(f"{name!r} is damaged: the array {array!r} is not {n_bytes:,} bytes long.")
    return np.frombuffer(unpacked, np.dtype(DTYPES[array])).reshape(shape)


def _read_npz(content: bytes, name: str) -> tuple[dict[str, Any], Arrays]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
            if sizes.get(DOCUMENT_ENTRY, _LARGEST_DOCUMENT + 1) > _LARGEST_DOCUMENT:
                raise FileError(f"{name!r} is not a saved trace.")
            document = json.loads(archive.read(DOCUMENT_ENTRY))
            shapes = _shapes(document, content, name)
            arrays = {array: _entry(archive, sizes, array, shape, name) for array, shape in shapes.items()}
    except (
        zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, RuntimeError, KeyError
    ) as error:  # fmt: skip
        raise FileError(f"{name!r} is cut off, damaged or no archive.") from error
    return document, arrays


def _entry(
    archive: zipfile.ZipFile, sizes: dict[str, int], array: str, shape: tuple[int, ...], name: str
) -> np.ndarray:
    """One array of an archive; its size is looked at before it is read."""
    n_bytes = _n_bytes(shape)
    entry = f"{array}.npy"
    if not n_bytes < sizes.get(entry, 0) <= n_bytes + _NPY_HEADER:
        raise FileError(f"{name!r} is damaged: the array {array!r} is missing or not of the shape {shape}.")
    packed = BytesIO(archive.read(entry))
    found: np.ndarray = np.lib.format.read_array(packed, allow_pickle=False)
    if found.shape != shape or found.dtype != np.dtype(DTYPES[array]):
        raise FileError(f"{name!r} is damaged: the array {array!r} is not of the shape {shape}.")
    return found
