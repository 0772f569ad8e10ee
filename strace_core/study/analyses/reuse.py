"""Do different prompts use the same heads and MLPs?"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from strace_core.graph.layout import NO_HEAD
from strace_core.study.analyses.aligned import groups, in_order, of_one_search
from strace_core.study.analyses.bootstrap import STANDARD, Bootstrap, estimate
from strace_core.study.analyses.phases import CONSTRUCTION_END
from strace_core.study.analyses.tidy import tidy
from strace_core.study.study import Study

REUSE_FRACTIONS = (1e-3, CONSTRUCTION_END, 1e-1)
"""Relative sizes at which the spread of use is measured by default."""

USE_COLUMNS = ("model", "score", "kind", "layer", "head", "share", "low", "high", "n")
LORENZ_COLUMNS = ("model", "score", "x", "kind", "population", "use", "n")
GINI_COLUMNS = ("model", "score", "x", "kind", "gini", "low", "high", "n", "n_components")

Active = Float[np.ndarray, "prompt component"]


def component_use(study: Study, fraction: float = CONSTRUCTION_END, *, bootstrap: Bootstrap = STANDARD) -> pd.DataFrame:
    """How often each component is used: ``share`` of prompts whose subgraph holds at least one of its edges.

    One row per head (``kind`` "head") and MLP (``kind`` "mlp", ``head`` -1), block by block.

    Args:
        study: the study.
        fraction: relative size of the subgraphs; by default where the paper's construction phase ends.
        bootstrap: how prompts are resampled.
    """
    parts = []
    for model, score, runs in _groups(study):
        heads = int(runs["n_heads"].iloc[0])
        found = bootstrap.means(active(runs, fraction))
        place = np.arange(len(found.n))
        head = place % (heads + 1)
        part = {
            "model": model, "score": score, "kind": np.where(head < heads, "head", "mlp"),
            "layer": place // (heads + 1), "head": np.where(head < heads, head, NO_HEAD), "n": found.n,
        }  # fmt: skip
        parts.append(part | found.named("share"))
    return tidy(parts, USE_COLUMNS)


def lorenz(study: Study, fractions: Sequence[float] = REUSE_FRACTIONS) -> pd.DataFrame:
    """Lorenz curve of component use at relative sizes ``x``: how unevenly use is spread over components.

    ``use`` is the share of all use that the least used ``population`` of components accounts for, both in [0, 1].
    ``kind`` is "head", or "all" for heads and MLPs. No rows where nothing is used.
    """
    parts = []
    for model, score, runs in _groups(study):
        for x in fractions:
            for kind, use in _by_kind(active(runs, x).mean(axis=0)[None, :], runs).items():
                ascending = np.concatenate([[0.0], np.cumsum(np.sort(use[0]))])
                if ascending[-1] > 0:
                    population = np.linspace(0, 1, len(ascending))
                    part = {"model": model, "score": score, "x": x, "kind": kind, "population": population}
                    parts.append(part | {"use": ascending / ascending[-1], "n": len(runs)})
    return tidy(parts, LORENZ_COLUMNS)


def gini(
    study: Study, fractions: Sequence[float] = REUSE_FRACTIONS, *, bootstrap: Bootstrap = STANDARD
) -> pd.DataFrame:
    """Gini coefficient of component use: 0 if all k components are used equally, (k-1)/k if only one is used.

    ``kind`` is as in :func:`lorenz`. NaN where nothing is used. Fewer prompts make use look more uneven, so compare
    equal numbers of prompts.
    """
    parts = []
    for model, score, runs in _groups(study):
        counts = bootstrap.counts(len(runs)).astype(np.float32)  # integers, so float32 sums are exact
        for x in fractions:
            use = counts @ active(runs, x).astype(np.float32)
            for kind, of_kind in _by_kind(use, runs).items():
                found = estimate(gini_coefficient(of_kind)[:, None], np.array([len(runs)]))
                part = {"model": model, "score": score, "x": x, "kind": kind, "n_components": of_kind.shape[1]}
                parts.append(part | found.named("gini") | {"n": found.n})
    return tidy(parts, GINI_COLUMNS)


def gini_coefficient(use: Float[np.ndarray, "row component"]) -> Float[np.ndarray, "row"]:
    """Gini coefficient of each row; NaN where all values are 0."""
    n = use.shape[1]
    ascending = np.sort(use, axis=1).astype(np.float64)
    total = ascending.sum(axis=1)
    weighted = ascending @ (2.0 * np.arange(1, n + 1) - n - 1)
    return np.divide(weighted, n * total, out=np.full(len(use), np.nan), where=total > 0)


def active(runs: pd.DataFrame, fraction: float) -> Active:
    """1 where a component has an edge in the run's subgraph of relative size ``fraction``, else 0."""
    entries = np.stack(runs["entries"].tolist()).astype(np.float64)
    sizes = np.floor(fraction * runs["n_edges"].to_numpy(np.float64))
    return (entries <= sizes[:, None]).astype(np.float64)


def _groups(study: Study) -> Iterator[tuple[str, str, pd.DataFrame]]:
    runs = in_order(of_one_search(study).traced)
    for model, score, place in groups(runs):
        yield model, score, runs.iloc[place]


def _by_kind(use: np.ndarray, runs: pd.DataFrame) -> Mapping[str, np.ndarray]:
    heads = int(runs["n_heads"].iloc[0])
    return {"head": use[:, np.arange(use.shape[1]) % (heads + 1) < heads], "all": use}
