"""What the operator allows: settings from the environment, and the models and studies that they open.

See docs/serving.md.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from strace_core import FileError, ModelError, SettingError, bundled_models

from .folders import Folders
from .shipped import ASSETS

PREFIX = "STRACE_"
_YES, _NO = ("1", "on", "true", "yes"), ("0", "off", "false", "no")

SHIPPED_STUDY = "shipped"
"""Name of the study that comes with the program and is shown first."""

SHIPPED_STUDIES = {SHIPPED_STUDY: ASSETS / "study", "shipped-guided": ASSETS / "study_guided"}
"""The studies that come with the program, by name: of the paper's search, and of guided search."""

_HUB_ID = re.compile(
    r"(?P<id>[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95})(@(?P<revision>\w[\w./-]{0,95}))?", re.ASCII
)


def _at_most(most: int, default: int) -> int:
    """A field that holds a number from 1 to ``most``."""
    number: int = field(default=default, metadata={"most": most})
    return number


@dataclass(frozen=True)
class Settings:
    """One field for each variable, which is called ``STRACE_`` and the field's name in capitals.

    ``model_roots``: folders whose model directories may be opened, resolved. ``allow_hub``: whether models may be
    fetched from the hub. ``allow_uploads``: whether visitors may open saved results. ``max_tokens``: the longest prompt
    that is traced. ``max_models``: loaded models kept. ``cache_mb``: megabytes that kept captures and results may hold.
    ``workers``: traces that run at the same time. ``study_roots``: folders whose studies may be opened, resolved.
    """

    model_roots: tuple[Path, ...] = ()
    allow_hub: bool = False
    allow_uploads: bool = True
    max_tokens: int = _at_most(1_000_000, 512)
    max_models: int = _at_most(100, 2)
    cache_mb: int = _at_most(1_000_000, 512)
    workers: int = _at_most(100, 2)
    study_roots: tuple[Path, ...] = ()

    @property
    def opens_more(self) -> bool:
        """Whether there are models beside the bundled ones."""
        return self.allow_hub or bool(self.model_roots)

    @property
    def models(self) -> Folders:
        """The model directories that may be opened."""
        return Folders(self.model_roots, "config.json", bundled_models())

    @property
    def studies(self) -> Folders:
        """The folders of studies that may be opened."""
        return Folders(self.study_roots, "study.json", tuple(SHIPPED_STUDIES))


@dataclass(frozen=True)
class ModelPlace:
    """Where a model that may be opened comes from: a bundled name, a directory, or a hub id with its revision.

    ``name`` is what it is called on the page and in results.
    """

    name: str
    location: str
    revision: str | None = None


@dataclass(frozen=True)
class StudyPlace:
    """A study that may be opened: what it is called on the page, and its folder."""

    name: str
    folder: Path


@cache
def settings() -> Settings:
    """The settings of this process. Raises SettingError."""
    return read_settings(os.environ)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that an environment asks for; what it leaves out or leaves empty keeps its default.

    Raises SettingError for a value that makes no sense, and for a variable that starts like a setting and is none.
    """
    given = {name: text.strip() for name, text in environment.items() if name.startswith(PREFIX)}
    readers: dict[type, Callable[[str, int, str], Any]] = {bool: _yes_or_no, int: _number, tuple: _folders}
    found = {}
    for known in fields(Settings):
        text = given.pop(variable(known.name), "")
        if text:
            found[known.name] = readers[type(known.default)](variable(known.name), known.metadata.get("most", 0), text)
    for name in given:
        names = [variable(known.name) for known in fields(Settings)]
        close = get_close_matches(name, names, n=1, cutoff=0.8)
        remedy = f"did you mean {close[0]}?" if close else f"the settings are {', '.join(names)}."
        raise SettingError(f"{name} is no setting of the explorer; {remedy}")
    return Settings(**found)


def variable(name: str) -> str:
    """The variable that the field ``name`` is read from."""
    return PREFIX + name.upper()


def _yes_or_no(name: str, most: int, text: str) -> bool:
    if text.lower() not in (*_YES, *_NO):
        raise SettingError(f"{name} is {text!r}, neither yes nor no; set it to 1 or 0.")
    return text.lower() in _YES


def _number(name: str, most: int, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= most):
        raise SettingError(f"{name} is {text!r}; set it to a whole number from 1 to {most:,}.")
    return int(text)


def _folders(name: str, most: int, text: str) -> tuple[Path, ...]:
    roots = [Path(part.strip()).expanduser() for part in text.split(os.pathsep) if part.strip()]
    for root in roots:
        if not root.is_dir():
            raise SettingError(
                f"{name} names {str(root)!r}, which is not a folder; give folders, with {os.pathsep!r} between them."
            )
    return tuple(dict.fromkeys(root.resolve() for root in roots))


def permitted(settings: Settings, name: str) -> str:
    """What the model is called that a visitor means by ``name``; raises ModelError as :func:`place_of` does."""
    return place_of(settings, name).name


def place_of(settings: Settings, name: str) -> ModelPlace:
    """The model that a visitor means by ``name``, if this server opens it; raises ModelError if not.

    A name is that of a bundled model; a path inside an operator's folder, absolute or from that folder on; or a hub id,
    as in "owner/name" or "owner/name@revision". Links are followed before it is looked where they lead, and a refusal
    does not tell whether there is anything at a path.
    """
    if name in bundled_models():
        return ModelPlace(name, name)
    directory = settings.models.inside(name)
    if directory is not None:
        return ModelPlace(settings.models.public_name(directory), str(directory))
    hub = _HUB_ID.fullmatch(name) if settings.allow_hub else None
    # The loader prefers a directory to the hub, whatever the name looks like.
    if hub is None or Path(hub["id"]).exists():
        raise ModelError(f"this server does not open {_shortened(name)!r}; {_what_it_opens(settings)}")
    return ModelPlace(name, hub["id"], hub["revision"])


def offered_models(settings: Settings) -> tuple[str, ...]:
    """Names to choose from: the bundled models, then the directories found in the operator's folders."""
    return tuple(dict.fromkeys((*bundled_models(), *settings.models.names())))


def study_place(settings: Settings, name: str) -> StudyPlace:
    """The study that a visitor means by ``name``, a shipped one's or a path as of a model; FileError for others.

    A refusal does not tell whether there is anything at a path.
    """
    if name in SHIPPED_STUDIES:
        return StudyPlace(name, SHIPPED_STUDIES[name])
    folder = settings.studies.inside(name)
    if folder is None:
        own = " and the studies in its own folders" if settings.study_roots else ""
        raise FileError(
            f"this server does not open the study {_shortened(name)!r}; it opens "
            f"{', '.join(SHIPPED_STUDIES)}{own} only. Whoever runs it can allow more: see docs/serving.md."
        )
    return StudyPlace(settings.studies.public_name(folder), folder)


def offered_studies(settings: Settings) -> tuple[str, ...]:
    """Names to choose from: the shipped studies, then those found in the operator's folders."""
    return tuple(dict.fromkeys((*SHIPPED_STUDIES, *settings.studies.names())))


def _shortened(name: str) -> str:
    return name if len(name) <= 80 else f"{name[:80]}..."


def _what_it_opens(settings: Settings) -> str:
    """The remedy of a refusal."""
    kinds = [", ".join(bundled_models())]
    if settings.model_roots:
        kinds.append("the models in its own folders")
    if settings.allow_hub:
        kinds.append("hub ids such as 'owner/name'")
    return f"it opens {' and '.join(kinds)} only. Whoever runs it can allow more: see docs/serving.md."
