"""What subgraphs consist of at each size: kinds of edges, and depths."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from strace_core.evaluate.sizes import PAPER_FRACTIONS
from strace_core.kinds import KINDS
from strace_core.study.analyses.aligned import Aligned, align
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap
from strace_core.study.analyses.tidy import tidy
from strace_core.study.schema import N_DEPTHS
from strace_core.study.study import Study

SHARE_COLUMNS = (
    "share", "low", "high", "of_available", "of_available_low", "of_available_high", "lift", "lift_low", "lift_high",
    "n",
)  # fmt: skip


def share_by_kind(
    study: Study, fractions: Sequence[float] = PAPER_FRACTIONS, *, bootstrap: Bootstrap = STANDARD
) -> pd.DataFrame:
    """Share of each ``kind`` of edge among those a subgraph keeps, at relative sizes ``x``.

    ``share`` is the fraction of kept edges that are of the kind, ``of_available`` the fraction of the kind's edges that
    are kept, and ``lift`` the share among kept edges over the share among all edges: 1 is proportional; above 1,
    over-represented. All are means over the ``n`` prompts with at least one kept edge at x.
    """
    return _table(study, "kind", {kind: kind for kind in KINDS}, fractions, bootstrap)


def share_by_depth(
    study: Study, fractions: Sequence[float] = PAPER_FRACTIONS, *, bootstrap: Bootstrap = STANDARD
) -> pd.DataFrame:
    """Like :func:`share_by_kind`, by ``depth``: 1 for the first quarter of the blocks, 4 for the last."""
    columns = {part: f"depth_{part}" for part in range(1, N_DEPTHS + 1)}
    return _table(study, "depth", columns, fractions, bootstrap)


def shares(aligned: Aligned, column: str, x: np.ndarray) -> dict[str, np.ndarray]:
    """``share``, ``of_available`` and ``lift`` of a column of ``sizes``, each [run, x]; NaN where no edge is kept."""
    rows = aligned.rows_at_fractions(x)
    kept, total = aligned.at(column, rows), aligned.at("n_edges", rows)
    available = aligned.at(column, aligned.last[:, None])
    share = _ratio(kept, total)
    of_available = np.where(total > 0, _ratio(kept, available), np.nan)
    return {"share": share, "of_available": of_available, "lift": _ratio(share, available / _whole(aligned))}


def _table(
    study: Study, name: str, columns: Mapping[Any, str], fractions: Sequence[float], bootstrap: Bootstrap
) -> pd.DataFrame:
    aligned, x = align(study), np.asarray(fractions, dtype=np.float64)
    found = {part: shares(aligned, column, x) for part, column in columns.items()}
    available = {part: aligned.at(column, aligned.last[:, None]) for part, column in columns.items()}
    parts: list[dict[str, object]] = []
    for model, score, runs in aligned.groups():
        for part, measures in found.items():
            if available[part][runs].any():
                means = {measure: bootstrap.means(values[runs]) for measure, values in measures.items()}
                row: dict[str, object] = {"model": model, "score": score, name: part, "n": means["share"].n, "x": x}
                for measure, mean in means.items():
                    row |= mean.named(measure, "" if measure == "share" else f"{measure}_")
                parts.append(row)
    table = tidy(parts, ("model", "score", name, "x", *SHARE_COLUMNS))
    return table[table["n"] > 0].reset_index(drop=True)


def _whole(aligned: Aligned) -> np.ndarray:
    return aligned.at("n_edges", aligned.last[:, None])


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
