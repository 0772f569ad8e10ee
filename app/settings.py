"""What the operator allows: settings from the environment, and the models that they open. See docs/serving.md."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from strace_core import ModelError, SettingError, bundled_models

PREFIX = "STRACE_"
_YES, _NO = ("1", "on", "true", "yes"), ("0", "off", "false", "no")

MOST_OFFERED = 200
"""Model directories that are listed; others inside the operator's folders open all the same."""

DEEPEST, MOST_FOLDERS = 4, 5_000
"""How far below an operator's folder model directories are looked for, and in how many folders altogether."""

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
    ``workers``: traces that run at the same time.
    """

    model_roots: tuple[Path, ...] = ()
    allow_hub: bool = False
    allow_uploads: bool = True
    max_tokens: int = _at_most(1_000_000, 512)
    max_models: int = _at_most(100, 2)
    cache_mb: int = _at_most(1_000_000, 512)
    workers: int = _at_most(100, 2)

    @property
    def opens_more(self) -> bool:
        """Whether there are models beside the bundled ones."""
        return self.allow_hub or bool(self.model_roots)


@dataclass(frozen=True)
class ModelPlace:
    """Where a model that may be opened comes from: a bundled name, a directory, or a hub id with its revision.

    ``name`` is what it is called on the page and in results.
    """

    name: str
    location: str
    revision: str | None = None


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
                f"{name} names {str(root)!r}, which is not a folder; give folders that hold model directories, with "
                f"{os.pathsep!r} between them."
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
    directory = _inside_a_root(settings, name)
    if directory is not None:
        return ModelPlace(_public_name(settings, directory), str(directory))
    hub = _HUB_ID.fullmatch(name) if settings.allow_hub else None
    # The loader prefers a directory to the hub, whatever the name looks like.
    if hub is None or Path(hub["id"]).exists():
        shortened = name if len(name) <= 80 else f"{name[:80]}..."
        raise ModelError(f"this server does not open {shortened!r}; {_what_it_opens(settings)}")
    return ModelPlace(name, hub["id"], hub["revision"])


def offered_models(settings: Settings) -> tuple[str, ...]:
    """Names to choose from: the bundled models, then the directories found in the operator's folders."""
    found = (_public_name(settings, directory) for directory in _model_directories(settings))
    return tuple(dict.fromkeys((*bundled_models(), *found)))


def _what_it_opens(settings: Settings) -> str:
    """The remedy of a refusal."""
    kinds = [", ".join(bundled_models())]
    if settings.model_roots:
        kinds.append("the models in its own folders")
    if settings.allow_hub:
        kinds.append("hub ids such as 'owner/name'")
    return f"it opens {' and '.join(kinds)} only. Whoever runs it can allow more: see docs/serving.md."


def _inside_a_root(settings: Settings, name: str) -> Path | None:
    """The model directory that ``name`` leads to, if it is one and inside an operator's folder."""
    for root in settings.model_roots:
        try:
            path = root if name == root.name else root / Path(name).expanduser()  # an absolute path replaces the root
            directory = path.resolve()
            if _is_open(settings, directory) and _is_model(settings, directory):
                return directory
        except (OSError, RuntimeError, ValueError):  # too long, a loop of links, not to be read, or no path at all
            continue
    return None


def _is_open(settings: Settings, resolved: Path) -> bool:
    return any(resolved.is_relative_to(root) for root in settings.model_roots)


def _is_model(settings: Settings, directory: Path) -> bool:
    """Whether a directory holds a model, and only files that are themselves inside an operator's folder."""
    if not (directory / "config.json").is_file():
        return False
    return all(_is_open(settings, entry.resolve()) for entry in directory.iterdir())


def _public_name(settings: Settings, directory: Path) -> str:
    """The shortest name that leads back to ``directory``: from an operator's folder on, or else the whole path."""
    for root in settings.model_roots:
        if directory.is_relative_to(root):
            name = root.name if directory == root else directory.relative_to(root).as_posix()
            if name not in bundled_models() and _inside_a_root(settings, name) == directory:
                return name
    return str(directory)


def _model_directories(settings: Settings) -> Iterator[Path]:
    """Model directories in the operator's folders, nearest first, each once."""
    level = list(settings.model_roots)
    seen: set[Path] = set()
    n_found = 0
    for _ in range(DEEPEST + 1):
        below: list[Path] = []
        for folder in level:
            if folder in seen or len(seen) == MOST_FOLDERS or n_found == MOST_OFFERED:
                continue
            seen.add(folder)
            try:
                if _is_model(settings, folder):
                    n_found += 1
                    yield folder
                else:
                    below += _folders_of(settings, folder)
            except OSError:  # not to be read, or gone
                continue
        level = below


def _folders_of(settings: Settings, folder: Path) -> list[Path]:
    """Visible folders in a folder, links resolved, as far as they stay inside an operator's folder."""
    paths = [folder / name for name in sorted(os.listdir(folder)) if not name.startswith(".")]
    resolved = [path.resolve() for path in paths if os.path.isdir(path)]
    return [path for path in resolved if _is_open(settings, path)]
