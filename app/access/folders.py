"""What may be opened of the folders that the operator names: directories of one kind, and nothing beside them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_OFFERED = 200
"""Directories that are listed; others inside the operator's folders open all the same."""

DEEPEST, MOST_FOLDERS = 4, 5_000
"""How far below an operator's folder directories are looked for, and in how many folders altogether."""


@dataclass(frozen=True)
class Folders:
    """The directories inside ``roots``, resolved, that hold a file of the name ``mark``.

    Links are followed before it is looked where they lead. ``reserved`` are names that mean something else.
    """

    roots: tuple[Path, ...]
    mark: str
    reserved: tuple[str, ...]

    def inside(self, name: str) -> Path | None:
        """The directory that ``name`` leads to, a path or its end from a root on; None if it is not to be opened."""
        for root in self.roots:
            try:
                path = root if name == root.name else root / Path(name).expanduser()  # an absolute path replaces it
                directory = path.resolve()
                if self._is_open(directory) and self._is_marked(directory):
                    return directory
            except (OSError, RuntimeError, ValueError):  # too long, a loop of links, not to be read, or no path at all
                continue
        return None

    def public_name(self, directory: Path) -> str:
        """The shortest name that leads back to ``directory``: from a root on, or else the whole path."""
        for root in self.roots:
            if directory.is_relative_to(root):
                name = root.name if directory == root else directory.relative_to(root).as_posix()
                if name not in self.reserved and self.inside(name) == directory:
                    return name
        return str(directory)

    def names(self) -> tuple[str, ...]:
        """Names of the directories that are found, nearest first."""
        return tuple(self.public_name(directory) for directory in self._found())

    def _is_open(self, resolved: Path) -> bool:
        return any(resolved.is_relative_to(root) for root in self.roots)

    def _is_marked(self, directory: Path) -> bool:
        """Whether a directory is of the kind, and holds only files that are themselves inside a root."""
        if not (directory / self.mark).is_file():
            return False
        return all(self._is_open(entry.resolve()) for entry in directory.iterdir())

    def _found(self) -> Iterator[Path]:
        """Directories of the kind, nearest first, each once."""
        level = list(self.roots)
        seen: set[Path] = set()
        n_found = 0
        for _ in range(DEEPEST + 1):
            below: list[Path] = []
            for folder in level:
                if folder in seen or len(seen) == MOST_FOLDERS or n_found == MOST_OFFERED:
                    continue
                seen.add(folder)
                try:
                    if self._is_marked(folder):
                        n_found += 1
                        yield folder
                    else:
                        below += self._folders_of(folder)
                except OSError:  # not to be read, or gone
                    continue
            level = below

    def _folders_of(self, folder: Path) -> list[Path]:
        """Visible folders in a folder, links resolved, as far as they stay inside a root."""
        paths = [folder / name for name in sorted(os.listdir(folder)) if not name.startswith(".")]
        resolved = [path.resolve() for path in paths if os.path.isdir(path)]
        return [path for path in resolved if self._is_open(path)]
