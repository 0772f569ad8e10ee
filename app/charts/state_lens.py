"""The logit lens of one state: the tokens it would predict, in the full model and in the subgraph."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from . import paired_bars
from .paired_bars import RECONSTRUCTION, unique_labels
from .parts import Drawing

if TYPE_CHECKING:
    from strace_core import StateDetail


def draw(found: "StateDetail", *, large: bool = False) -> Drawing:
    """Draw what a state would predict if it were the last one."""
    rows = frame(found)
    spec = paired_bars.fitted_spec(rows, RECONSTRUCTION, large=large)
    return Drawing(rows, spec, paired_bars.alt_text(rows, "Logit lens: top tokens of the state"))


def frame(found: "StateDetail") -> pd.DataFrame:
    """Return the rows of paired bars. A token that is not among the top tokens of a side has no bar there."""
    both = pd.concat([found.full, found.subgraph]).drop_duplicates("token_id")
    known = [table.set_index("token_id")["probability"] for table in (found.full, found.subgraph)]
    full, subgraph = (table.reindex(both["token_id"]).to_numpy(dtype=float) for table in known)
    return paired_bars.frame(
        unique_labels(both["text"].tolist(), both["token_id"].tolist()),
        dict(zip(RECONSTRUCTION.names, (full, subgraph), strict=True)),
        change=["" for _ in full],
        explained=[
            f"{_written(one)} in the full model, {_written(other)} in the subgraph"
            for one, other in zip(full, subgraph, strict=True)
        ],
    )


def _written(probability: float) -> str:
    return "not among the top tokens" if np.isnan(probability) else f"{probability:.3f}"
