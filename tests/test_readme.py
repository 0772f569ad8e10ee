"""The README's example prints what the README says, up to what processors may differ by."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def test_the_example_prints_what_the_readme_shows() -> None:
    text = README.read_text(encoding="utf-8")
    match = re.search(r"```python\n(.*?)```\n\nprints\n\n```\n(.*?)```", text, re.DOTALL)
    assert match, "the README has an example and what it prints"
    code, shown = match.groups()
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(code, str(README), "exec"), {})
    assert words(printed.getvalue()) == words(shown)
    assert numbers(printed.getvalue()) == pytest.approx(numbers(shown), rel=0.05, abs=0.02)


def words(text: str) -> list[str]:
    return NUMBER.sub("0", text).split()


def numbers(text: str) -> list[float]:
    return [float(number.replace(",", "")) for number in NUMBER.findall(text)]
