"""Which part of which study is asked about, and how an analysis of it is made."""

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

PAPERS_SEARCH = "best-first"
"""The search whose runs need no mention."""

Stamp = tuple[tuple[int, int], ...]
"""Time and size of each file of a study: another study in the same folder has another."""


@dataclass(frozen=True)
class Part:
    """The runs of some models, groups of prompts, one score rule and one search. None keeps all.

    A model stands for its untrained twin as well.
    """

    models: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    score: str | None = None
    search: str | None = None


WHOLE = Part()


@dataclass(frozen=True)
class StudyRequest:
    """A part of a study, as the study was at ``stamp``."""

    place: StudyPlace
    stamp: Stamp
    part: Part = WHOLE


def stamp(place: StudyPlace) -> Stamp:
    """What a study's files look like now. A file that is missing has (0, 0)."""
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
    """The study; raises FileError, which calls it by its name."""
    try:
        return strace_core.study.load_study(place.folder)
    except StraceError as error:
        raise type(error)(str(error).replace(str(place.folder), place.name)) from error


def restricted(study: "Study", part: Part) -> "Study":
    """The part of a study that is asked about."""
    models = None if part.models is None else [*part.models, *map(twin, part.models)]
    scores, searches = (None if name is None else [name] for name in (part.score, part.search))
    return study.only(models=models, groups=part.groups, scores=scores, searches=searches)


def analyse(study: "Study", name: str, options: Mapping[str, Any]) -> "pd.DataFrame":
    """The table of an analysis, called as strace_core exports it."""
    table: pd.DataFrame = getattr(strace_core.study, name)(study, **options)
    return table
