"""Rules of CONTRIBUTING.md that no linter states: source text in, what breaks the rule out, ``line: reason``.

Which module may import which is stated by the import-linter contracts in pyproject.toml.
"""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

Rule = Callable[[PurePosixPath, str], list[str]]

CACHE, SESSION = PurePosixPath("app/service/cache.py"), PurePosixPath("app/session.py")
CACHE_NAMES = {"cache_data", "cache_resource"}
SESSION_NAMES = {"session_state", "query_params"}
MODULE_LINES = 300
FUNCTION_LINES = 60

# Spelt in two parts, so that this file does not break the rule.
FORBIDDEN_TEXT = re.compile(r"(?<![\w.-])/wo" + r"rk/|/tmp/ve" + r"nv|\bTO" + r"DO\b|\bFIX" + r"ME\b|\bX" + r"XX\b")


def caches_live_in_one_file(path: PurePosixPath, source: str) -> list[str]:
    """Only app/service/cache.py caches across runs."""
    if path == CACHE:
        return []
    used = [f"{line}: uses {name}" for line, name in _names(source) if name in CACHE_NAMES]
    libraries = [
        f"{line}: imports {module}"
        for line, module, _ in _imports(path, source)
        if module.split(".")[0] == "cachetools"
    ]
    return used + libraries


def session_lives_in_one_file(path: PurePosixPath, source: str) -> list[str]:
    """Only app/session.py touches the session and the URL."""
    if path == SESSION:
        return []
    return [f"{line}: uses {name}" for line, name in _names(source) if name in SESSION_NAMES]


def sizes_are_readable(path: PurePosixPath, source: str) -> list[str]:
    """Modules and functions fit in a reader's head."""
    n_lines = len(source.splitlines())
    too_long = n_lines > MODULE_LINES
    problems = [f"{n_lines}: the module has {n_lines} lines, at most {MODULE_LINES}"] if too_long else []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            n_lines = node.end_lineno - node.lineno + 1
            if n_lines > FUNCTION_LINES:
                problems.append(f"{node.lineno}: {node.name} has {n_lines} lines, at most {FUNCTION_LINES}")
    return problems


def text_is_fit_to_publish(path: PurePosixPath, source: str) -> list[str]:
    """No path of one machine and no note to self."""
    return [
        f"{number}: {found.group(0)!r}"
        for number, line in enumerate(source.splitlines(), 1)
        for found in FORBIDDEN_TEXT.finditer(line)
    ]


def exported_names(source: str) -> frozenset[str]:
    """The strings in a module's ``__all__``."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            return frozenset(ast.literal_eval(node.value))
    raise AssertionError("the module has no literal __all__")


def imported_packages(path: PurePosixPath, source: str) -> frozenset[str]:
    """Top-level names of everything a module imports."""
    return frozenset(module.split(".")[0] for _, module, _ in _imports(path, source))


def _imports(path: PurePosixPath, source: str) -> Iterator[tuple[int, str, str | None]]:
    """Line, absolute module and imported name (None for ``import module``) of every import, at any depth."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                above = path.parts[: len(path.parts) - node.level]
                module = ".".join((*above, module)).rstrip(".")
            yield from ((node.lineno, module, alias.name) for alias in node.names)


def _names(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of every attribute and every name imported from elsewhere."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, alias.name) for alias in node.names)
