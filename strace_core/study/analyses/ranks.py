"""Spearman correlations over prompts, plain and partial, with bootstrap intervals.

A variable is represented by its unit ranks: for every resample its average ranks, centred, weighted by how often each
prompt was drawn, and scaled to length 1. The Spearman correlation of two variables, ties included, is then the dot
product of their unit ranks.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import special

from strace_core.study.analyses.bootstrap import Counts, estimate

MIN_PROMPTS_FOR_CORRELATION = 3
"""With fewer prompts a rank correlation is NaN."""

MIN_RESIDUAL_VARIANCE = 1e-12
"""Smallest share of a variable's variance, once a control is partialled out, that counts as a residual."""

Values = Float[np.ndarray, "prompt"]
UnitRanks = Float[np.ndarray, "resample prompt"]
Samples = Float[np.ndarray, "resample"]


@dataclass(frozen=True)
class Correlation:
    """A rank correlation; NaN where a variable is constant or there are fewer than three prompts.

    Attributes:
        rho: the correlation, in [-1, 1].
        low: lower end of its interval.
        high: upper end of its interval.
        p: two-sided p-value by Student's t.
        n: number of prompts.
    """

    rho: float
    low: float
    high: float
    p: float
    n: int

    def named(self, name: str = "rho", prefix: str = "") -> dict[str, float]:
        """Return table columns ``name``, ``{prefix}low``, ``{prefix}high`` and ``{prefix}p``."""
        return {name: self.rho, f"{prefix}low": self.low, f"{prefix}high": self.high, f"{prefix}p": self.p}


def unit_ranks(values: Values, counts: Counts) -> UnitRanks:
    """Unit ranks of the values in every resample; NaN in resamples where the values are constant."""
    if not values.size:
        return np.full(counts.shape, np.nan)
    _, tie = np.unique(values, return_inverse=True)
    order = np.argsort(tie, kind="stable")
    starts = np.flatnonzero(np.diff(tie[order], prepend=-1))
    drawn = np.add.reduceat(counts.T[order], starts, axis=0)
    middle = np.cumsum(drawn, axis=0) - (drawn + counts.sum(axis=1)) / 2  # average rank of each tie, centred
    weighted = np.sqrt(counts.T) * middle[tie]
    length = np.sqrt(np.einsum("pr,pr->r", weighted, weighted))
    return (weighted / np.where(length > 0, length, np.nan)).T


def correlations(x: UnitRanks, y: UnitRanks) -> Samples:
    """Spearman correlation in every resample."""
    return _without_rounding(np.einsum("rp,rp->r", x, y))


def residual_correlations(xy: Samples, *, xa: Samples, xb: Samples, ya: Samples, yb: Samples, ab: Samples) -> Samples:
    """Correlation of the residuals of x given a with the residuals of y given b, in every resample.

    With a = b this is the partial correlation. A constant control removes nothing; NaN where no residual is left.

    Args:
        xy: correlation of x and y.
        xa: correlation of x and a.
        xb: correlation of x and b.
        ya: correlation of y and a.
        yb: correlation of y and b.
        ab: correlation of a and b.
    """
    xa, xb, ya, yb, ab = (np.nan_to_num(value) for value in (xa, xb, ya, yb, ab))
    left = (1 - xa**2) * (1 - yb**2)
    covariance = xy - xa * ya - yb * xb + xa * yb * ab
    enough = np.minimum(1 - xa**2, 1 - yb**2) > MIN_RESIDUAL_VARIANCE
    scale = np.sqrt(np.where(enough, left, 1.0))
    return np.where(enough, _without_rounding(covariance / scale), np.nan)


def partial_correlations(xy: Samples, xz: Samples, yz: Samples) -> Samples:
    """Partial correlation of x and y given z, in every resample."""
    return residual_correlations(xy, xa=xz, xb=xz, ya=yz, yb=yz, ab=np.ones_like(xy))


def correlation(samples: Samples, n_prompts: int, n_controls: int = 0) -> Correlation:
    """Summarise the correlation of every resample as value, interval and p-value."""
    if n_prompts < MIN_PROMPTS_FOR_CORRELATION:
        return Correlation(np.nan, np.nan, np.nan, np.nan, n_prompts)
    found = estimate(samples[:, None], np.array([n_prompts]), least=MIN_PROMPTS_FOR_CORRELATION)
    rho = float(found.value[0])
    if np.isnan(rho):  # no interval without a value, even if some resample has one
        return Correlation(np.nan, np.nan, np.nan, np.nan, n_prompts)
    p = p_value(rho, n_prompts - 2 - n_controls)
    return Correlation(rho, float(found.low[0]), float(found.high[0]), p, n_prompts)


def p_value(rho: float, freedom: int) -> float:
    """Two-sided p-value of a correlation, by Student's t with ``freedom`` degrees of freedom."""
    if np.isnan(rho) or freedom < 1:
        return np.nan
    if abs(rho) == 1:
        return 0.0
    t = abs(rho) * np.sqrt(freedom / ((1 - rho) * (1 + rho)))
    return float(2 * special.stdtr(freedom, -t))


def _without_rounding(rho: Samples) -> Samples:
    """Snap correlations within rounding of 1 or -1 to 1 or -1."""
    return np.where(np.abs(rho) > 1 - MIN_RESIDUAL_VARIANCE, np.sign(rho), rho)
