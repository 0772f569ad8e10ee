"""One table from the parts that an analysis finds, with the same columns and types where it finds nothing."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

TEXT = frozenset(
    "model score prompt_id order mark criterion density covariate group measure row model_a model_b kind by stage unit "
    "claim statement statistic verdict rule".split()
)
WHOLE = frozenset("n n_pairs n_components layer head depth".split())


def tidy(parts: Iterable[Mapping[str, object]], columns: Sequence[str]) -> pd.DataFrame:
    """Parts below each other. A part gives every column a number or text, or an array of one length for its rows."""
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
    if column in TEXT:
        return "str"
    return "int64" if column in WHOLE else "float64"
