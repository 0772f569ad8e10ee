"""python -m strace_explorer: what is checked and arranged before Streamlit serves."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from strace_explorer import __main__ as start
from streamlit import net_util
from streamlit.web.server import server_util

SAY_THE_ADDRESS = """
import sys
from streamlit import config
from streamlit.web import bootstrap
bootstrap.run = lambda *_: None
from app.__main__ import main
main(sys.argv[1:])
print(config.get_option("server.address"), *config.get_option("server.allowedHosts"))
"""

REPOSITORY = Path(__file__).resolve().parents[2]


def test_a_bad_setting_ends_the_start_with_a_message(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "app"],
        cwd=tmp_path,
        env={**os.environ, "STRACE_WORKERS": "none"},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == (
        "The explorer cannot start: STRACE_WORKERS is 'none'; set it to a whole number from 1 to 100.\n"
    )


def test_streamlit_is_told_to_serve_the_page_with_our_own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[str]] = []
    monkeypatch.setattr(start.cli, "main", lambda arguments, standalone_mode: told.append(arguments))
    monkeypatch.setattr(net_util, "get_external_ip", net_util.get_external_ip)
    monkeypatch.chdir("/")
    assert start.main(["--server.port", "8600"]) == 0
    assert told == [["run", str(REPOSITORY / "app" / "main.py"), "--server.port", "8600"]]
    assert Path.cwd() == REPOSITORY


def test_the_documents_tell_how_to_let_a_class_in() -> None:
    page = (REPOSITORY / "docs" / "serving.md").read_text(encoding="utf-8")
    told = re.search(r'make run ARGS="(.*server.address.*)"', page)
    assert told
    ran = subprocess.run(
        [sys.executable, "-c", SAY_THE_ADDRESS, *shlex.split(told[1])],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout.split() == ["0.0.0.0", "the-name-students-type", "localhost"]  # noqa: S104


def test_a_page_of_another_site_is_refused_without_asking_the_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(net_util, "get_external_ip", net_util.get_external_ip)
    monkeypatch.setattr(net_util, "get_internal_ip", lambda: None)
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda url, **options: asked.append(url))
    assert not server_util.is_url_from_allowed_origins("http://another.example")
    assert asked, "Streamlit no longer asks: ask_nobody_for_the_address can go"
    asked.clear()
    start.ask_nobody_for_the_address()
    assert not server_util.is_url_from_allowed_origins("http://another.example")
    assert not asked
