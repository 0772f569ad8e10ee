"""``trace``, as the shell runs it."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from strace_core import load_result
from strace_core.cli.main import main

ROOT = Path(__file__).resolve().parents[3]
PROMPT = "The capital of France is"


def test_trace_writes_a_result_that_opens_again(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    place = tmp_path / "paris.json"
    command = ["trace", "demo-llama", PROMPT, "--out", str(place), "--score", "l2", "--sizes", "0", "30", "0.5", "1.0"]
    assert main([*command, "--baselines", "random", "complement", "--target", " Paris", "--seed", "3"]) == 0
    result = load_result(place)
    assert result.curve["n_edges"].tolist() == [0, 30, result.n_edges // 2, result.n_edges]
    assert result.settings.score == "l2" and result.settings.seed == 3
    assert list(result.baselines) == ["random", "complement"]
    assert "target_surprisal" in result.curve
    said = capsys.readouterr()
    assert said.out == "" and "next token ' Paris'" in said.err


def test_a_guided_search_is_asked_for_by_name(tmp_path: Path) -> None:
    place = tmp_path / "a.json"
    assert main(["trace", "demo-llama", PROMPT, "--out", str(place), "--search", "guided", "--effort", "0.1"]) == 0
    settings = load_result(place).settings
    assert (settings.search, settings.effort, settings.baselines) == ("guided", 0.1, ("best-first",))


def test_position_and_grid(tmp_path: Path) -> None:
    place = tmp_path / "a.npz"
    assert main(["trace", "demo-gpt2", PROMPT, "--out", str(place), "--position", "2", "--sizes", "dense"]) == 0
    assert len(load_result(place).prompt) == 3 and len(load_result(place).curve) > 40


@pytest.mark.parametrize(("table", "column"), [("curve", "tv"), ("edges", "rank")])
def test_tables(tmp_path: Path, table: str, column: str) -> None:
    place = tmp_path / "a.csv"
    assert main(["trace", "demo-llama", PROMPT, "--out", str(place), "--table", table]) == 0
    assert column in pd.read_csv(place).columns


def test_standard_output_holds_the_file_alone(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A table as a shell runs it, in a process of its own; the whole result as all that reaches the descriptor."""
    arguments = ["trace", "demo-llama", PROMPT, "--out", "-"]
    command = [sys.executable, "-m", "strace_core", *arguments, "--format", ".csv", "--sizes", "0", "10"]
    done = subprocess.run(command, capture_output=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert pd.read_csv(io.BytesIO(done.stdout))["n_edges"].tolist() == [0, 10]
    assert done.stderr == b""
    assert main(arguments) == 0
    assert json.loads(capfdbinary.readouterr().out)["format"] == "strace-result"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["trace", "/no/such/model", PROMPT, "--out", "a.json"], "/no/such/model"),
        (["trace", "demo-llama", "", "--out", "a.json"], "empty"),
        (["trace", "demo-llama", PROMPT, "--out", "a.txt"], "a.txt"),
        (["trace", "demo-llama", PROMPT, "--out", "-", "--format", "csv"], "csv"),
        (["trace", "demo-llama", PROMPT, "--out", "a.json", "--position", "99"], "position 99"),
        (["trace", "demo-llama", PROMPT, "--out", "a.json", "--score", "l9"], "'l9'"),
        (["trace", "demo-llama", PROMPT, "--out", "a.json", "--search", "x"], "search 'x'"),
        (["trace", "demo-llama", PROMPT, "--out", "a.json", "--effort", "nan"], "effort nan"),
        (["trace", "demo-llama", PROMPT, "--out", "a.json", "--sizes", "many"], "size 'many' is not a number"),
        (["trace", "demo-llama", PROMPT, "--out", "a.json", "--baselines", "x"], "baseline 'x'"),
        (["trace", "demo-llama", PROMPT, "--out", "a.json", "--device", "gpu9"], "device 'gpu9'"),
        (["trace", "demo-llama", PROMPT, "--out", "a.json", "--dtype", "int4"], "dtype 'int4'"),
        (["trace", "demo-llama", PROMPT, "--out", "/no/such/folder/a.json"], "/no/such/folder/a.json"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert said in captured.err and captured.err.count("\n") == 1 and captured.out == ""
    assert captured.err.startswith("python -m strace_core trace: ")
    assert not list(tmp_path.iterdir())
