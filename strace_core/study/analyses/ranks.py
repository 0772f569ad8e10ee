"""Spearman correlations over prompts, plain and given other variables, with their intervals.

A variable is held as unit ranks: for every resample its average ranks, centred, scaled to length 1 and weighted by how
often each prompt was drawn. The correlation of two variables is then the scalar product of their unit ranks, the
Pearson correlation of average ranks, which is Spearman's also where there are ties.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import special

from strace_core.study.analyses.bootstrap import Counts, estimate

LEAST_PROMPTS = 3
"""Of fewer prompts a rank correlation says nothing: it is NaN."""

NOTHING_LEFT = 1e-12
"""A variable of which a smaller share of the variance is left, once another is taken out, has no residual."""

Values = Float[np.ndarray, "prompt"]
UnitRanks = Float[np.ndarray, "resample prompt"]
Samples = Float[np.ndarray, "resample"]


@dataclass(frozen=True)
class Correlation:
    """A rank correlation in [-1, 1], its interval, two-sided p-value (Student's t), and number of prompts.

    NaN where a variable does not vary, or there are fewer than three prompts.
    """

    rho: float
    low: float
    high: float
    p: float
    n: int

    def named(self, name: str = "rho", prefix: str = "") -> dict[str, float]:
        """As columns of a table: ``name``, ``{prefix}low``, ``{prefix}high``, ``{prefix}p``."""
        return {name: self.rho, f"{prefix}low": self.low, f"{prefix}high": self.high, f"{prefix}p": self.p}


def unit_ranks(values: Values, counts: Counts) -> UnitRanks:
    """NaN in resamples in which the values do not vary."""
    if not values.size:
        return np.full(counts.shape, np.nan)
    _, tie = np.unique(values, return_inverse=True)
    order = np.argsort(tie, kind="stable")
    starts = np.flatnonzero(np.diff(tie[order], prepend=-1))
    drawn = np.add.reduceat(counts.T[order], starts, axis=0)
    middle = np.cumsum(drawn, axis=0) - (drawn + counts.sum(axis=1)) / 2  # average rank of each tie, less their mean
    weighted = np.sqrt(counts.T) * middle[tie]
    length = np.sqrt(np.einsum("pr,pr->r", weighted, weighted))
    return (weighted / np.where(length > 0, length, np.nan)).T


def correlations(x: UnitRanks, y: UnitRanks) -> Samples:
    """The correlation in every resample."""
    return _without_rounding(np.einsum("rp,rp->r", x, y))


def residual_correlations(xy: Samples, *, xa: Samples, xb: Samples, ya: Samples, yb: Samples, ab: Samples) -> Samples:
    """Correlation of what is left of the ranks of x, once those of a are taken out, and of y, once those of b are.

    With a = b this is the partial correlation. A control that does not vary takes nothing out. NaN where nothing is
    left.
    """
    xa, xb, ya, yb, ab = (np.nan_to_num(value) for value in (xa, xb, ya, yb, ab))
    left = (1 - xa**2) * (1 - yb**2)
    covariance = xy - xa * ya - yb * xb + xa * yb * ab
    enough = np.minimum(1 - xa**2, 1 - yb**2) > NOTHING_LEFT
    scale = np.sqrt(np.where(enough, left, 1.0))
    return np.where(enough, _without_rounding(covariance / scale), np.nan)


def partial_correlations(xy: Samples, xz: Samples, yz: Samples) -> Samples:
    """Correlation of the rank residuals of x and y on z."""
    return residual_correlations(xy, xa=xz, xb=xz, ya=yz, yb=yz, ab=np.ones_like(xy))


def correlation(samples: Samples, n_prompts: int, n_controls: int = 0) -> Correlation:
    """Value, interval and p-value from the correlation in every row of the counts."""
    if n_prompts < LEAST_PROMPTS:
        return Correlation(np.nan, np.nan, np.nan, np.nan, n_prompts)
    found = estimate(samples[:, None], np.array([n_prompts]), least=LEAST_PROMPTS)
    rho = float(found.value[0])
    if np.isnan(rho):  # there is no interval around nothing, though some resample may have had a value
        return Correlation(np.nan, np.nan, np.nan, np.nan, n_prompts)
    p = p_value(rho, n_prompts - 2 - n_controls)
    return Correlation(rho, float(found.low[0]), float(found.high[0]), p, n_prompts)


def p_value(rho: float, freedom: int) -> float:
    """Two-sided, by Student's t with so many degrees of freedom."""
    if np.isnan(rho) or freedom < 1:
        return np.nan
    if abs(rho) == 1:
        return 0.0
    t = abs(rho) * np.sqrt(freedom / ((1 - rho) * (1 + rho)))
    return float(2 * special.stdtr(freedom, -t))


def _without_rounding(rho: Samples) -> Samples:
    """A correlation within rounding of 1 or -1 is 1 or -1."""
    return np.where(np.abs(rho) > 1 - NOTHING_LEFT, np.sign(rho), rho)
