"""How close a subgraph's next-token distribution Q is to the full model's P. Pure functions, float64.

Order of tokens always means: most likely first, ties by token id. Source: section 5 of docs/method.md.
"""

import numpy as np
from jaxtyping import Float, Int

from strace_core.shapes import Distribution

NUCLEUS_PERCENTS = (1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 99)
"""Levels, in percent of probability mass, at which nuclei are compared."""

TOP_K = 10
"""How many of the most likely tokens ``top_k_overlap`` compares."""


def softmax(logits: Float[np.ndarray, "*batch d_vocab"]) -> Float[np.ndarray, "*batch d_vocab"]:
    """Probabilities in float64."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    weights = np.exp(shifted)
    return weights / weights.sum(axis=-1, keepdims=True)


def by_likelihood(q: Distribution) -> Int[np.ndarray, "d_vocab"]:
    """Token ids, most likely first, ties by id."""
    return np.argsort(-q, kind="stable")


def total_variation(p: Distribution, q: Distribution) -> float:
    """1/2 sum |P - Q|, in [0, 1]; 0 means equal."""
    return float(np.abs(p - q).sum() / 2)


def kl_divergence(p: Distribution, q: Distribution) -> float:
    """KL(P || Q) in nats; infinite where Q is 0 and P is not."""
    support = p > 0
    with np.errstate(divide="ignore"):
        return max(0.0, float((p[support] * np.log(p[support] / q[support])).sum()))


def entropy(q: Distribution) -> float:
    """-sum Q log Q in nats."""
    support = q > 0
    return max(0.0, float(-(q[support] * np.log(q[support])).sum()))


def surprisal(q: Distribution, token_id: int) -> float:
    """-log Q(token) in nats."""
    with np.errstate(divide="ignore"):
        return max(0.0, float(-np.log(q[token_id])))


def top_k_overlap(p_order: Int[np.ndarray, "d_vocab"], q_order: Int[np.ndarray, "d_vocab"]) -> float:
    """Jaccard overlap of the two sets of the ``TOP_K`` most likely tokens, in [0, 1]."""
    p_top, q_top = set(p_order[:TOP_K].tolist()), set(q_order[:TOP_K].tolist())
    return len(p_top & q_top) / len(p_top | q_top)


def shared_nucleus(
    p: Distribution,
    q: Distribution,
    p_order: Int[np.ndarray, "d_vocab"],
    q_order: Int[np.ndarray, "d_vocab"],
) -> int:
    """The largest level k in ``NUCLEUS_PERCENTS`` at which P and Q have the same nucleus, 0 if there is none.

    The nucleus at k is the shortest list of most likely tokens, in order, whose mass reaches k percent.
    """
    differs = np.flatnonzero(p_order != q_order)
    n_agreeing = int(differs[0]) if differs.size else p.size
    p_mass, q_mass = np.cumsum(p[p_order]), np.cumsum(q[q_order])
    for percent in reversed(NUCLEUS_PERCENTS):
        n_tokens = _nucleus_size(p_mass, percent)
        if n_tokens <= n_agreeing and n_tokens == _nucleus_size(q_mass, percent):
            return percent
    return 0


def _nucleus_size(mass: Float[np.ndarray, "d_vocab"], percent: int) -> int:
    return min(int(np.searchsorted(mass, percent / 100)) + 1, mass.size)
