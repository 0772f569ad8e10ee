"""The runs of a study beside the rows of their sizes, and which row stands for which size.

"At size n" is the row of the run with the most edges not above n, so at a relative size f the one not above f * E: the
very row of that size where the paper's grid was run, and the empty graph's where f * E is less than one edge.
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
    """Traced runs of one search that have sizes, by model and score in the order of the study and then by prompt id.

    ``sizes`` are their rows by run and number of edges; run r has the rows ``first[r]`` to ``last[r]``. Prompts are
    sorted so that resampling them does not depend on the order in which they were run.
    """

    runs: pd.DataFrame
    sizes: pd.DataFrame
    run_of_row: Int[np.ndarray, "row"]
    first: Int[np.ndarray, "run"]
    last: Int[np.ndarray, "run"]

    def groups(self) -> Iterator[tuple[str, str, slice]]:
        """Every model and score with the place of its runs."""
        yield from groups(self.runs)

    def of_run(self, column: str) -> Float[np.ndarray, "run"]:
        """A number of every run; NaN where it is missing."""
        return numbers(self.runs[column])

    def of_row(self, column: str) -> Float[np.ndarray, "row"]:
        """A number of every size; NaN where it is missing."""
        return numbers(self.sizes[column])

    def rows_at(self, n_edges: Float[np.ndarray, "run x"]) -> Rows:
        """The row of the run with the most edges not above a number of edges; -1 where it has none."""
        counts = self.sizes["n_edges"].to_numpy(np.int64)
        stride = int(counts.max(initial=0)) + 2
        wanted = np.clip(np.floor(n_edges), -1, stride - 2).astype(np.int64)
        runs = np.arange(len(self.first))[:, None]
        rows = np.searchsorted(self.run_of_row * stride + counts, runs * stride + wanted, side="right") - 1
        return np.where(rows >= self.first[:, None], rows, -1)

    def rows_at_fractions(self, fractions: Float[np.ndarray, "x"]) -> Rows:
        """The rows at relative sizes."""
        return self.rows_at(fractions[None, :] * self.of_run("n_edges")[:, None])

    def at(self, column: str, rows: Rows) -> Float[np.ndarray, "run x"]:
        """A column of the sizes at rows, NaN where there is none."""
        values = self.of_row(column)
        return np.where(rows >= 0, values[rows], np.nan) if len(values) else np.full(rows.shape, np.nan)


def align(study: Study) -> Aligned:
    """The aligned tables of the runs of one search."""
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
    """The study itself if all its runs are of one search, otherwise the part of the paper's."""
    return study if len(study.searches) < 2 else study.only(searches=study.searches[:1])


def in_order(runs: pd.DataFrame) -> pd.DataFrame:
    """Runs by model and score as they first appear, then by prompt id."""
    place = {name: pd.factorize(runs[name])[0] for name in ("model", "score")}
    order = np.lexsort((pd.factorize(runs["prompt_id"], sort=True)[0], place["score"], place["model"]))
    return runs.iloc[order].reset_index(drop=True)


def groups(runs: pd.DataFrame) -> Iterator[tuple[str, str, slice]]:
    """Every model and score of runs in order, with the place of its runs."""
    keys = runs[["model", "score"]]
    starts = np.flatnonzero((keys != keys.shift()).any(axis=1).to_numpy())
    for start, stop in pairwise([*starts, len(runs)]):
        yield str(keys["model"].iloc[start]), str(keys["score"].iloc[start]), slice(int(start), int(stop))


def numbers(column: pd.Series) -> Float[np.ndarray, "_"]:
    """As float64, NaN where a value is missing."""
    return pd.to_numeric(column).to_numpy(np.float64, na_value=np.nan)
