"""Read a study's prompts from a file."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from strace_core.errors import FileError

ENDINGS = (".txt", ".csv", ".jsonl", ".parquet")


@dataclass(frozen=True)
class StudyPrompt:
    """One prompt of a study.

    Attributes:
        id: unique name within the study.
        text: the text to trace.
        target: text of a token whose surprisal is reported.
        group: a label to compare prompts by; "" for none.
    """

    id: str
    text: str
    target: str | None = None
    group: str = ""


def read_prompts(path: str | Path) -> list[StudyPrompt]:
    """Read the prompts in a file, in file order.

    A ``.txt`` file has one prompt per non-blank line. ``.csv`` (with a header), ``.jsonl`` and ``.parquet`` files have
    one row per prompt with ``text`` and, optionally, ``id``, ``target`` and ``group``; other columns are ignored. A
    prompt without an id gets its row number, starting at 1.

    Raises:
        FileError: the file is missing, damaged, empty or of another type, a ``text`` is missing or empty, or an id
            occurs twice.
    """
    place = Path(path)
    if place.suffix not in ENDINGS:
        raise FileError(f"prompt file {str(path)!r} ends in {place.suffix!r}; use one of {', '.join(ENDINGS)}.")
    try:
        rows = _ROWS[place.suffix](place)
    except OSError as error:
        raise FileError(f"prompt file {str(path)!r} cannot be read ({error.strerror or error}).") from error
    except (UnicodeDecodeError, ValueError, csv.Error, pa.ArrowException) as error:
        raise FileError(f"prompt file {str(path)!r} is damaged: {error}.") from error
    return checked_prompts((_prompt(row, number, str(path)) for number, row in enumerate(rows, 1)), str(path))


def checked_prompts(prompts: Iterable[StudyPrompt], name: str) -> list[StudyPrompt]:
    """Return the prompts as a list; raise FileError if there are none or an id occurs twice."""
    found = list(prompts)
    if not found:
        raise FileError(f"{name!r} contains no prompts.")
    counts = Counter(prompt.id for prompt in found)
    twice = [prompt_id for prompt_id, count in counts.items() if count > 1]
    if twice:
        raise FileError(f"{name!r} repeats {len(twice)} ids, such as {twice[0]!r}; make every id unique.")
    return found


def _prompt(row: Mapping[str, Any], number: int, name: str) -> StudyPrompt:
    if "text" not in row:
        known = ", ".join(map(str, row)) or "none"
        raise FileError(f"{name!r} has no 'text' in row {number} (its columns: {known}).")
    text, target = row["text"], row.get("target")
    if not isinstance(text, str) or not text.strip():
        raise FileError(f"{name!r} has {text!r} as the text of row {number}; give at least one word.")
    prompt_id = row.get("id")
    return StudyPrompt(
        id=str(number) if prompt_id in (None, "") else str(prompt_id),
        text=text,
        target=None if target in (None, "") else str(target),
        group=str(row.get("group") or ""),
    )


def _lines(path: Path) -> list[Mapping[str, Any]]:
    return [{"text": line} for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]


def _csv_rows(path: Path) -> list[Mapping[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def _json_rows(path: Path) -> list[Mapping[str, Any]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise ValueError(f"row {number} is not an object")
    return rows


def _parquet_rows(path: Path) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = pq.read_table(path).to_pylist()
    return rows


_ROWS = {".txt": _lines, ".csv": _csv_rows, ".jsonl": _json_rows, ".parquet": _parquet_rows}
