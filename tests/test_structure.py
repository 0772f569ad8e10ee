"""The rules of CONTRIBUTING.md hold in every file, and each rule is able to fail."""

import subprocess
from pathlib import Path, PurePosixPath

import pytest

from tests import structure_rules as rules

REPOSITORY = Path(__file__).resolve().parents[1]
MODELS = PurePosixPath("assets/models")  # vocabularies are data, not our words


def _sources(*folders: str) -> list[PurePosixPath]:
    found = [path for folder in folders for path in (REPOSITORY / folder).rglob("*.py")]
    return sorted(PurePosixPath(path.relative_to(REPOSITORY).as_posix()) for path in found)


def _published_files() -> list[PurePosixPath]:
    """Tracked files, and new ones that git does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True).stdout.decode()
    paths = [PurePosixPath(name) for name in listed.split("\0") if name]
    return [path for path in paths if MODELS not in path.parents and (REPOSITORY / path).is_file()]


def _broken(rule: rules.Rule, paths: list[PurePosixPath]) -> list[str]:
    assert paths, "no file to check"
    return [
        f"{path}:{problem}" for path in paths for problem in rule(path, (REPOSITORY / path).read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(
    "rule",
    [
        rules.caches_live_in_one_file,
        rules.session_lives_in_one_file,
        rules.sizes_are_readable,
    ],
)
def test_the_source_keeps(rule: rules.Rule) -> None:
    assert _broken(rule, _sources("strace_core", "app")) == []


def test_published_text_is_fit_to_publish() -> None:
    problems = []
    for path in _published_files():
        content = (REPOSITORY / path).read_bytes()
        if b"\0" not in content:
            found = rules.text_is_fit_to_publish(path, content.decode("utf-8"))
            problems += [f"{path}:{problem}" for problem in found]
    assert problems == []


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (rules.caches_live_in_one_file, "app/main.py", "@st.cache_data\ndef f(): ..."),
        (rules.caches_live_in_one_file, "app/main.py", "from streamlit import cache_resource"),
        (rules.caches_live_in_one_file, "app/main.py", "from cachetools import LRUCache"),
        (rules.session_lives_in_one_file, "app/main.py", "import streamlit as st\nst.session_state['n'] = 1"),
        (rules.session_lives_in_one_file, "app/main.py", "from streamlit import query_params"),
        (rules.sizes_are_readable, "app/main.py", "n = 1\n" * 301),
        (rules.sizes_are_readable, "app/main.py", "def f():\n" + "    n = 1\n" * 60),
        (rules.text_is_fit_to_publish, "README.md", "see /wo" + "rk/main"),
        (rules.text_is_fit_to_publish, "README.md", "/tmp/ve" + "nv/bin/python"),
        (rules.text_is_fit_to_publish, "README.md", "# TO" + "DO: later"),
    ],
)
def test_the_rule_can_fail(rule: rules.Rule, path: str, source: str) -> None:
    assert len(rule(PurePosixPath(path), source)) == 1


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (rules.caches_live_in_one_file, "app/service/cache.py", "import cachetools\n@st.cache_data\ndef f(): ..."),
        (rules.session_lives_in_one_file, "app/session.py", "st.session_state.n = st.query_params['n']"),
        (rules.sizes_are_readable, "app/main.py", "def f():\n" + "    n = 1\n" * 59),
        (rules.text_is_fit_to_publish, "README.md", "a framework/ and the path/to/wo" + "rk/"),
    ],
)
def test_the_rule_can_pass(rule: rules.Rule, path: str, source: str) -> None:
    assert rule(PurePosixPath(path), source) == []
