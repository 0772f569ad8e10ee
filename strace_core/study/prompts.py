"""The prompts of a study, from a file."""

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
    """A prompt and what it is called.

    ``target`` is the text of a token whose surprisal is wanted, ``group`` a kind of prompts.
    """

    id: str
    text: str
    target: str | None = None
    group: str = ""


def read_prompts(path: str | Path) -> list[StudyPrompt]:
    """The prompts in a file, in its order.

    A ``.txt`` has a prompt on each line that is not blank; ``.csv`` (with a header), ``.jsonl`` and ``.parquet`` have a
    row for each, with ``text`` and, if wanted, ``id``, ``target`` and ``group``. Without an id a prompt is called by
    its number, from 1. Other columns are passed over.

    Raises FileError for a file that is not there, of another kind, damaged or empty, for a missing or empty ``text``,
    and for an id that occurs twice.
    """
    place = Path(path)
    if place.suffix not in ENDINGS:
        raise FileError(f"prompts {str(path)!r} end in {place.suffix!r}; use one of {', '.join(ENDINGS)}.")
    try:
        rows = _ROWS[place.suffix](place)
    except OSError as error:
        raise FileError(f"prompts {str(path)!r} cannot be read ({error.strerror or error}).") from error
    except (UnicodeDecodeError, ValueError, csv.Error, pa.ArrowException) as error:
        raise FileError(f"prompts {str(path)!r} are damaged: {error}.") from error
    return checked_prompts((_prompt(row, number, str(path)) for number, row in enumerate(rows, 1)), str(path))


def checked_prompts(prompts: Iterable[StudyPrompt], name: str) -> list[StudyPrompt]:
    """The prompts as a list; raises FileError where there is none, or two have one id."""
    found = list(prompts)
    if not found:
        raise FileError(f"there is no prompt in {name!r}.")
    times = Counter(prompt.id for prompt in found)
    twice = [prompt_id for prompt_id, count in times.items() if count > 1]
    if twice:
        raise FileError(f"{name!r} has {len(twice)} ids more than once, such as {twice[0]!r}; make them different.")
    return found


def _prompt(row: Mapping[str, Any], number: int, name: str) -> StudyPrompt:
    if "text" not in row:
        known = ", ".join(map(str, row)) or "none"
        raise FileError(f"{name!r} has no 'text' in row {number} (columns: {known}).")
    text, target = row["text"], row.get("target")
    if not isinstance(text, str) or not text.strip():
        raise FileError(f"{name!r} has {text!r} for the text of row {number}; give at least one word.")
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
            raise ValueError(f"row {number} is no object")
    return rows


def _parquet_rows(path: Path) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = pq.read_table(path).to_pylist()
    return rows


_ROWS = {".txt": _lines, ".csv": _csv_rows, ".jsonl": _json_rows, ".parquet": _parquet_rows}
