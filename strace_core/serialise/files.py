"""Results, tables and graphs on disk, by the ending of the file's name. Nothing is overwritten half-way."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from strace_core.errors import FileError
from strace_core.result import TraceResult
from strace_core.serialise.decode import checked_result_ending, decode_result
from strace_core.serialise.encode import checked_ending, encode_result


def save_result(result: TraceResult, path: str | Path, *, table: str = "curve", at: int | None = None) -> None:
    """Write a result, or one part of it, to a file of the kind that the name's ending tells.

    The kinds, ``table`` and ``at`` are those of :func:`~strace_core.serialise.encode.encode_result`. The file appears
    whole or not at all. Raises what that raises, and FileError for a place that cannot be written.
    """
    target = Path(path)
    content = encode_result(result, ending_of(target), table=table, at=at)
    with whole_file(target) as file:
        file.write(content)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to be written, which appears whole or not at all. Raises FileError where it cannot be written."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                os.chmod(file.name, 0o666 & ~_umask())
                os.replace(file.name, path)
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
    name = str(path)
    checked_result_ending(name)
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise FileError(f"{name!r} cannot be read ({error.strerror}).") from error
    return decode_result(content, name)


def ending_of(path: Path) -> str:
    """The ending of a name, one that can be written; raises FileError for another."""
    return checked_ending(path.suffix, str(path))
