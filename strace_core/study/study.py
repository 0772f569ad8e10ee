"""A study as it is read from its folder: the settings and two tables."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from strace_core.errors import FileError
from strace_core.search import SEARCHES
from strace_core.study.schema import ADDED_SINCE_EARLIER_FORMAT, EARLIER_FORMAT, FORMAT, RUN_KEY, TABLES
from strace_core.trace.trace import BEST_FIRST

SETTINGS_FILE = "study.json"


@dataclass(frozen=True, eq=False)
class Study:
    """A study, finished or still running: its settings and its two tables.

    The columns are listed in :mod:`strace_core.study.schema`. Runs are ordered by model, score rule, search and prompt,
    as they were requested; sizes ascend within a run.

    Attributes:
        settings: models, score rules, searches, sizes, baselines and seed.
        versions: versions of the packages that computed the study.
        runs: one row per (model, score rule, search, prompt).
        sizes: one row per subgraph size of each run.
    """

    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    runs: pd.DataFrame
    sizes: pd.DataFrame

    @property
    def models(self) -> list[str]:
        """Names of the models, in the study's order."""
        return list(dict.fromkeys(self.runs["model"]))

    @property
    def searches(self) -> list[str]:
        """The searches that have runs, best-first before guided."""
        there = set(self.runs["search"])
        return [name for name in SEARCHES if name in there]

    @property
    def groups(self) -> list[str]:
        """Groups of prompts, in the study's order."""
        return list(dict.fromkeys(self.runs["group"]))

    @property
    def traced(self) -> pd.DataFrame:
        """The runs that succeeded."""
        runs = self.runs[self.runs["error"].isna()].reset_index(drop=True)
        integers = {field.name: "int64" for field in TABLES["runs"] if pa.types.is_integer(field.type)}
        return runs.astype(integers)  # pandas reads integer columns as floats where a failed run leaves them empty

    def only(
        self,
        *,
        models: Sequence[str] | None = None,
        groups: Sequence[str] | None = None,
        scores: Sequence[str] | None = None,
        searches: Sequence[str] | None = None,
    ) -> "Study":
        """Select part of the study; None keeps everything.

        Args:
            models: names of models.
            groups: groups of prompts.
            scores: names of score rules.
            searches: names of searches.
        """
        wanted = {"model": models, "group": groups, "score": scores, "search": searches}
        runs = self.runs
        for column, values in wanted.items():
            if values is not None:
                runs = runs[runs[column].isin(values)]
        sizes = self.sizes.merge(runs[list(RUN_KEY)], on=list(RUN_KEY))
        return replace(self, runs=runs.reset_index(drop=True), sizes=sizes)


def load_study(folder: str | Path) -> Study:
    """Read the study in a folder, as far as it has been written.

    Tables in the earlier format are read as best-first runs.

    Raises:
        FileError: the folder holds no study, or a table is damaged, lacks a column, or has an unknown format.
    """
    place = Path(folder)
    about = read_settings(place)
    is_earlier = about["format"] == EARLIER_FORMAT
    tables = {name: _read_table(place / f"{name}.parquet", schema, is_earlier) for name, schema in TABLES.items()}
    settings = ({"searches": [BEST_FIRST]} if is_earlier else {}) | about["settings"]
    return Study(settings, about["versions"], **tables)


def read_settings(folder: Path) -> dict[str, Any]:
    """Read the file beside the tables: ``format``, ``settings`` and ``versions``.

    Raises:
        FileError: the file is missing, damaged, or has an unknown format.
    """
    path = folder / SETTINGS_FILE
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileError(f"there is no study in {str(folder)!r}: it has no {SETTINGS_FILE}.") from None
    except OSError as error:
        raise FileError(f"{str(path)!r} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise FileError(f"{str(path)!r} is damaged: {error}.") from error
    if not isinstance(about, dict) or not {"format", "settings", "versions"} <= about.keys():
        raise FileError(f"{str(path)!r} does not describe a study.")
    if about["format"] not in (EARLIER_FORMAT, FORMAT):
        raise FileError(
            f"the study in {str(folder)!r} has format {about['format']!r}, but this program reads {EARLIER_FORMAT} "
            f"and {FORMAT}; read it with the version that wrote it, or run the study again."
        )
    return about


def _read_table(path: Path, schema: pa.Schema, is_earlier: bool) -> pd.DataFrame:
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise FileError(f"{str(path)!r} does not exist; has the study been run?") from None
    except (OSError, pa.ArrowException) as error:
        raise FileError(f"{str(path)!r} cannot be read as Parquet ({error}).") from error
    if is_earlier:
        table = _with_search_columns(table, schema)
    for field in schema:
        if field.name not in table.column_names:
            raise FileError(f"{str(path)!r} lacks the column {field.name!r}.")
        found = table.schema.field(field.name).type
        if found != field.type:
            raise FileError(f"{str(path)!r} has the column {field.name!r} as {found}, not {field.type}.")
    frame: pd.DataFrame = table.select(schema.names).to_pandas()
    return frame


def _with_search_columns(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Add the columns that a table in the earlier format lacks."""
    values = {"search": BEST_FIRST}
    for name in ADDED_SINCE_EARLIER_FORMAT:
        if name in schema.names:
            column = pa.array([values.get(name)] * table.num_rows, schema.field(name).type)
            table = table.append_column(name, column)
    return table
