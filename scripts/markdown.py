"""Write numbers and tables as Markdown."""

from collections.abc import Iterable, Sequence

import pandas as pd


def interval(row: pd.Series, value: str, prefix: str = "", digits: int = 2) -> str:
    """A number and its interval; "-" where it is missing."""
    if pd.isna(row[value]):
        return "-"
    low, high = row[f"{prefix}low"], row[f"{prefix}high"]
    return f"{row[value]:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def claim_cell(claim: pd.DataFrame, model: str, *, with_twin: bool = False) -> str:
    """A claim's value for one model, its interval, the untrained twin's value if wanted, and the verdict."""
    found = claim[claim["model"].isin([model, ""])].iloc[0]
    twin = f" (untrained {found['untrained']:.2f})" if with_twin and not pd.isna(found["untrained"]) else ""
    digits = 3 if abs(found["value"]) < 0.1 else 2
    return f"{interval(found, 'value', digits=digits)}{twin}: **{found['verdict']}**"


def markdown(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with all columns but the first right-aligned."""
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])
