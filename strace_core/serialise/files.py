"""Results, tables and graphs on disk. Files are written atomically, in the format of their extension."""

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
    """Save a result, a table of it or a subgraph to a file. The file is written atomically.

    Args:
        result: The result.
        path: The file. Its extension gives the format, as for ``encode_result``.
        table: Table to export as ``.csv`` or ``.parquet``: "curve" or "edges".
        at: Size of the subgraph to export as ``.graphml``; by default the smallest evaluated one with a total variation
            of at most 0.5.

    Raises:
        FileError: The extension is not supported, or the file cannot be written.
        SettingError: There is no such table.
        SizeError: ``at`` is out of range.
    """
    target = Path(path)
    content = encode_result(result, ending_of(target), table=table, at=at)
    with whole_file(target) as file:
        file.write(content)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that only replaces ``path`` once it is complete.

    Raises:
        FileError: It cannot be written.
    """
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
    """The process's umask, which temporary files do not follow."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def load_result(path: str | Path) -> TraceResult:
    """Load a result that was saved as ``.json`` or ``.npz``.

    Raises:
        FileError: The file does not exist, is damaged, is not a saved trace, or has a newer version.
    """
    name = str(path)
    checked_result_ending(name)
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise FileError(f"{name!r} cannot be read ({error.strerror}).") from error
    return decode_result(content, name)


def ending_of(path: Path) -> str:
    """Return the extension of a file that can be written, in lower case.

    Raises:
        FileError: The extension is not supported.
    """
    return checked_ending(path.suffix, str(path))
