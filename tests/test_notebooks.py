"""The notebooks run from top to bottom; cells of theirs assert the values that their text relies on."""

import warnings
from pathlib import Path

import nbformat
import pytest

from scripts.notebooks import executed, notebooks

MOST_BYTES = 200_000


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # of the kernel's plumbing, which is not under test
        found = executed(path)
    assert any("assert " in cell.source for cell in found.cells), "nothing in it checks a value"


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_a_notebook_is_kept_with_small_outputs_of_its_own_cells(path: Path) -> None:
    assert path.stat().st_size < MOST_BYTES
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    counts = [cell.execution_count for cell in cells]
    assert counts == list(range(1, len(cells) + 1)), "run it again: python -m scripts.notebooks"
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]


def test_there_are_notebooks() -> None:
    assert [path.stem for path in notebooks()] == ["a-prompt-taken-apart", "a-small-study"]
