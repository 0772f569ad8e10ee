"""Assemble an analysis's table; an empty one has the same columns and types."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

TEXT_COLUMNS = frozenset(
    "model score prompt_id order mark criterion density covariate group measure row model_a model_b kind by stage unit "
    "claim statement statistic verdict rule".split()
)
INTEGER_COLUMNS = frozenset("n n_pairs n_components layer head depth".split())


def tidy(parts: Iterable[Mapping[str, object]], columns: Sequence[str]) -> pd.DataFrame:
    """Stack parts into one table. A part maps every column to a scalar, or to an array with one entry per row."""
    blocks = []
    for part in parts:
        values = {name: np.asarray(part[name]) for name in columns}
        n_rows = max((value.size for value in values.values() if value.ndim), default=1)
        blocks.append({name: np.broadcast_to(value, n_rows) for name, value in values.items()})
    if not blocks:
        return pd.DataFrame(columns=list(columns)).astype({name: _type(name) for name in columns})
    data = {name: np.concatenate([block[name] for block in blocks]) for name in columns}
    return pd.DataFrame(data).astype({name: _type(name) for name in columns})


def _type(column: str) -> str:
    if column in TEXT_COLUMNS:
        return "str"
    return "int64" if column in INTEGER_COLUMNS else "float64"
