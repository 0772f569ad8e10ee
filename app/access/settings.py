"""What the operator allows: settings from the environment, and the models and studies they open. See docs/serving.md.

``python -m strace_explorer.access.settings`` prints the settings in force.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from strace_core import FileError, ModelError, SettingError, StraceError, bundled_models

from .folders import Folders
from .shipped import ASSETS

PREFIX = "STRACE_"
_YES, _NO = ("1", "on", "true", "yes"), ("0", "off", "false", "no")
_MORE = "The operator can allow more; see docs/serving.md."

SHIPPED_STUDY = "shipped"
"""The name of the shipped study that is shown first."""

SHIPPED_STUDIES = {SHIPPED_STUDY: ASSETS / "study", "shipped-guided": ASSETS / "study_guided"}
"""The shipped studies by name: one of the paper's search, one of guided search."""

_HUB_ID = re.compile(
    r"(?P<id>[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95})(@(?P<revision>\w[\w./-]{0,95}))?", re.ASCII
)


def _at_most(limit: int, default: int) -> int:
    """Declare a field that holds a number from 1 to ``limit``."""
    number: int = field(default=default, metadata={"limit": limit})
    return number


@dataclass(frozen=True)
class Settings:
    """The operator's settings. Each is read from a variable named ``STRACE_`` plus the field's name in capitals.

    Attributes:
        model_roots: Folders whose model directories may be opened, resolved.
        allow_hub: Whether models may be fetched from the hub.
        allow_uploads: Whether visitors may open saved results.
        max_tokens: The longest prompt that is traced, in tokens.
        max_models: How many loaded models are kept.
        cache_mb: Megabytes that cached captures and results may take.
        workers: How many traces run at the same time.
        study_roots: Folders whose studies may be opened, resolved.
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
        """Whether more than the bundled models may be opened."""
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
    """Where a permitted model comes from: a bundled name, a directory, or a hub id with its revision.

    ``name`` is what the page and results call it.
    """

    name: str
    location: str
    revision: str | None = None


@dataclass(frozen=True)
class StudyPlace:
    """A permitted study: what the page calls it, and its folder."""

    name: str
    folder: Path


@cache
def settings() -> Settings:
    """Return the settings of this process. Raises SettingError."""
    return read_settings(os.environ)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings from an environment. Variables that are missing or empty keep their default.

    Raises SettingError for an invalid value, and for an unknown variable that starts with ``STRACE_``.
    """
    given = {name: text.strip() for name, text in environment.items() if name.startswith(PREFIX)}
    readers: dict[type, Callable[[str, int, str], Any]] = {bool: _yes_or_no, int: _number, tuple: _folders}
    found = {}
    for known in fields(Settings):
        text = given.pop(variable(known.name), "")
        if text:
            found[known.name] = readers[type(known.default)](variable(known.name), known.metadata.get("limit", 0), text)
    for name in given:
        names = [variable(known.name) for known in fields(Settings)]
        close = get_close_matches(name, names, n=1, cutoff=0.8)
        remedy = f"did you mean {close[0]}?" if close else f"the settings are {', '.join(names)}."
        raise SettingError(f"{name} is not a setting of the explorer; {remedy}")
    return Settings(**found)


def variable(name: str) -> str:
    """Return the variable that the field ``name`` is read from."""
    return PREFIX + name.upper()


def lines(settings: Settings) -> list[str]:
    """Write settings as ``VARIABLE=value``, one line each, as :func:`read_settings` reads them."""
    return [f"{variable(known.name)}={_written(getattr(settings, known.name))}" for known in fields(Settings)]


def _written(value: bool | int | tuple[Path, ...]) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return os.pathsep.join(map(str, value)) if isinstance(value, tuple) else str(value)


def _yes_or_no(name: str, limit: int, text: str) -> bool:
    if text.lower() not in (*_YES, *_NO):
        raise SettingError(f"{name} is {text!r}, which means neither yes nor no; set it to 1 or 0.")
    return text.lower() in _YES


def _number(name: str, limit: int, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= limit):
        raise SettingError(f"{name} is {text!r}; set it to a whole number from 1 to {limit:,}.")
    return int(text)


def _folders(name: str, limit: int, text: str) -> tuple[Path, ...]:
    roots = [Path(part.strip()).expanduser() for part in text.split(os.pathsep) if part.strip()]
    for root in roots:
        if not root.is_dir():
            raise SettingError(
                f"{name} lists {str(root)!r}, which is not a folder; list folders, separated by {os.pathsep!r}."
            )
    return tuple(dict.fromkeys(root.resolve() for root in roots))


def permitted(settings: Settings, name: str) -> str:
    """Return the name of the model that a visitor means by ``name``. Raises ModelError as :func:`place_of` does."""
    return place_of(settings, name).name


def place_of(settings: Settings, name: str) -> ModelPlace:
    """Return the model that a visitor means by ``name``. Raises ModelError if this server does not open it.

    A name is that of a bundled model; a path inside an operator's folder, absolute or relative to the folder; or a hub
    id such as "owner/name" or "owner/name@revision". Symbolic links are resolved before a path is checked. A refusal
    does not reveal whether a path exists.
    """
    if name in bundled_models():
        return ModelPlace(name, name)
    directory = settings.models.inside(name)
    if directory is not None:
        return ModelPlace(settings.models.public_name(directory), str(directory))
    hub = _HUB_ID.fullmatch(name) if settings.allow_hub else None
    # Given a name that is also a directory, the loader would open the directory rather than the hub's model.
    if hub is None or Path(hub["id"]).exists():
        raise ModelError(f"this server does not open {_shortened(name)!r}; {_what_it_opens(settings)}")
    return ModelPlace(name, hub["id"], hub["revision"])


def offered_models(settings: Settings) -> tuple[str, ...]:
    """Return the names to choose from: bundled models, then those found in the operator's folders."""
    return tuple(dict.fromkeys((*bundled_models(), *settings.models.names())))


def study_place(settings: Settings, name: str) -> StudyPlace:
    """Return the study that a visitor means by ``name``: a shipped one, or a path as for a model.

    Raises FileError if this server does not open it. A refusal does not reveal whether a path exists.
    """
    if name in SHIPPED_STUDIES:
        return StudyPlace(name, SHIPPED_STUDIES[name])
    folder = settings.studies.inside(name)
    if folder is None:
        own = " and the studies in its own folders" if settings.study_roots else ""
        raise FileError(
            f"this server does not open the study {_shortened(name)!r}; it only opens "
            f"{', '.join(SHIPPED_STUDIES)}{own}. {_MORE}"
        )
    return StudyPlace(settings.studies.public_name(folder), folder)


def offered_studies(settings: Settings) -> tuple[str, ...]:
    """Return the names to choose from: shipped studies, then those found in the operator's folders."""
    return tuple(dict.fromkeys((*SHIPPED_STUDIES, *settings.studies.names())))


def _shortened(name: str) -> str:
    return name if len(name) <= 80 else f"{name[:80]}..."


def _what_it_opens(settings: Settings) -> str:
    """Say which models a visitor can open instead."""
    kinds = [", ".join(bundled_models())]
    if settings.model_roots:
        kinds.append("the models in its own folders")
    if settings.allow_hub:
        kinds.append("hub ids such as 'owner/name'")
    return f"it only opens {' and '.join(kinds)}. {_MORE}"


def main() -> int:
    """Print the settings in force; return 1, with a message, if one is invalid."""
    try:
        found = settings()
    except StraceError as error:
        sys.stderr.write(f"Invalid setting: {error}\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in lines(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
