"""The scripts that the browser loads: each import leads to a file that has the name, and no file is left over."""

import re
from functools import cache
from pathlib import Path

import networkx as nx
import pytest

from strace_explorer.components.chart_file import _BUTTON
from strace_explorer.components.prompt_bar import _BAR, _DRAFT_CHANNEL, _ORDER_CHANNEL
from strace_explorer.components.served import ServedComponent
from strace_explorer.components.token_text import _TEXT
from strace_explorer.components.tour import _TOUR
from strace_explorer.components.trace_graph import _LIBRARY, _STORE, _VIEW

COMPONENTS = Path(__file__).resolve().parents[3] / "app" / "components"
SERVED: tuple[ServedComponent, ...] = (
    *(_BUTTON, _BAR, _DRAFT_CHANNEL, _ORDER_CHANNEL, _TEXT, _TOUR),
    *(_LIBRARY, _STORE, _VIEW),
)

IMPORT = re.compile(r'^import (?:\{ ([^}]+) \} from )?"([^"]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?:async )?(?:class|function|const) (?:(\w+)|\[([^\]]+)\])", re.MULTILINE)
LIMIT = 300


def scripts() -> list[Path]:
    found = sorted(COMPONENTS.glob("*/web/*.js"))
    assert found
    return found


@cache
def source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def imports(path: Path) -> dict[Path, list[str]]:
    """Imported file -> the names taken from it."""
    found = {}
    for names, target in IMPORT.findall(source(path)):
        assert target.startswith(("./", "../")), f"{path.name} imports {target}"
        found[(path.parent / target).resolve()] = [name.strip() for name in names.split(",") if name.strip()]
    return found


def exports(path: Path) -> set[str]:
    return {name.strip() for one, many in EXPORT.findall(source(path)) for name in (one or many).split(",")}


def graph_of_imports() -> "nx.DiGraph[Path]":
    graph: nx.DiGraph[Path] = nx.DiGraph()
    graph.add_nodes_from(scripts())
    graph.add_edges_from((path, target) for path in scripts() for target in imports(path))
    return graph


@pytest.mark.parametrize("path", scripts(), ids=lambda path: path.name)
def test_a_module_imports_what_exists_and_uses_it(path: Path) -> None:
    lines = [line for line in source(path).splitlines() if line.startswith("import ")]
    assert len(lines) == len(imports(path)), "one statement on one line for each imported file"
    body = IMPORT.sub("", source(path))
    for target, names in imports(path).items():
        assert target.is_file(), f"{path.name} imports {target}, which does not exist"
        assert {*names} <= exports(target), f"{target.name} lacks {sorted({*names} - exports(target))}"
        unused = [name for name in names if not re.search(rf"\b{name}\b", body)]
        assert not unused, f"{path.name} never uses {unused}"
    assert len(source(path).splitlines()) <= LIMIT


def test_every_export_is_imported_somewhere() -> None:
    taken = {(target, name) for path in scripts() for target, names in imports(path).items() for name in names}
    assert {(path, name) for path in scripts() for name in exports(path)} == taken


def test_imports_run_in_no_circle() -> None:
    assert nx.is_directed_acyclic_graph(graph_of_imports())


def test_every_script_is_an_entry_or_is_reached_from_one() -> None:
    graph = graph_of_imports()
    entries = [COMPONENTS / component.script for component in SERVED]
    assert all(entry.is_file() for entry in entries)
    reached = {*entries}.union(*(nx.descendants(graph, entry) for entry in entries))
    assert reached == {*scripts()}


def test_exactly_the_entries_have_a_default_export() -> None:
    with_default = {path for path in scripts() if re.search(r"^export default ", source(path), re.MULTILINE)}
    assert with_default == {COMPONENTS / component.script for component in SERVED}


def test_every_markup_and_style_is_named_by_its_component() -> None:
    for path in (*COMPONENTS.glob("*/web/*.html"), *COMPONENTS.glob("*/web/*.css")):
        package = path.parents[1]
        names = source(package / "__init__.py") + "".join(source(script) for script in package.glob("web/*.js"))
        assert path.name in names, f"nothing names {path.name}"


def test_no_module_writes_to_the_page_s_globals() -> None:
    for path in scripts():
        assert not re.search(r"\b(window|globalThis|self)\.\w+ =[^=]", source(path)), path.name
        assert all(key == "KEY" for key in re.findall(r"globalThis\[(\w+)\]", source(path))), path.name
