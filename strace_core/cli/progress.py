"""The progress bar, shown on a terminal only."""

import sys
from typing import Any

from tqdm import tqdm


def progress_bar(unit: str) -> "tqdm[Any]":
    """A bar on standard error that disappears when it is closed; silent where standard error is not a terminal."""
    return tqdm(unit=unit, leave=False, disable=not sys.stderr.isatty())


def show(bar: "tqdm[Any]", *, done: int, total: int, label: str) -> None:
    """Move the bar to ``done`` of ``total``."""
    bar.total, bar.n = total, done
    bar.set_description(label)
