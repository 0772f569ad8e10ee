"""``s-trace``: the engine's commands and ``explore``."""

import os
from pathlib import Path

import pytest

from strace_explorer import launch
from strace_explorer.command import main

SETTINGS = ("STRACE_MODEL_ROOTS", "STRACE_STUDY_ROOTS", "STRACE_ALLOW_HUB")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    """What the page was served with: Streamlit's options, and the settings in the environment."""
    calls: list[tuple[list[str], dict[str, str]]] = []

    def serve(options: list[str]) -> int:
        calls.append((options, {name: os.environ[name] for name in SETTINGS if name in os.environ}))
        return 7

    for name in SETTINGS:
        monkeypatch.setenv(name, "")  # so that it is put back
        monkeypatch.delenv(name)
    monkeypatch.setattr(launch, "serve", serve)
    return calls


def test_explore_serves_the_page_as_the_environment_says(served: list, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["explore"]) == 7
    monkeypatch.setenv("STRACE_STUDY_ROOTS", "/mine")
    assert main(["explore"]) == 7
    assert served == [([], {}), ([], {"STRACE_STUDY_ROOTS": "/mine"})]


def test_options_of_explore_become_settings(served: list, tmp_path: Path) -> None:
    main(["explore", "--models", "a", "--models", str(tmp_path), "--studies", "b", "--hub"])
    roots = os.pathsep.join(["a", str(tmp_path)])
    expected = {"STRACE_MODEL_ROOTS": roots, "STRACE_STUDY_ROOTS": "b", "STRACE_ALLOW_HUB": "1"}
    assert served == [([], expected)]


@pytest.mark.parametrize(
    "options", [["--server.port", "8600", "--hub"], ["--hub", "--", "--server.port", "8600"], ["--server.port=8600"]]
)
def test_other_options_go_to_streamlit(served: list, options: list[str]) -> None:
    main(["explore", *options])
    [(passed_on, _)] = served
    assert passed_on in (["--server.port", "8600"], ["--server.port=8600"])


@pytest.mark.parametrize(("arguments", "said"), [(["--help"], "explore"), (["doctor", "--help"], "s-trace doctor")])
def test_help_names_the_program(arguments: list[str], said: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert printed.startswith("usage: s-trace") and said in printed


def test_an_engine_command_speaks_in_the_name_of_s_trace(capsys: pytest.CaptureFixture) -> None:
    assert main(["doctor", "/no/such/model"]) == 1
    assert main(["trace", "demo-llama", "", "--out", "a.json"]) == 1
    assert capsys.readouterr().err.startswith("s-trace trace: ")
