"""``doctor``, as the shell runs it."""

import pytest

from strace_core.cli.main import main


def test_doctor_gives_the_verdict_and_checks_the_parts(capsys: pytest.CaptureFixture) -> None:
    assert main(["doctor", "demo-llama"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("demo-llama: supported\n") and "self-check passed" in said
    assert main(["doctor", "demo-llama", "--config-only"]) == 0
    assert "self-check" not in capsys.readouterr().out
    assert main(["doctor", "/no/such/model"]) == 1
    assert "not supported" in capsys.readouterr().out
