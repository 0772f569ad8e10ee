"""What does a prompt's density correlate with?"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from strace_core.study.analyses.aligned import Aligned, align
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap
from strace_core.study.analyses.ranks import Correlation, correlation, correlations, partial_correlations, unit_ranks
from strace_core.study.analyses.recovery import first_sizes
from strace_core.study.analyses.tidy import tidy
from strace_core.study.schema import RUN_KEY
from strace_core.study.study import Study

COVARIATES = ("entropy", "surprisal", "target_surprisal", "n_tokens")
"""Columns of ``runs`` that density is correlated with."""

RECOVERY_CRITERION = "tv <= 0.1"

DENSITIES = ("auc_tv_log", "auc_tv", f"size at {RECOVERY_CRITERION}")
"""Measures of density: the two areas, and the recovery size as a fraction of all edges."""

CORRELATE_COLUMNS = (
    "model", "score", "density", "covariate", "rho", "low", "high", "p",
    "partial", "partial_low", "partial_high", "partial_p", "n",
)  # fmt: skip

GROUP_COLUMNS = (
    "model", "score", "group", "measure", "mean", "low", "high", "median", "median_low", "median_high", "n",
)  # fmt: skip


def density_correlates(study: Study, *, bootstrap: Bootstrap = STANDARD) -> pd.DataFrame:
    """Spearman correlation over prompts of each measure of ``density`` with each ``covariate``.

    Densities are the areas ``auc_tv_log`` and ``auc_tv``, and "size at tv <= 0.1", the relative recovery size.
    ``partial`` is the partial rank correlation given the number of tokens; NaN for n_tokens itself. ``p`` and
    ``partial_p`` are two-sided, by Student's t. Values are NaN where a variable is constant, and a covariate without
    values has no rows.
    """
    aligned = align(study)
    columns = densities(aligned) | {name: aligned.of_run(name) for name in COVARIATES}
    parts = []
    for model, score, runs in aligned.groups():
        group = _Ranks({name: values[runs] for name, values in columns.items()}, bootstrap)
        for covariate in COVARIATES:
            if not np.isnan(columns[covariate][runs]).all():
                for measure in DENSITIES:
                    rho, partial = group.correlate(measure, covariate, given="n_tokens")
                    part = {"model": model, "score": score, "density": measure, "covariate": covariate, "n": rho.n}
                    parts.append(part | rho.named() | partial.named("partial", "partial_"))
    return tidy(parts, CORRELATE_COLUMNS)


def density_by_group(study: Study, *, bootstrap: Bootstrap = STANDARD) -> pd.DataFrame:
    """Summarise density by group: ``mean`` and ``median`` over the prompts of each ``group``.

    Groups keep the study's order; prompts without one have group "". ``measure`` is one of the densities of
    :func:`density_correlates`, ``entropy``, ``surprisal`` or ``n_tokens``. Prompts are resampled within their group.
    """
    aligned = align(study)
    measures = densities(aligned) | {name: aligned.of_run(name) for name in ("entropy", "surprisal", "n_tokens")}
    names = aligned.runs["group"].fillna("").to_numpy(str)
    order = list(dict.fromkeys(study.traced["group"].fillna("")))
    parts = []
    for model, score, runs in aligned.groups():
        for group in order:
            of_group = np.arange(runs.start, runs.stop)[names[runs] == group]
            if of_group.size:
                table = np.stack([values[of_group] for values in measures.values()], axis=1)
                mean, median = bootstrap.means(table), bootstrap.medians(table)
                part = {"model": model, "score": score, "group": group, "measure": list(measures), "n": mean.n}
                parts.append(part | mean.named("mean") | median.named("median", "median_"))
    return tidy(parts, GROUP_COLUMNS)


def run_densities(study: Study) -> pd.DataFrame:
    """Every measure of density of every traced run, one column each beside the run's key."""
    aligned = align(study)
    return aligned.runs[list(RUN_KEY)].assign(**densities(aligned))


def densities(aligned: Aligned) -> dict[str, np.ndarray]:
    """Every measure of density of every run; a run that never reaches the criterion counts as 1."""
    sizes = first_sizes(aligned)[RECOVERY_CRITERION]
    recovery = np.where(np.isnan(sizes), 1.0, sizes / aligned.of_run("n_edges"))
    found = (aligned.of_run("auc_tv_log"), aligned.of_run("auc_tv"), recovery)
    return dict(zip(DENSITIES, found, strict=True))


class _Ranks:
    """Unit ranks of the columns of some runs, cached for each set of prompts that have a value."""

    def __init__(self, columns: Mapping[str, np.ndarray], bootstrap: Bootstrap) -> None:
        self._columns, self._bootstrap = columns, bootstrap
        self._cache: dict[tuple[str, bytes], np.ndarray] = {}

    def correlate(self, x: str, y: str, *, given: str) -> tuple[Correlation, Correlation]:
        """Correlation over prompts that have both, and the partial one given a third column; NaN given y itself."""
        both = ~(np.isnan(self._columns[x]) | np.isnan(self._columns[y]))
        n = int(both.sum())
        xy = correlations(self._of(x, both), self._of(y, both))
        rho = correlation(xy, n)
        if y == given:
            return rho, Correlation(np.nan, np.nan, np.nan, np.nan, n)
        xz, yz = (correlations(self._of(name, both), self._of(given, both)) for name in (x, y))
        return rho, correlation(partial_correlations(xy, xz, yz), n, n_controls=1)

    def _of(self, name: str, present: np.ndarray) -> np.ndarray:
        key = name, present.tobytes()
        if key not in self._cache:
            values = self._columns[name][present]
            self._cache[key] = unit_ranks(values, self._bootstrap.counts(len(values)))
        return self._cache[key]
