"""Numbers and tables as Markdown."""

from collections.abc import Iterable, Sequence

import pandas as pd


def interval(row: pd.Series, value: str, prefix: str = "", digits: int = 2) -> str:
    """A number and its interval."""
    if pd.isna(row[value]):
        return "-"
    low, high = row[f"{prefix}low"], row[f"{prefix}high"]
    return f"{row[value]:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def markdown(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; all columns but the first to the right."""
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])
