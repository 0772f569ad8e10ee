"""Directories of one kind inside the operator's folders: nothing else may be opened."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAX_OFFERED = 200
"""How many directories are listed. Others inside the operator's folders can be opened all the same."""

MAX_DEPTH, MAX_FOLDERS = 4, 5_000
"""How deep below an operator's folder to search for directories, and in how many folders altogether."""


@dataclass(frozen=True)
class Folders:
    """The directories inside ``roots`` (resolved) that hold a file named ``mark``.

    Symbolic links are resolved before a path is checked. ``reserved`` names mean something else.
    """

    roots: tuple[Path, ...]
    mark: str
    reserved: tuple[str, ...]

    def inside(self, name: str) -> Path | None:
        """Return the directory at ``name``, a path that may be relative to a root; None if it may not be opened."""
        for root in self.roots:
            try:
                path = root if name == root.name else root / Path(name).expanduser()  # an absolute path replaces it
                directory = path.resolve()
                if self._is_open(directory) and self._is_marked(directory):
                    return directory
            except (OSError, RuntimeError, ValueError):  # too long, a loop of links, unreadable, or not a path
                continue
        return None

    def public_name(self, directory: Path) -> str:
        """Return the name that leads back to ``directory``: relative to a root, or else the absolute path."""
        for root in self.roots:
            if directory.is_relative_to(root):
                name = root.name if directory == root else directory.relative_to(root).as_posix()
                if name not in self.reserved and self.inside(name) == directory:
                    return name
        return str(directory)

    def names(self) -> tuple[str, ...]:
        """Return the names of the directories found, nearest first."""
        return tuple(self.public_name(directory) for directory in self._found())

    def _is_open(self, resolved: Path) -> bool:
        return any(resolved.is_relative_to(root) for root in self.roots)

    def _is_marked(self, directory: Path) -> bool:
        """Whether a directory holds the mark, and only files that are themselves inside a root."""
        if not (directory / self.mark).is_file():
            return False
        return all(self._is_open(entry.resolve()) for entry in directory.iterdir())

    def _found(self) -> Iterator[Path]:
        """Yield directories that hold the mark, nearest first, each once."""
        level = list(self.roots)
        seen: set[Path] = set()
        n_found = 0
        for _ in range(MAX_DEPTH + 1):
            below: list[Path] = []
            for folder in level:
                if folder in seen or len(seen) == MAX_FOLDERS or n_found == MAX_OFFERED:
                    continue
                seen.add(folder)
                try:
                    if self._is_marked(folder):
                        n_found += 1
                        yield folder
                    else:
                        below += self._folders_of(folder)
                except OSError:  # unreadable, or gone
                    continue
            level = below

    def _folders_of(self, folder: Path) -> list[Path]:
        """Return the folders in a folder, links resolved: without hidden ones and those outside all roots."""
        paths = [folder / name for name in sorted(os.listdir(folder)) if not name.startswith(".")]
        resolved = [path.resolve() for path in paths if os.path.isdir(path)]
        return [path for path in resolved if self._is_open(path)]
