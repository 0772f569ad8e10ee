"""The files that install and set up the explorer agree with each other and with the source."""

import ast
import re
import sys
import tomllib
from importlib.metadata import entry_points, packages_distributions, version
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tests.structure_rules import imported_packages

REPOSITORY = Path(__file__).resolve().parents[1]
OURS = {"strace_core", "strace_explorer", "app"}
OPTIONAL = {"ray": {"strace_core/study/ray_engine.py"}}
"""Packages that the explorer runs without, and the files that may import them."""


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((REPOSITORY / name).read_text(encoding="utf-8"))


def _pinned() -> dict[str, SpecifierSet]:
    """Package name -> version specifier, from requirements.txt."""
    lines = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines()
    stated = [Requirement(line.split("#")[0]) for line in lines if re.match(r"\w", line)]
    return {requirement.name: requirement.specifier for requirement in stated}


def _ranges() -> dict[str, SpecifierSet]:
    """Package name -> range, from pyproject.toml."""
    stated = map(Requirement, _toml("pyproject.toml")["project"]["dependencies"])
    return {requirement.name: requirement.specifier for requirement in stated}


def test_each_runtime_package_is_named_in_both_files() -> None:
    assert _pinned().keys() == _ranges().keys()


@pytest.mark.parametrize("name", _pinned())
def test_the_version_under_test_is_pinned_and_lies_in_the_range(name: str) -> None:
    [pinned] = _pinned()[name]
    assert pinned.operator in ("==", "~=")
    assert pinned.version in _ranges()[name]
    assert any(limit.operator == ">=" for limit in _ranges()[name]), "the oldest version that works is not stated"


@pytest.mark.parametrize("name", _pinned())
def test_the_version_under_test_is_installed(name: str) -> None:
    assert version(name) in _pinned()[name]


def _extras() -> dict[str, list[Requirement]]:
    """Extra -> what it installs beside other extras of ours."""
    extras = _toml("pyproject.toml")["project"]["optional-dependencies"]
    stated = {extra: [Requirement(tool) for tool in tools] for extra, tools in extras.items()}
    return {extra: [tool for tool in tools if tool.name != "strace-explorer"] for extra, tools in stated.items()}


def test_no_version_has_two_owners() -> None:
    stated = [tool for tools in _extras().values() for tool in tools]
    assert all([limit.operator for limit in tool.specifier] == ["=="] for tool in stated)
    names = [tool.name for tool in stated]
    assert len({*names}) == len(names)
    assert not {*names} & _pinned().keys()


def test_the_tests_have_what_every_other_extra_brings() -> None:
    tools = _toml("pyproject.toml")["project"]["optional-dependencies"]["test"]
    assert {f"strace-explorer[{extra}]" for extra in _extras() if extra not in ("test", "dev")} <= {*tools}
    assert OPTIONAL.keys() <= _extras().keys()


def test_the_requirements_install_our_packages_and_the_command() -> None:
    assert "-e ." in (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines()
    [command] = entry_points(group="console_scripts", name="s-trace")
    assert command.value == "strace_explorer.command:main"
    assert callable(command.load())


def test_the_environment_has_the_version_of_the_checkout() -> None:
    assert version("strace-explorer") == _toml("pyproject.toml")["project"]["version"]


def _imported_third_party() -> dict[str, set[str]]:
    """Package that is imported and not ours -> the files that do."""
    found: dict[str, set[str]] = {}
    for path in [*REPOSITORY.glob("strace_core/**/*.py"), *REPOSITORY.glob("app/**/*.py")]:
        relative = PurePosixPath(path.relative_to(REPOSITORY).as_posix())
        for name in imported_packages(relative, path.read_text(encoding="utf-8")):
            if name not in OURS | set(sys.stdlib_module_names):
                found.setdefault(name, set()).add(str(relative))
    return found


def test_everything_imported_is_declared() -> None:
    providers = packages_distributions()
    declared = _ranges().keys()
    undeclared = {name for name in _imported_third_party() if not declared & set(providers.get(name, []))}
    assert undeclared == OPTIONAL.keys()


@pytest.mark.parametrize("extra", OPTIONAL)
def test_what_is_optional_is_imported_where_it_is_used(extra: str) -> None:
    """By the files named, inside functions, and it has an extra of its name."""
    assert [tool.name for tool in _extras()[extra]] == [extra]
    assert _imported_third_party()[extra] == OPTIONAL[extra]
    for name in OPTIONAL[extra]:
        body = ast.parse((REPOSITORY / name).read_text(encoding="utf-8")).body
        at_once = [ast.unparse(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
        assert not [line for line in at_once if re.search(rf"\b(import|from) {extra}\b", line)]


def _luminance(colour: str) -> float:
    """Relative luminance of #RRGGBB, 0 to 1 (WCAG 2)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_of_known_pairs() -> None:
    assert _contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert _contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("theme", "primary_on_page"), [("light", 4.5), ("dark", 3.0)])
def test_theme_colours_can_be_read(theme: str, primary_on_page: float) -> None:
    colours = _toml("app/.streamlit/config.toml")["theme"][theme]
    for surface in (colours["backgroundColor"], colours["secondaryBackgroundColor"]):
        assert _contrast(colours["textColor"], surface) >= 7
        assert _contrast(colours["linkColor"], surface) >= 4.5
        assert _contrast(colours["primaryColor"], surface) >= primary_on_page
    assert _contrast("#FFFFFF", colours["primaryColor"]) >= 4.5, "Streamlit writes white on a primary button"


def test_both_themes_set_the_same_colours() -> None:
    theme = _toml("app/.streamlit/config.toml")["theme"]
    assert theme["light"].keys() == theme["dark"].keys()
