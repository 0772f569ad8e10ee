"""Do models agree on which prompts are dense?"""

from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from strace_core.study.analyses.aligned import align
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap, Estimate, estimate
from strace_core.study.analyses.ranks import (
    MIN_PROMPTS_FOR_CORRELATION,
    Correlation,
    correlation,
    correlations,
    residual_correlations,
    unit_ranks,
)
from strace_core.study.analyses.tidy import tidy
from strace_core.study.analyses.twins import is_untrained
from strace_core.study.study import Study

COMPARED = ("auc_tv_log", "entropy")

AGREEMENT_COLUMNS = (
    "score", "row", "model_a", "model_b", "measure", "rho", "low", "high", "p",
    "partial", "partial_low", "partial_high", "partial_p", "n", "n_pairs",
)  # fmt: skip

SUMMARIES: dict[str, Callable[..., np.ndarray]] = {"mean": np.mean, "min": np.min, "max": np.max}

Values = Mapping[str, np.ndarray]


def model_agreement(study: Study, *, bootstrap: Bootstrap = STANDARD) -> pd.DataFrame:
    """Correlate density between models: Spearman correlation over the prompts that two models share.

    Columns:

    - ``measure``: "auc_tv_log" or "entropy".
    - ``row``: "pair", or "mean", "min" or "max" over the ``n_pairs`` pairs of trained models. A summary has no p-value,
      no model names, and in ``n`` the fewest prompts of a pair.
    - ``rho``, ``low``, ``high``, ``p``: the correlation, its interval and two-sided p-value.
    - ``partial`` and its interval and p-value: the correlation once each model's own number of tokens is partialled
      out, so that models do not agree merely on which prompts are long.

    A resample draws a prompt for all models at once, and summarises all pairs within it.
    """
    aligned = align(study)
    columns = {name: aligned.of_run(name) for name in (*COMPARED, "n_tokens")}
    prompts = aligned.runs["prompt_id"].to_numpy(object)
    by_score: dict[str, dict[str, slice]] = {}
    for model, score, runs in aligned.groups():
        by_score.setdefault(score, {})[model] = runs
    parts: list[dict[str, object]] = []
    for score, models in by_score.items():
        ids = sorted({prompt for runs in models.values() for prompt in prompts[runs]})
        values = {model: _by_prompt(columns, prompts, runs, ids) for model, runs in models.items()}
        for measure in COMPARED:
            parts += _pairs_of(score, measure, values, bootstrap)
    return tidy(parts, AGREEMENT_COLUMNS)


def _by_prompt(columns: Values, prompts: np.ndarray, runs: slice, ids: list[str]) -> Values:
    """Align a model's values with all prompt ids; NaN for prompts it lacks."""
    found = {}
    for name, values in columns.items():
        found[name] = np.full(len(ids), np.nan)
        found[name][np.searchsorted(ids, prompts[runs].tolist())] = values[runs]
    return found


def _pairs_of(score: str, measure: str, values: Mapping[str, Values], bootstrap: Bootstrap) -> list[dict[str, object]]:
    parts: list[dict[str, object]] = []
    trained: list[tuple[np.ndarray, np.ndarray, int]] = []
    for a, b in combinations(values, 2):
        samples, given, n = _pair(values[a], values[b], measure, bootstrap)
        rho, partial = correlation(samples, n), correlation(given, n, n_controls=1)
        parts.append(_row(score, "pair", a, b, measure, rho, partial, 1))
        if not (is_untrained(a) or is_untrained(b)) and not np.isnan(rho.rho):
            trained.append((samples, given, n))
    if trained:
        fewest = min(n for *_, n in trained)
        for name, summarise in SUMMARIES.items():
            both = [summarise(np.stack([pair[i] for pair in trained]), axis=0) for i in (0, 1)]
            rho, partial = (
                _summary(estimate(of[:, None], np.array([fewest]), least=MIN_PROMPTS_FOR_CORRELATION)) for of in both
            )
            parts.append(_row(score, name, "", "", measure, rho, partial, len(trained)))
    return parts


def _pair(a: Values, b: Values, measure: str, bootstrap: Bootstrap) -> tuple[np.ndarray, np.ndarray, int]:
    """Correlation and partial correlation in every resample, and the number of shared prompts."""
    both = ~(np.isnan(a[measure]) | np.isnan(b[measure]))
    counts = bootstrap.counts(len(both)).T[both].T
    x, y, x_tokens, y_tokens = (
        unit_ranks(values[both], counts) for values in (a[measure], b[measure], a["n_tokens"], b["n_tokens"])
    )
    xy = correlations(x, y)
    given = residual_correlations(
        xy,
        xa=correlations(x, x_tokens), xb=correlations(x, y_tokens),
        ya=correlations(y, x_tokens), yb=correlations(y, y_tokens), ab=correlations(x_tokens, y_tokens),
    )  # fmt: skip
    return xy, given, int(both.sum())


def _summary(found: Estimate) -> Correlation:
    return Correlation(float(found.value[0]), float(found.low[0]), float(found.high[0]), np.nan, int(found.n[0]))


def _row(
    score: str, row: str, a: str, b: str, measure: str, rho: Correlation, partial: Correlation, n_pairs: int
) -> dict[str, object]:
    names: dict[str, object] = {"score": score, "row": row, "model_a": a, "model_b": b, "measure": measure}
    return names | rho.named() | partial.named("partial", "partial_") | {"n": rho.n, "n_pairs": n_pairs}
