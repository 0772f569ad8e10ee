"""Bootstrap percentile intervals for statistics over prompts.

A resample is stored as counts: how often each prompt was drawn. Means are then matrix products, and quantiles and ranks
need a single sort for all resamples. The first row of the counts draws every prompt once, so a statistic of that row is
its value; the other rows give its interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int

PERCENTS = (2.5, 97.5)
"""Percentiles at the ends of the interval."""

Counts = Float[np.ndarray, "resample prompt"]
PromptValues = Float[np.ndarray, "prompt column"]


@dataclass(frozen=True, eq=False)
class Estimate:
    """A statistic of each column with its interval; NaN where undefined.

    With fewer than two prompts there is a value but no interval.

    Attributes:
        value: the statistic over all prompts.
        low: lower end of its interval.
        high: upper end of its interval.
        n: number of prompts it rests on.
    """

    value: Float[np.ndarray, "column"]
    low: Float[np.ndarray, "column"]
    high: Float[np.ndarray, "column"]
    n: Int[np.ndarray, "column"]

    def named(self, name: str, prefix: str = "") -> dict[str, np.ndarray]:
        """Return table columns ``name``, ``{prefix}low`` and ``{prefix}high``."""
        return {name: self.value, f"{prefix}low": self.low, f"{prefix}high": self.high}


@dataclass(frozen=True)
class Bootstrap:
    """How prompts are resampled. The same number of prompts always gives the same resamples.

    Values have one row per prompt, so a resample draws a prompt for all models and columns at once.

    Attributes:
        n_resamples: number of resamples.
        seed: seed of the random draws.
    """

    n_resamples: int = 1000
    seed: int = 0

    def counts(self, n_prompts: int) -> Counts:
        """How often each prompt is drawn, [1 + n_resamples, n_prompts]: once each, then the resamples. Read-only."""
        return _counts(n_prompts, self.n_resamples, self.seed)

    def means(self, values: PromptValues) -> Estimate:
        """Estimate the mean of every column over the prompts that have a value."""
        values = _with_a_value(values)
        present = ~np.isnan(values)
        counts = self.counts(len(values))
        totals = counts @ np.where(present, values, 0.0)
        weights = np.full((1, 1), len(values)) if present.all() else counts @ present.astype(np.float64)
        weights = np.broadcast_to(weights, totals.shape)
        means = np.divide(totals, weights, out=np.full(totals.shape, np.nan), where=weights > 0)
        return estimate(means, present.sum(axis=0))

    def medians(self, values: PromptValues) -> Estimate:
        """Estimate the median of every column over the prompts that have a value."""
        values = _with_a_value(values)
        counts = self.counts(len(values))
        samples = [resampled_quantiles(column, counts, [0.5])[0] for column in values.T]
        shaped = np.stack(samples, axis=1) if samples else np.empty((len(counts), 0))
        return estimate(shaped, (~np.isnan(values)).sum(axis=0))


STANDARD = Bootstrap()
"""The default: 1,000 resamples."""


def estimate(samples: Float[np.ndarray, "resample column"], n: Int[np.ndarray, "column"], least: int = 2) -> Estimate:
    """Turn a statistic of every resample into a value with an interval.

    Args:
        samples: the statistic of every row of the counts; NaN in resamples where it is undefined (a constant, say),
            which the interval leaves out.
        n: prompts behind each column.
        least: with fewer prompts there is no interval.
    """
    ends = np.full((2, samples.shape[1]), np.nan)
    drawn = samples[1:]
    defined = ~np.isnan(drawn)
    whole = defined.all(axis=0) & (n >= least)
    if len(drawn) and whole.any():
        ends[:, whole] = np.percentile(drawn[:, whole], PERCENTS, axis=0)
    for column in np.flatnonzero(~whole & defined.any(axis=0) & (n >= least)):
        ends[:, column] = np.percentile(drawn[defined[:, column], column], PERCENTS)
    return Estimate(samples[0], ends[0], ends[1], n)


def resampled_quantiles(
    values: Float[np.ndarray, "prompt"], counts: Counts, at: Sequence[float]
) -> list[Float[np.ndarray, "resample"]]:
    """Quantiles of each resample at the levels ``at``, interpolated linearly; NaN values are ignored."""
    order = np.argsort(values, kind="stable")[: int((~np.isnan(values)).sum())]
    if not order.size:
        return [np.full(len(counts), np.nan)] * len(at)
    ascending = values[order]
    drawn = np.cumsum(counts.T[order], axis=0)
    n = drawn[-1]
    found = []
    for level in at:
        place = np.maximum(n - 1, 0) * level
        lower = np.floor(place + 1e-9)  # rounding can put an integer just below itself
        first = ascending[_index_of(drawn, lower + 1)]
        second = ascending[_index_of(drawn, np.minimum(lower + 2, np.maximum(n, 1)))]
        between = first + np.clip(place - lower, 0.0, 1.0) * (second - first)
        found.append(np.where(n > 0, between, np.nan))
    return found


def _index_of(
    drawn: Float[np.ndarray, "prompt resample"], place: Float[np.ndarray, "resample"]
) -> Int[np.ndarray, "resample"]:
    """Index of the ``place``-th drawn value, from 1; ``drawn`` is the cumulative count over ascending values."""
    return np.minimum((drawn < place).sum(axis=0), len(drawn) - 1)


@lru_cache(maxsize=4)
def _counts(n_prompts: int, n_resamples: int, seed: int) -> Counts:
    counts = np.ones((n_prompts, 1 + n_resamples)).T  # a prompt's counts are contiguous, since prompts get sorted
    if n_prompts:
        drawn = np.random.default_rng(seed).integers(n_prompts, size=(n_resamples, n_prompts))
        flat = drawn + np.arange(n_resamples)[:, None] * n_prompts
        counts[1:] = np.bincount(flat.ravel(), minlength=n_resamples * n_prompts).reshape(n_resamples, n_prompts)
    counts.flags.writeable = False
    return counts


def _with_a_value(values: PromptValues) -> Float[np.ndarray, "present column"]:
    return values[~np.isnan(values).all(axis=1)]
