"""Starting the page: what is checked and arranged before Streamlit serves."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit import net_util
from streamlit.web.server import server_util

from strace_explorer import launch

# Streamlit keeps options for good, so this runs in a process of its own, which stops where the server would start.
SAY_THE_ADDRESS = """
import sys
from streamlit import config
from streamlit.web import bootstrap
from strace_explorer.launch import serve
bootstrap.run = lambda *_: None
serve(sys.argv[1:])
print(config.get_option("server.address"), *config.get_option("server.allowedHosts"))
"""

REPOSITORY = Path(__file__).resolve().parents[2]


def _address(options: list[str], folder: Path) -> list[str]:
    """The address and the names that the server answers to, started in ``folder``."""
    ran = subprocess.run(
        [sys.executable, "-c", SAY_THE_ADDRESS, *options], cwd=folder, capture_output=True, text=True, check=True
    )
    return ran.stdout.split()


def test_a_bad_setting_ends_the_start_with_a_message(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "strace_explorer"],
        cwd=tmp_path,
        env={**os.environ, "STRACE_WORKERS": "none"},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.count("\n") == 1
    assert "STRACE_WORKERS is 'none'" in ran.stderr
    assert "from 1 to 100" in ran.stderr


def test_streamlit_is_told_to_serve_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[str]] = []
    monkeypatch.setattr(launch.cli, "main", lambda arguments, standalone_mode: told.append(arguments))
    monkeypatch.setattr(net_util, "get_external_ip", net_util.get_external_ip)
    assert launch.serve(["--server.port", "8600"]) == 0
    assert told == [["run", str(REPOSITORY / "app" / "main.py"), "--server.port", "8600"]]


def test_the_page_brings_its_own_settings_wherever_it_is_started(tmp_path: Path) -> None:
    assert _address([], tmp_path) == ["127.0.0.1", "localhost", "127.0.0.1"]


def test_the_documents_tell_how_to_let_a_class_in(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "serving.md").read_text(encoding="utf-8")
    told = re.search(r'make run ARGS="(.*server.address.*)"', page)
    assert told
    assert _address(shlex.split(told[1]), tmp_path) == ["0.0.0.0", "the-name-students-type", "localhost"]


def test_a_page_of_another_site_is_refused_without_asking_the_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(net_util, "get_external_ip", net_util.get_external_ip)
    monkeypatch.setattr(net_util, "get_internal_ip", lambda: None)
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda url, **options: asked.append(url))
    assert not server_util.is_url_from_allowed_origins("http://another.example")
    assert asked, "Streamlit no longer asks: disable_address_lookup can go"
    asked.clear()
    launch.disable_address_lookup()
    assert not server_util.is_url_from_allowed_origins("http://another.example")
    assert not asked
