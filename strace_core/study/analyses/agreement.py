"""Whether models find the same prompts dense."""

from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from strace_core.study.analyses.aligned import align
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap, Estimate, estimate
from strace_core.study.analyses.ranks import (
    LEAST_PROMPTS,
    Correlation,
    correlation,
    correlations,
    residual_correlations,
    unit_ranks,
)
from strace_core.study.analyses.tidy import tidy
from strace_core.study.analyses.twins import is_untrained
from strace_core.study.study import Study

MEASURES = ("auc_tv_log", "entropy")

COLUMNS = (
    "score", "row", "model_a", "model_b", "measure", "rho", "low", "high", "p",
    "partial", "partial_low", "partial_high", "partial_p", "n", "n_pairs",
)  # fmt: skip

SUMMARIES: dict[str, Callable[..., np.ndarray]] = {"mean": np.mean, "min": np.min, "max": np.max}

Values = Mapping[str, np.ndarray]


def model_agreement(study: Study, *, bootstrap: Bootstrap = STANDARD) -> pd.DataFrame:
    """Spearman correlation of two models over the prompts both have, of ``measure`` auc_tv_log, and of entropy.

    ``row`` is "pair", or "mean", "min" or "max" over the pairs of trained models (``n_pairs``; ``n`` is then the
    fewest prompts of a pair, and models are ""). ``partial`` is the correlation of what is left of each model's ranks
    once those of its own number of tokens are taken out, so that it is not agreement on what is long. In a resample a
    prompt is drawn for all models together; a summary is of all pairs in the same resample. Summaries have no p.
    """
    aligned = align(study)
    columns = {name: aligned.of_run(name) for name in (*MEASURES, "n_tokens")}
    prompts = aligned.runs["prompt_id"].to_numpy(object)
    by_score: dict[str, dict[str, slice]] = {}
    for model, score, runs in aligned.groups():
        by_score.setdefault(score, {})[model] = runs
    parts: list[dict[str, object]] = []
    for score, models in by_score.items():
        ids = sorted({prompt for runs in models.values() for prompt in prompts[runs]})
        values = {model: _by_prompt(columns, prompts, runs, ids) for model, runs in models.items()}
        for measure in MEASURES:
            parts += _pairs_of(score, measure, values, bootstrap)
    return tidy(parts, COLUMNS)


def _by_prompt(columns: Values, prompts: np.ndarray, runs: slice, ids: list[str]) -> Values:
    """Values of a model's runs at the place of their prompt among all, NaN for those it lacks."""
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
            rho, partial = (_summary(estimate(of[:, None], np.array([fewest]), least=LEAST_PROMPTS)) for of in both)
            parts.append(_row(score, name, "", "", measure, rho, partial, len(trained)))
    return parts


def _pair(a: Values, b: Values, measure: str, bootstrap: Bootstrap) -> tuple[np.ndarray, np.ndarray, int]:
    """The correlation and the one given tokens in every resample of all prompts, and the prompts both have."""
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
