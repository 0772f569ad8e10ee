"""How sure a statistic over prompts is: percentile intervals from resampled prompts.

A resample is held as how often each prompt was drawn, so means are matrix products and quantiles and ranks need one
sort of the prompts for all resamples. The first row of the counts is the prompts as they are, each once: what a
statistic makes of it is its value, what it makes of the other rows its interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int

PERCENTS = (2.5, 97.5)
"""Ends of the interval."""

Counts = Float[np.ndarray, "resample prompt"]
PromptValues = Float[np.ndarray, "prompt column"]


@dataclass(frozen=True, eq=False)
class Estimate:
    """A statistic of each column: ``value``, the ends of its interval, and the prompts it rests on.

    NaN where it is undefined. Of fewer than two prompts there is a value and no interval.
    """

    value: Float[np.ndarray, "column"]
    low: Float[np.ndarray, "column"]
    high: Float[np.ndarray, "column"]
    n: Int[np.ndarray, "column"]

    def named(self, name: str, prefix: str = "") -> dict[str, np.ndarray]:
        """As columns of a table: ``name``, ``{prefix}low``, ``{prefix}high``."""
        return {name: self.value, f"{prefix}low": self.low, f"{prefix}high": self.high}


@dataclass(frozen=True)
class Bootstrap:
    """How prompts are resampled. The same number of prompts gives the same resamples.

    Models are compared on values that stand in one row per prompt, so that a prompt is drawn for all of them together.
    """

    n_resamples: int = 1000
    seed: int = 0

    def counts(self, n_prompts: int) -> Counts:
        """How often each prompt is drawn: first each once, then the resamples. Read only."""
        return _counts(n_prompts, self.n_resamples, self.seed)

    def means(self, values: PromptValues) -> Estimate:
        """Mean of every column over the prompts that have a value."""
        values = _with_a_value(values)
        present = ~np.isnan(values)
        counts = self.counts(len(values))
        totals = counts @ np.where(present, values, 0.0)
        weights = np.full((1, 1), len(values)) if present.all() else counts @ present.astype(np.float64)
        weights = np.broadcast_to(weights, totals.shape)
        means = np.divide(totals, weights, out=np.full(totals.shape, np.nan), where=weights > 0)
        return estimate(means, present.sum(axis=0))

    def medians(self, values: PromptValues) -> Estimate:
        """Median of every column over the prompts that have a value."""
        values = _with_a_value(values)
        counts = self.counts(len(values))
        samples = [resampled_quantiles(column, counts, [0.5])[0] for column in values.T]
        shaped = np.stack(samples, axis=1) if samples else np.empty((len(counts), 0))
        return estimate(shaped, (~np.isnan(values)).sum(axis=0))


STANDARD = Bootstrap()
"""A thousand resamples."""


def estimate(samples: Float[np.ndarray, "resample column"], n: Int[np.ndarray, "column"], least: int = 2) -> Estimate:
    """From a statistic of every row of the counts. Undefined resamples (a constant, say) are left out of the interval.

    Fewer prompts than ``least`` have no interval.
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
    """Quantiles of the drawn values of each resample, straight between neighbours; NaN values count for nothing."""
    order = np.argsort(values, kind="stable")[: int((~np.isnan(values)).sum())]
    if not order.size:
        return [np.full(len(counts), np.nan)] * len(at)
    ascending = values[order]
    drawn = np.cumsum(counts.T[order], axis=0)
    n = drawn[-1]
    found = []
    for level in at:
        place = np.maximum(n - 1, 0) * level
        lower = np.floor(place + 1e-9)  # a whole place may come out a little below itself
        first = ascending[_index_of(drawn, lower + 1)]
        second = ascending[_index_of(drawn, np.minimum(lower + 2, np.maximum(n, 1)))]
        between = first + np.clip(place - lower, 0.0, 1.0) * (second - first)
        found.append(np.where(n > 0, between, np.nan))
    return found


def _index_of(
    drawn: Float[np.ndarray, "prompt resample"], place: Float[np.ndarray, "resample"]
) -> Int[np.ndarray, "resample"]:
    """Index of the ``place``-th drawn value, from 1, in the ascending values of which so many were drawn so far."""
    return np.minimum((drawn < place).sum(axis=0), len(drawn) - 1)


@lru_cache(maxsize=4)
def _counts(n_prompts: int, n_resamples: int, seed: int) -> Counts:
    counts = np.ones((n_prompts, 1 + n_resamples)).T  # a prompt's counts lie together: prompts are what gets sorted
    if n_prompts:
        drawn = np.random.default_rng(seed).integers(n_prompts, size=(n_resamples, n_prompts))
        flat = drawn + np.arange(n_resamples)[:, None] * n_prompts
        counts[1:] = np.bincount(flat.ravel(), minlength=n_resamples * n_prompts).reshape(n_resamples, n_prompts)
    counts.flags.writeable = False
    return counts


def _with_a_value(values: PromptValues) -> Float[np.ndarray, "present column"]:
    return values[~np.isnan(values).all(axis=1)]
