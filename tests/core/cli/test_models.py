"""``models``, as the shell runs it."""

import pytest

from strace_core import support_table
from strace_core.cli.main import main


def test_models_prints_the_table(capsys: pytest.CaptureFixture) -> None:
    assert main(["models"]) == 0
    assert capsys.readouterr().out == support_table() + "\n"
