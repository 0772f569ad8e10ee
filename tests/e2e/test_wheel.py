"""The wheel, built from the source distribution and installed in a fresh environment, works outside the checkout."""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from strace_core import __version__
from tests.e2e.guard import watched_page
from tests.e2e.server import REPOSITORY, Server, serve_command

SOURCES = (
    "app",
    "assets",
    "docs/glossary.md",
    "strace_core",
    "pyproject.toml",
    "setup.py",
    "MANIFEST.in",
    "README.md",
    "LICENSE",
)
NOT_SHIPPED = ("assets/screenshots/", "assets/text/")
INSTALLED_AS = {"app/": "strace_explorer/", "assets/": "strace_core/assets/", "strace_core/": "strace_core/"}

PROMPT = "Once upon a time"
IN_PYTHON = """
import strace_core
print(strace_core.__version__, strace_core.__file__, *strace_core.bundled_models())
print(strace_core.load_model("demo-llama").spec.architecture)
"""


@dataclass(frozen=True)
class Installed:
    """A fresh environment that holds the wheel: the wheel's file, the environment, and an empty folder to work in."""

    wheel: Path
    environment: Path
    folder: Path

    def program(self, name: str) -> str:
        """The path of a program of the environment."""
        return str(self.environment / "bin" / name)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """What a program of the environment prints, run in the folder. It must succeed."""
        name, *arguments = command
        kept = {key: os.environ[key] for key in ("LANG", "OMP_NUM_THREADS") if key in os.environ}
        done = subprocess.run(
            [self.program(name), *arguments],
            cwd=self.folder,
            env=kept | {"PATH": os.defpath, "HOME": str(self.folder), "HF_HUB_OFFLINE": "1"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment that holds the wheel, which is built from the source distribution.

    The packages that it requires are those of the running environment.
    """
    folder = tmp_path_factory.mktemp("wheel")
    (folder / "work").mkdir()
    wheel = _wheel(_source_distribution(folder), folder)
    environment = folder / "environment"
    venv.create(environment, with_pip=False, symlinks=True)
    [packages] = environment.glob("lib/python*/site-packages")
    # As lines of a .pth file, folders come after the environment's own, and .pth files in them are passed over: so the
    # checkout, which is installed editable there, is not found.
    required = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "required.pth").write_text("\n".join(required), encoding="utf-8")
    python = str(environment / "bin" / "python")
    _pip("--python", python, "install", "--no-deps", "--no-index", str(wheel))
    return Installed(wheel, environment, folder / "work")


def _source_distribution(folder: Path) -> Path:
    """Built from a copy, so that nothing is left in the checkout and nothing that lies about there gets in."""
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        if (REPOSITORY / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(REPOSITORY / name, source / name, symlinks=True, ignore=ignore)
        else:
            (source / name).parent.mkdir(exist_ok=True)
            shutil.copy(REPOSITORY / name, source / name)
    build = f"from setuptools.build_meta import build_sdist; build_sdist({str(folder)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=source, capture_output=True, check=True)
    [archive] = folder.glob("*.tar.gz")
    return archive


def _wheel(archive: Path, folder: Path) -> Path:
    _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), str(archive))
    [wheel] = folder.glob("*.whl")
    return wheel


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _shipped() -> set[str]:
    """Names in the wheel of the files that git knows in the three folders, as far as they are shipped."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *INSTALLED_AS]
    done = subprocess.run(listed, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    there = [name for name in done.stdout.splitlines() if (REPOSITORY / name).is_file()]
    names = [name for name in there if not name.startswith(NOT_SHIPPED)]
    renamed = [(name, old, new) for name in names for old, new in INSTALLED_AS.items() if name.startswith(old)]
    return {name.replace(old, new, 1) for name, old, new in renamed}


def test_the_wheel_holds_the_packages_with_their_files_and_nothing_else(installed: Installed) -> None:
    names = set(zipfile.ZipFile(installed.wheel).namelist())
    about = f"strace_explorer-{__version__}.dist-info"
    assert {name for name in names if not name.startswith(f"{about}/")} == _shipped()
    assert f"{about}/licenses/LICENSE" in names
    assert installed.wheel.name == f"strace_explorer-{__version__}-py3-none-any.whl"


def test_a_wheel_that_works_needs_these(installed: Installed) -> None:
    """Whatever the folders hold."""
    names = set(zipfile.ZipFile(installed.wheel).namelist())
    assert {
        "strace_core/__init__.pyi",
        "strace_core/assets/first/trace.npz",
        "strace_core/assets/logo.svg",
        "strace_core/assets/models/demo-gpt2/model.safetensors",
        "strace_core/assets/models/demo-llama/model.safetensors",
        "strace_core/assets/models/picture_books_ccby.ATTRIBUTION.tsv",
        "strace_core/assets/study/study.json",
        "strace_core/assets/study_guided/study.json",
        "strace_core/py.typed",
        "strace_core/serialise/result.schema.json",
        "strace_core/study/__init__.pyi",
        "strace_explorer/.streamlit/config.toml",
        "strace_explorer/components/trace_graph/web/trace_graph.js",
        "strace_explorer/main.py",
        "strace_explorer/py.typed",
        "strace_explorer/styles/page.css",
        "strace_explorer/wording/glossary.md",
    } <= names


def test_the_engine_is_imported_from_the_environment(installed: Installed) -> None:
    about, architecture = installed.run("python", "-c", IN_PYTHON).stdout.splitlines()
    version, place, *models = about.split()
    assert version == __version__
    assert Path(place).is_relative_to(installed.environment)
    assert models == ["demo-gpt2", "demo-llama"]
    assert architecture == "llama"


def test_the_version_is_printed(installed: Installed) -> None:
    assert installed.run("s-trace", "--version").stdout == f"s-trace {__version__}\n"


def test_a_prompt_is_traced(installed: Installed) -> None:
    installed.run("s-trace", "trace", "demo-llama", PROMPT, "--out", "x.json")
    document = json.loads((installed.folder / "x.json").read_text(encoding="utf-8"))
    assert document["format"] == "strace-result"
    assert document["prompt"]["text"] == PROMPT


def test_a_study_is_run(installed: Installed) -> None:
    (installed.folder / "prompts.txt").write_text("The dog\n", encoding="utf-8")
    options = ["--models", "demo-gpt2", "--prompts", "prompts.txt", "--out", "study", "--sizes", "10"]
    assert "1 runs, 0 failed" in installed.run("s-trace", "study", *options).stderr
    assert sorted(path.name for path in (installed.folder / "study").glob("*.parquet")) == [
        "runs.parquet",
        "sizes.parquet",
    ]


def test_a_model_is_checked(installed: Installed) -> None:
    assert "self-check passed" in installed.run("s-trace", "doctor", "demo-llama").stdout


def test_the_architectures_are_listed(installed: Installed) -> None:
    assert "| `llama` |" in installed.run("s-trace", "models").stdout


def test_the_engine_alone_has_no_page_to_show(installed: Installed) -> None:
    commands = r"^    (\w+) "
    engine = re.findall(commands, installed.run("python", "-m", "strace_core", "--help").stdout, re.MULTILINE)
    all_of_them = re.findall(commands, installed.run("s-trace", "--help").stdout, re.MULTILINE)
    assert engine == ["trace", "study", "doctor", "models"]
    assert all_of_them == ["explore", *engine]


@pytest.fixture(scope="module")
def explorer(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """``s-trace explore``, started in an empty folder."""
    command = [installed.program("s-trace"), "explore"]
    with serve_command(command, installed.folder, tmp_path_factory.mktemp("explorer")) as running:
        yield running


@pytest.fixture
def open_installed(browser: Browser, explorer: Server) -> Iterator[Callable[..., Page]]:
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(watched_page(browser, explorer, **options))


def test_the_explorer_shows_the_trace_of_a_demo_model(open_installed: Callable[..., Page]) -> None:
    page = open_installed(path="/?prompt=Once+upon+a+time")
    expect(page.locator(".trace-graph:not(.loading) canvas")).to_be_visible()
    expect(page.locator(".st-key-curve").locator("svg, canvas").first).to_be_visible()


def test_the_findings_of_the_shipped_study_are_shown(open_installed: Callable[..., Page]) -> None:
    page = open_installed(path="/findings")
    expect(page.get_by_text("600 prompts").first).to_be_visible()
