"""The parser, its errors and exit codes."""

import re
import shlex
import subprocess
import sys
import tomllib
from argparse import ArgumentParser, Namespace
from pathlib import Path

import pytest

import strace_core
from strace_core import SizeError
from strace_core.cli.command import Command
from strace_core.cli.main import main, run_command

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTED = re.compile(r"^    (?:python -m strace_core|s-trace) ((?:trace|doctor|models) ?.*)$", re.MULTILINE)


def no_arguments(parser: ArgumentParser) -> None:
    """Declare none."""


def unknown_options_too(parser: ArgumentParser) -> None:
    parser.add_argument("--known")
    parser.set_defaults(unknown_options=[])


@pytest.mark.parametrize("arguments", [[], ["trace"], ["trace", "demo-llama", "x"], ["paint"], ["doctor"]])
def test_wrong_usage_is_code_2(arguments: list[str], capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m strace_core" in capsys.readouterr().err


def _raise(error: BaseException) -> int:
    raise error


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            SizeError("size 9 is too large; ask for at most 3."),
            1,
            "program act: size 9 is too large; ask for at most 3.\n",
        ),
        (KeyboardInterrupt(), 130, "program act: interrupted\n"),
    ],
)
def test_what_ends_a_command_early_is_said_in_its_name(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture
) -> None:
    command = Command("act", "fail", no_arguments, lambda given: _raise(error))
    assert run_command(["act"], program="program", commands=[command]) == code
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", said)


def test_a_mistake_of_ours_is_not_hidden() -> None:
    command = Command("act", "fail", no_arguments, lambda given: _raise(AssertionError("ours")))
    with pytest.raises(AssertionError, match="ours"):
        run_command(["act"], program="program", commands=[command])


def test_the_exit_code_is_the_commands_own() -> None:
    command = Command("act", "return 5", no_arguments, lambda given: 5)
    assert run_command(["act"], program="program", commands=[command]) == 5


def test_options_that_a_command_does_not_know_reach_it_where_it_asks_for_them() -> None:
    seen: list[Namespace] = []
    command = Command("act", "listen", unknown_options_too, lambda given: len(seen.append(given) or ""))
    arguments = ["act", "--known", "1", "--server.port", "8600", "--", "--known", "2"]
    assert run_command(arguments, program="program", commands=[command]) == 0
    assert seen[0].known == "1"
    assert seen[0].unknown_options == ["--server.port", "8600", "--", "--known", "2"]


def test_other_commands_refuse_them(capsys: pytest.CaptureFixture) -> None:
    command = Command("act", "refuse", no_arguments, lambda given: 0)
    with pytest.raises(SystemExit) as ended:
        run_command(["act", "--paint"], program="program", commands=[command])
    assert ended.value.code == 2
    assert "program: error: unrecognized arguments: --paint" in capsys.readouterr().err


def test_an_interruption_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("strace_core.cli.progress.tqdm.set_description", interrupted)
    assert main(["trace", "demo-llama", "The capital of France is", "--out", str(tmp_path / "a.json")]) == 130
    assert not list(tmp_path.iterdir())


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture) -> None:
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert strace_core.__version__ == stated
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"python -m strace_core {stated}\n"


def test_help_waits_for_no_machine_learning_library() -> None:
    """In a process of its own: torch and transformers take seconds to import."""
    source = (
        "import sys\n"
        "from strace_core.cli.main import main\n"
        "try:\n"
        "    main(['trace', '--help'])\n"
        "except SystemExit:\n"
        "    print('imported', *sorted({'torch', 'transformers', 'numba', 'streamlit'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: python -m strace_core trace")
    assert done.stdout.splitlines()[-1] == "imported"


def test_the_documented_commands_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    commands = DOCUMENTED.findall(text)
    assert len(commands) >= 4
    monkeypatch.chdir(tmp_path)
    for command in commands:
        assert main(shlex.split(command)) == 0, command
