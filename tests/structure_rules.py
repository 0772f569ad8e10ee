"""The rules of CONTRIBUTING.md as functions: source text in, what breaks the rule out, ``line: reason``."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

Rule = Callable[[PurePosixPath, str], list[str]]

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "shapes", "progress"}),
    frozenset({"prompt", "model"}),
    frozenset({"graph"}),
    frozenset({"trace"}),
    frozenset({"evaluate"}),
    frozenset({"search"}),
    frozenset(
        {
            "result",
            "grown",
            "searched",
            "pipeline",
            "together",
            "inspect",
            "serialise",
            "support",
            "study",
            "cli",
            "__main__",
        }
    ),
)
UI_LIBRARIES = {"streamlit", "pyvis", "altair"}
CACHES = {"cache_data", "cache_resource"}
SESSION = {"session_state", "query_params"}
MODULE_LINES = 300
FUNCTION_LINES = 60

# Spelt in two parts, so that this file does not break the rule.
FORBIDDEN_TEXT = re.compile(r"(?<![\w.-])/wo" + r"rk/|/tmp/ve" + r"nv|\bTO" + r"DO\b|\bFIX" + r"ME\b|\bX" + r"XX\b")
BLANKET_IGNORE = re.compile(r"#\s*(?:type:\s*ignore(?!\[)|noqa(?!\s*:))")


def imports_follow_the_layers(path: PurePosixPath, source: str) -> list[str]:
    """In strace_core a module imports its own layer and those before it, never the package's public face."""
    if path.parts[0] != "strace_core" or path == PurePosixPath("strace_core/__init__.py"):
        return []
    own = _layer(_component(path.parts[1]))
    if own is None:
        return [f"1: {path.parts[1]} belongs to no layer; add it to LAYERS in tests/structure_rules.py"]
    problems = []
    for line, module, _ in _imports(path, source):
        package, *rest = module.split(".")
        if package == "app":
            problems.append(f"{line}: strace_core imports app")
        elif package == "strace_core" and not rest:
            problems.append(f"{line}: imports the public face of its own package")
        elif package == "strace_core" and (layer := _layer(rest[0])) is not None and layer > own:
            problems.append(f"{line}: {rest[0]} is above {_component(path.parts[1])}")
    return problems


def core_needs_no_ui_library(path: PurePosixPath, source: str) -> list[str]:
    """strace_core computes; it does not import a UI library."""
    if path.parts[0] != "strace_core":
        return []
    return [
        f"{line}: imports {module}"
        for line, module, _ in _imports(path, source)
        if module.split(".")[0] in UI_LIBRARIES
    ]


def app_uses_the_public_api(public: frozenset[str]) -> Rule:
    """app takes from strace_core only the names in ``public``, and takes them from the package itself."""

    def rule(path: PurePosixPath, source: str) -> list[str]:
        if path.parts[0] != "app":
            return []
        problems = []
        for line, module, name in _imports(path, source):
            if module.startswith("strace_core."):
                problems.append(f"{line}: imports {module}, which is not public")
            elif module == "strace_core" and name is not None and name not in public:
                problems.append(f"{line}: {name} is not in strace_core.__all__")
        for node in ast.walk(ast.parse(source)):
            match node:
                case ast.Attribute(value=ast.Name(id="strace_core"), attr=name) if name not in public:
                    problems.append(f"{node.lineno}: {name} is not in strace_core.__all__")
        return problems

    return rule


def caches_live_in_one_file(path: PurePosixPath, source: str) -> list[str]:
    """Only app/service/cache.py caches across runs."""
    if path == PurePosixPath("app/service/cache.py"):
        return []
    used = [f"{line}: uses {name}" for line, name in _names(source) if name in CACHES]
    libraries = [
        f"{line}: imports {module}"
        for line, module, _ in _imports(path, source)
        if module.split(".")[0] == "cachetools"
    ]
    return used + libraries


def session_lives_in_one_file(path: PurePosixPath, source: str) -> list[str]:
    """Only app/session.py touches the session and the URL."""
    if path == PurePosixPath("app/session.py"):
        return []
    return [f"{line}: uses {name}" for line, name in _names(source) if name in SESSION]


def views_are_pure(path: PurePosixPath, source: str) -> list[str]:
    """app/views/ builds frames, charts and graphs without Streamlit."""
    if path.parts[:2] != ("app", "views"):
        return []
    return [
        f"{line}: imports {module}" for line, module, _ in _imports(path, source) if module.split(".")[0] == "streamlit"
    ]


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


def nothing_is_printed(path: PurePosixPath, source: str) -> list[str]:
    """Library and app speak through return values, errors and the page."""
    return [
        f"{node.lineno}: calls print"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]


def ignores_name_their_code(path: PurePosixPath, source: str) -> list[str]:
    """A silenced checker says which of its findings is meant."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [
        f"{token.start[0]}: {token.string}"
        for token in tokens
        if token.type == tokenize.COMMENT and BLANKET_IGNORE.search(token.string)
    ]


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


def _component(part: str) -> str:
    return part.removesuffix(".py")


def _layer(component: str) -> int | None:
    return next((index for index, layer in enumerate(LAYERS) if component in layer), None)


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
            yield from ((node.lineno, _submodule(module, alias.name), alias.name) for alias in node.names)


def _submodule(module: str, name: str) -> str:
    """``from strace_core import graph`` imports a module, not a name of the public API."""
    is_module = module == "strace_core" and _layer(name) is not None
    return f"{module}.{name}" if is_module else module


def _names(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of every attribute and every name imported from elsewhere."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, alias.name) for alias in node.names)
