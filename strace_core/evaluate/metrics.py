"""How close next-token distributions Q of subgraphs are to the full model's P. Pure functions, float64.

Functions of P and Q work on the last axis, so Q may be one distribution or many. Order of tokens always means: most
likely first, ties by token id. Source: section 5 of docs/method.md.
"""

import numpy as np
from jaxtyping import Float, Int

from strace_core.shapes import Distribution

NUCLEUS_PERCENTS = (1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 99)
"""Levels, in percent of probability mass, at which nuclei are compared."""

TOP_K = 10
"""How many of the most likely tokens ``top_k_overlap`` compares."""

N_RANKED = 64
"""How many of a subgraph's most likely tokens are put in order, unless a nucleus is shared beyond them."""

Distributions = Float[np.ndarray, "*batch d_vocab"]
Numbers = Float[np.ndarray, "*batch"]
TokenOrder = Int[np.ndarray, "_"]


def softmax(logits: Float[np.ndarray, "*batch d_vocab"]) -> Distributions:
    """Probabilities in float64."""
    weights = logits.astype(np.float64)
    weights -= weights.max(axis=-1, keepdims=True)
    np.exp(weights, out=weights)
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights


def by_likelihood(q: Distribution, k: int | None = None) -> TokenOrder:
    """Token ids, most likely first, ties by id: all of them, or the first ``k`` without sorting the rest."""
    if k is None or k >= q.size:
        return np.argsort(-q, kind="stable")
    least = np.partition(q, q.size - k)[q.size - k]
    candidates = np.flatnonzero(q >= least)
    return candidates[np.argsort(-q[candidates], kind="stable")[:k]]


def total_variation(p: Distribution, q: Distributions) -> Numbers:
    """1/2 sum |P - Q|, in [0, 1]; 0 means equal."""
    return np.asarray(np.abs(p - q).sum(axis=-1) / 2)


def kl_divergence(p: Distribution, q: Distributions) -> Numbers:
    """KL(P || Q) in nats; infinite where Q is 0 and P is not."""
    support = p > 0
    with np.errstate(divide="ignore"):
        logs = np.log(p[support]) - np.log(q[..., support])
    return np.asarray(np.maximum(0.0, (p[support] * logs).sum(axis=-1)))


def entropy(q: Distributions) -> Numbers:
    """-sum Q log Q in nats."""
    logs = np.log(q, out=np.zeros_like(q), where=q > 0)
    return np.asarray(np.maximum(0.0, -(q * logs).sum(axis=-1)))


def surprisal(q: Distributions, token_id: int) -> Numbers:
    """-log Q(token) in nats."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.maximum(0.0, -np.log(q[..., token_id])))


def top_k_overlap(p_order: TokenOrder, q_order: TokenOrder) -> float:
    """Jaccard overlap of the two sets of the ``TOP_K`` most likely tokens, in [0, 1]."""
    p_top, q_top = set(p_order[:TOP_K].tolist()), set(q_order[:TOP_K].tolist())
    return len(p_top & q_top) / len(p_top | q_top)


def shared_nucleus(p: Distribution, q: Distribution, p_order: TokenOrder, q_order: TokenOrder) -> int:
    """The largest level k in ``NUCLEUS_PERCENTS`` at which P and Q have the same nucleus, 0 if there is none.

    The nucleus at k is the shortest list of most likely tokens, in order, whose mass reaches k percent. ``p_order`` is
    P's full order, ``q_order`` the beginning of Q's, which is sorted further only as far as it agrees.
    """
    while True:
        differs = np.flatnonzero(p_order[: q_order.size] != q_order)
        if differs.size or q_order.size == q.size:
            break
        q_order = by_likelihood(q, 8 * q_order.size)
    n_agreeing = int(differs[0]) if differs.size else q.size
    p_mass, q_mass = np.cumsum(p[p_order[: q_order.size]]), np.cumsum(q[q_order])
    for percent in reversed(NUCLEUS_PERCENTS):
        n_tokens = _nucleus_size(p_mass, percent, q.size)
        if n_tokens <= n_agreeing and n_tokens == _nucleus_size(q_mass, percent, q.size):
            return percent
    return 0


def _nucleus_size(mass: Float[np.ndarray, "place"], percent: int, d_vocab: int) -> int:
    """Tokens whose mass reaches the percentage; of a list that ends before that, one more than it has."""
    return min(int(np.searchsorted(mass, percent / 100)) + 1, d_vocab)
