"""A finished or growing study as it is read: settings and two tables."""

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
from strace_core.study.schema import EARLIER, FORMAT, RUN_KEY, SINCE_SEARCHES, TABLES
from strace_core.trace.trace import BEST_FIRST

SETTINGS_FILE = "study.json"


@dataclass(frozen=True, eq=False)
class Study:
    """The tables of :mod:`strace_core.study.schema`, and how they were made.

    ``settings`` are models, score rules, searches, sizes, baselines and seed, ``versions`` those of the packages that
    computed. Rows go by model, score rule, search and prompt in the order in which they were asked for; sizes ascend.
    """

    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    runs: pd.DataFrame
    sizes: pd.DataFrame

    @property
    def models(self) -> list[str]:
        """Names of the models, in the order of the study."""
        return list(dict.fromkeys(self.runs["model"]))

    @property
    def searches(self) -> list[str]:
        """The searches that its runs are of, the paper's first."""
        there = set(self.runs["search"])
        return [name for name in SEARCHES if name in there]

    @property
    def groups(self) -> list[str]:
        """Groups of the prompts, in the order of the study."""
        return list(dict.fromkeys(self.runs["group"]))

    @property
    def traced(self) -> pd.DataFrame:
        """The runs without an error."""
        runs = self.runs[self.runs["error"].isna()].reset_index(drop=True)
        whole = {field.name: "int64" for field in TABLES["runs"] if pa.types.is_integer(field.type)}
        return runs.astype(whole)  # beside a run with an error they are read as floats

    def only(
        self,
        *,
        models: Sequence[str] | None = None,
        groups: Sequence[str] | None = None,
        scores: Sequence[str] | None = None,
        searches: Sequence[str] | None = None,
    ) -> "Study":
        """The part of some models, groups of prompts, score rules, and searches; None keeps all."""
        wanted = {"model": models, "group": groups, "score": scores, "search": searches}
        runs = self.runs
        for column, values in wanted.items():
            if values is not None:
                runs = runs[runs[column].isin(values)]
        sizes = self.sizes.merge(runs[list(RUN_KEY)], on=list(RUN_KEY))
        return replace(self, runs=runs.reset_index(drop=True), sizes=sizes)


def load_study(folder: str | Path) -> Study:
    """The study in a folder, as far as it has been written.

    One of the earlier format is read as of the paper's search alone. Raises FileError for a folder that holds none, a
    damaged or foreign table, and another version of the tables.
    """
    place = Path(folder)
    about = read_settings(place)
    is_earlier = about["format"] == EARLIER
    tables = {name: _read_table(place / f"{name}.parquet", schema, is_earlier) for name, schema in TABLES.items()}
    settings = ({"searches": [BEST_FIRST]} if is_earlier else {}) | about["settings"]
    return Study(settings, about["versions"], **tables)


def read_settings(folder: Path) -> dict[str, Any]:
    """What stands beside the tables: ``format``, ``settings``, ``versions``. Raises FileError."""
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
    if about["format"] not in (EARLIER, FORMAT):
        raise FileError(
            f"the study in {str(folder)!r} has format {about['format']!r} and this program reads {EARLIER} and "
            f"{FORMAT}; "
            "read it with the program that made it, or run the study anew."
        )
    return about


def _read_table(path: Path, schema: pa.Schema, is_earlier: bool) -> pd.DataFrame:
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise FileError(f"there is no {str(path)!r}; has the study been run?") from None
    except (OSError, pa.ArrowException) as error:
        raise FileError(f"{str(path)!r} cannot be read as Parquet ({error}).") from error
    if is_earlier:
        table = _with_searches(table, schema)
    for field in schema:
        if field.name not in table.column_names:
            raise FileError(f"{str(path)!r} lacks the column {field.name!r}.")
        found = table.schema.field(field.name).type
        if found != field.type:
            raise FileError(f"{str(path)!r} has the column {field.name!r} as {found}, not {field.type}.")
    frame: pd.DataFrame = table.select(schema.names).to_pandas()
    return frame


def _with_searches(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table of the earlier format with the columns that came with searches."""
    values = {"search": BEST_FIRST}
    for name in SINCE_SEARCHES:
        if name in schema.names:
            column = pa.array([values.get(name)] * table.num_rows, schema.field(name).type)
            table = table.append_column(name, column)
    return table
