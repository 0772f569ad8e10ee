"""Save finished runs so that a study can resume.

Runs go into a SQLite file in transactions. The tables are written from it, in the study's order, when the study ends
or is stopped. A killed process leaves the journal as of its last transaction.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from strace_core.errors import FileError
from strace_core.serialise.files import whole_file
from strace_core.study.rows import FinishedRun, RunKey
from strace_core.study.schema import FORMAT, RUNS, SIZES
from strace_core.study.study import SETTINGS_FILE, read_settings

JOURNAL_FILE = "journal.sqlite"

RUNS_PER_WRITE = 500
"""Runs held in memory at a time while the tables are written."""

_TABLE = (
    "CREATE TABLE IF NOT EXISTS finished (model, score, search, prompt_id, error, run BLOB, sizes BLOB, "
    "PRIMARY KEY (model, score, search, prompt_id))"
)
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")


@dataclass(frozen=True, eq=False)
class Journal:
    """The finished runs in a study's folder.

    Attributes:
        folder: the study's folder.
        database: open connection to the journal file.
    """

    folder: Path
    database: sqlite3.Connection

    def errors(self) -> dict[RunKey, str | None]:
        """Map each finished run to its error, None if it succeeded."""
        rows = self.database.execute("SELECT model, score, search, prompt_id, error FROM finished")
        return {(model, score, search, prompt_id): error for model, score, search, prompt_id, error in rows}

    def add(self, runs: Iterable[FinishedRun]) -> None:
        """Save runs in one transaction. A run that is already saved is left as it is."""
        rows = [(*run.key, run.error, _packed(run.run), _packed(run.sizes)) for run in runs]
        with self._writing():
            self.database.executemany("INSERT OR IGNORE INTO finished VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def forget_failed(self) -> None:
        """Delete failed runs so that they are traced again."""
        with self._writing():
            self.database.execute("DELETE FROM finished WHERE error IS NOT NULL")

    def write_tables(self, order: Sequence[RunKey]) -> None:
        """Write the study's tables with runs in the given order, leaving out unfinished ones.

        Each file is replaced atomically.

        Raises:
            FileError: a file cannot be written.
        """
        with (
            whole_file(self.folder / "runs.parquet") as runs_file,
            whole_file(self.folder / "sizes.parquet") as sizes_file,
            pq.ParquetWriter(runs_file, RUNS, compression="zstd") as runs,
            pq.ParquetWriter(sizes_file, SIZES, compression="zstd") as sizes,
        ):
            for start in range(0, len(order), RUNS_PER_WRITE):
                found = [row for key in order[start : start + RUNS_PER_WRITE] if (row := self._row(key))]
                if found:
                    runs.write_table(pa.concat_tables(_unpacked(run) for run, _ in found))
                    sizes.write_table(pa.concat_tables(_unpacked(rows) for _, rows in found))

    def _row(self, key: RunKey) -> tuple[bytes, bytes] | None:
        select = "SELECT run, sizes FROM finished WHERE model = ? AND score = ? AND search = ? AND prompt_id = ?"
        row: tuple[bytes, bytes] | None = self.database.execute(select, key).fetchone()
        return row

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Run one transaction."""
        try:
            with self.database:
                yield
        except sqlite3.OperationalError as error:
            raise FileError(
                f"a finished run cannot be saved in {str(self.folder)!r} ({error}). Earlier runs are safe: free some "
                "space and run the same command again."
            ) from error


@contextmanager
def open_journal(folder: Path, settings: dict[str, Any], versions: dict[str, str]) -> Iterator[Journal]:
    """Open a study's journal, new or existing, with exclusive access.

    Args:
        folder: the study's folder.
        settings: the study's settings as JSON values.
        versions: package versions.

    Raises:
        FileError: the folder cannot be written, holds something else or a study with other settings or versions, or is
            in use by another process.
    """
    _claim(folder, settings, versions)
    path = folder / JOURNAL_FILE
    with closing(_connected(path)) as database:
        yield Journal(folder, database)


def _connected(path: Path) -> sqlite3.Connection:
    try:
        database = sqlite3.connect(path, timeout=1)
        # Exclusive while open: on a shared file system a write-ahead log works only with exclusive locking.
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = WAL")
        with database:
            database.execute(_TABLE)
    except sqlite3.Error as error:
        reason = "another process is writing to it" if "locked" in str(error) else str(error)
        raise FileError(f"{str(path)!r} cannot be opened ({reason}).") from error
    return database


def _claim(folder: Path, settings: dict[str, Any], versions: dict[str, str]) -> None:
    """Create the study's folder, or check that it holds this study."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_new = not (folder / SETTINGS_FILE).exists()
        if is_new and any(folder.iterdir()):
            raise FileError(f"{str(folder)!r} is not empty and holds no study; give an empty or new folder.")
    except OSError as error:
        raise FileError(f"{str(folder)!r} cannot be used as a folder ({error.strerror}).") from error
    about: dict[str, Any] = {"format": FORMAT, "settings": settings, "versions": versions}
    if is_new:
        with whole_file(folder / SETTINGS_FILE) as file:
            file.write(json.dumps(about, indent=2).encode() + b"\n")
        return
    there = read_settings(folder)
    if there["format"] != FORMAT:
        raise FileError(
            f"{str(folder)!r} holds a study in format {there['format']}, which this program can read but not resume: "
            f"it writes format {FORMAT}. Give another folder."
        )
    for part in ("settings", "versions"):
        for name in about[part].keys() | there[part].keys():
            wanted, found = about[part].get(name), there[part].get(name)
            if wanted != found:
                raise FileError(
                    f"{str(folder)!r} holds a study with {name} = {found!r}, but this one has {wanted!r}; "
                    "resume it with its own settings and versions, or give another folder."
                )


def _packed(table: pa.Table) -> bytes:
    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, table.schema, options=_COMPRESSED) as writer:
        writer.write_table(table)
    packed: bytes = stream.getvalue().to_pybytes()
    return packed


def _unpacked(packed: bytes) -> pa.Table:
    with pa.ipc.open_stream(packed) as reader:
        return reader.read_all()
