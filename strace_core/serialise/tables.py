"""Curves as columns of plain values, and back: what JSON lacks as text, and nothing missing that a curve has."""

from typing import Any

import numpy as np
import pandas as pd

from strace_core.errors import FileError

COLUMNS = {
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
"""Columns that every curve has, beside one of counts for each kind of edge, and their dtypes."""


def to_columns(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table column by column, with the dtype of each; numbers that JSON lacks as text."""
    return [
        {"name": name, "dtype": str(column.dtype), "values": [_json_number(value) for value in column.tolist()]}
        for name, column in table.items()
    ]


def _json_number(value: float | int | bool) -> float | int | bool | str:
    return value if not isinstance(value, float) or np.isfinite(value) else str(value)


def from_columns(columns: list[dict[str, Any]], needed: dict[str, str], name: str) -> pd.DataFrame:
    """The curve in the columns of a document; raises FileError where it lacks a column that is ``needed``.

    ``needed`` has dtypes by column, ``name`` is the file it comes from, for messages.
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
        raise FileError(f"{name!r} is damaged: a column of its tables does not hold its dtype.") from error
    if table.isna().any(axis=None) or not table[["fraction", "tv"]].map(np.isfinite).all(axis=None):
        raise FileError(f"{name!r} is damaged: a curve lacks a number.")
    return table
