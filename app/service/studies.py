"""Requests for parts of studies, and how they are loaded, filtered and analysed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import strace_core
from strace_core import StraceError
from strace_core.study import twin

from ..access.settings import StudyPlace

if TYPE_CHECKING:
    import pandas as pd

    from strace_core.study import Study

FILES = ("study.json", "runs.parquet", "sizes.parquet")

Stamp = tuple[tuple[int, int], ...]
"""Modification time and size of each file of a study; changes when the study changes."""


@dataclass(frozen=True)
class Part:
    """A filter on a study's runs: models, groups of prompts, a score rule, a search. None keeps all.

    A model brings its untrained twin along.
    """

    models: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    score: str | None = None
    search: str | None = None


WHOLE = Part()


@dataclass(frozen=True)
class StudyRequest:
    """A part of a study, as its files were at ``stamp``."""

    place: StudyPlace
    stamp: Stamp
    part: Part = WHOLE


def stamp(place: StudyPlace) -> Stamp:
    """Return the current stamp of a study's files. A missing file counts as (0, 0)."""
    found = []
    for name in FILES:
        try:
            status = (place.folder / name).stat()
        except OSError:
            found.append((0, 0))
        else:
            found.append((status.st_mtime_ns, status.st_size))
    return tuple(found)


def load(place: StudyPlace) -> "Study":
    """Load a study. Raises FileError, which gives the study's name instead of its folder."""
    try:
        return strace_core.study.load_study(place.folder)
    except StraceError as error:
        raise type(error)(str(error).replace(str(place.folder), place.name)) from error


def restricted(study: "Study", part: Part) -> "Study":
    """Return the part of a study that passes the filter."""
    models = None if part.models is None else [*part.models, *map(twin, part.models)]
    scores, searches = (None if name is None else [name] for name in (part.score, part.search))
    return study.only(models=models, groups=part.groups, scores=scores, searches=searches)


def analyse(study: "Study", name: str, options: Mapping[str, Any]) -> "pd.DataFrame":
    """Return the table of an analysis, by the name strace_core.study exports it under."""
    table: pd.DataFrame = getattr(strace_core.study, name)(study, **options)
    return table
