"""Curves <-> JSON columns. Infinite values, which JSON lacks, are stored as text."""

from typing import Any

import numpy as np
import pandas as pd

from strace_core.errors import FileError

CURVE_COLUMNS = {
    "n_edges": "int64",
    "fraction": "float64",
    "tv": "float64",
    "kl": "float64",
    "entropy": "float64",
    "surprisal": "float64",
    "top1": "int64",
    "top1_probability": "float64",
    "top1_match": "bool",
    "top_k_overlap": "float64",
    "shared_nucleus": "int64",
    "connected": "bool",
    "n_heads_active": "int64",
    "n_mlps_active": "int64",
}
"""Columns of every curve and their dtypes; there is also a column of counts for each kind of edge."""


def to_columns(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Convert a table to columns, each with name, dtype and values."""
    return [
        {"name": name, "dtype": str(column.dtype), "values": [_json_number(value) for value in column.tolist()]}
        for name, column in table.items()
    ]


def _json_number(value: float | int | bool) -> float | int | bool | str:
    return value if not isinstance(value, float) or np.isfinite(value) else str(value)


def from_columns(columns: list[dict[str, Any]], needed: dict[str, str], name: str) -> pd.DataFrame:
    """Convert columns back to a curve.

    Args:
        columns: Columns of a document.
        needed: Dtypes of the required columns, by name.
        name: Name of the file, for error messages.

    Raises:
        FileError: A column is missing, has another dtype or length, or lacks a value.
    """
    lengths = {len(column["values"]) for column in columns}
    if len(lengths) != 1:
        raise FileError(f"{name!r} is damaged: columns of one table have different lengths.")
    given = {column["name"]: column["dtype"] for column in columns}
    for column, dtype in needed.items():
        if given.get(column) != dtype:
            raise FileError(f"{name!r} is damaged: a curve has no column {column!r} of dtype {dtype}.")
    try:
        table = pd.DataFrame({column["name"]: np.array(column["values"], dtype=column["dtype"]) for column in columns})
    except (ValueError, TypeError, OverflowError) as error:
        raise FileError(f"{name!r} is damaged: a column has values that do not match its dtype.") from error
    if table.isna().any(axis=None) or not table[["fraction", "tv"]].map(np.isfinite).all(axis=None):
        raise FileError(f"{name!r} is damaged: a curve has missing values.")
    return table
