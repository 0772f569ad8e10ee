"""Align a study's runs with the rows of their sizes, and look up the row for any size.

The row "at size n" is the run's largest evaluated size that does not exceed n edges; at a relative size f, n is f * E.
On the paper's grid that is the evaluated size itself, and the empty graph where f * E is less than one edge.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from strace_core.study.schema import RUN_KEY
from strace_core.study.study import Study

Rows = Int[np.ndarray, "run x"]


@dataclass(frozen=True, eq=False)
class Aligned:
    """The traced runs of one search, ordered by model and score rule as in the study, then by prompt id.

    Prompts are sorted so that resampling does not depend on the order in which they ran.

    Attributes:
        runs: one row per run that has sizes.
        sizes: rows of the runs' sizes, by run and then by number of edges.
        run_of_row: index into ``runs`` for each row of ``sizes``.
        first: index of each run's first row in ``sizes``.
        last: index of each run's last row in ``sizes``.
    """

    runs: pd.DataFrame
    sizes: pd.DataFrame
    run_of_row: Int[np.ndarray, "row"]
    first: Int[np.ndarray, "run"]
    last: Int[np.ndarray, "run"]

    def groups(self) -> Iterator[tuple[str, str, slice]]:
        """Yield every model and score rule with the slice of its runs."""
        yield from groups(self.runs)

    def of_run(self, column: str) -> Float[np.ndarray, "run"]:
        """A column of ``runs`` as floats; NaN where a value is missing."""
        return numbers(self.runs[column])

    def of_row(self, column: str) -> Float[np.ndarray, "row"]:
        """A column of ``sizes`` as floats; NaN where a value is missing."""
        return numbers(self.sizes[column])

    def rows_at(self, n_edges: Float[np.ndarray, "run x"]) -> Rows:
        """Rows of the largest evaluated sizes that do not exceed ``n_edges``; -1 where there is none."""
        counts = self.sizes["n_edges"].to_numpy(np.int64)
        stride = int(counts.max(initial=0)) + 2
        wanted = np.clip(np.floor(n_edges), -1, stride - 2).astype(np.int64)
        runs = np.arange(len(self.first))[:, None]
        rows = np.searchsorted(self.run_of_row * stride + counts, runs * stride + wanted, side="right") - 1
        return np.where(rows >= self.first[:, None], rows, -1)

    def rows_at_fractions(self, fractions: Float[np.ndarray, "x"]) -> Rows:
        """Rows at relative sizes in [0, 1]."""
        return self.rows_at(fractions[None, :] * self.of_run("n_edges")[:, None])

    def at(self, column: str, rows: Rows) -> Float[np.ndarray, "run x"]:
        """A column of ``sizes`` at ``rows``; NaN where a row is -1."""
        values = self.of_row(column)
        return np.where(rows >= 0, values[rows], np.nan) if len(values) else np.full(rows.shape, np.nan)


def align(study: Study) -> Aligned:
    """Align the runs of one search: the study's only one, or best-first."""
    study = of_one_search(study)
    runs = in_order(study.traced)
    runs["run"] = np.arange(len(runs))
    sizes = study.sizes.merge(runs[[*RUN_KEY, "run"]], on=list(RUN_KEY))
    sizes = sizes.sort_values(["run", "n_edges"], ignore_index=True)
    has_sizes, run_of_row = np.unique(sizes["run"].to_numpy(np.int64), return_inverse=True)
    rows = np.arange(len(run_of_row))
    first = rows[np.diff(run_of_row, prepend=-1) > 0]
    last = np.append(first[1:], len(rows)) - 1 if len(first) else first
    return Aligned(runs.iloc[has_sizes].reset_index(drop=True), sizes, run_of_row, first, last)


def of_one_search(study: Study) -> Study:
    """The study itself if it has one search, otherwise its best-first part."""
    return study if len(study.searches) < 2 else study.only(searches=study.searches[:1])


def in_order(runs: pd.DataFrame) -> pd.DataFrame:
    """Sort runs by model and score rule in order of appearance, then by prompt id."""
    rank = {name: pd.factorize(runs[name])[0] for name in ("model", "score")}
    order = np.lexsort((pd.factorize(runs["prompt_id"], sort=True)[0], rank["score"], rank["model"]))
    return runs.iloc[order].reset_index(drop=True)


def groups(runs: pd.DataFrame) -> Iterator[tuple[str, str, slice]]:
    """Yield every model and score rule of sorted runs with the slice of its runs."""
    keys = runs[["model", "score"]]
    starts = np.flatnonzero((keys != keys.shift()).any(axis=1).to_numpy())
    for start, stop in pairwise([*starts, len(runs)]):
        yield str(keys["model"].iloc[start]), str(keys["score"].iloc[start]), slice(int(start), int(stop))


def numbers(column: pd.Series) -> Float[np.ndarray, "_"]:
    """Convert a column to float64; NaN where a value is missing."""
    return pd.to_numeric(column).to_numpy(np.float64, na_value=np.nan)
