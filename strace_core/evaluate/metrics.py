"""Metrics: how close a subgraph's next-token distribution Q is to the full model's P. Pure functions, float64.

Functions of P and Q act on the last axis, so Q can be one distribution or many. Tokens are ordered from most to least
likely, with ties broken by token id. Source: section 5 of docs/method.md.
"""

import numpy as np
from jaxtyping import Float, Int

from strace_core.shapes import Distribution

NUCLEUS_PERCENTS = (1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 99)
"""Levels, in percent of probability mass, at which nuclei are compared."""

TOP_K = 10
"""Number of most likely tokens that ``top_k_overlap`` compares."""

N_RANKED = 64
"""Number of a subgraph's most likely tokens that are sorted at first; more only if a shared nucleus extends beyond."""

Distributions = Float[np.ndarray, "*batch d_vocab"]
Numbers = Float[np.ndarray, "*batch"]
TokenOrder = Int[np.ndarray, "_"]


def softmax(logits: Float[np.ndarray, "*batch d_vocab"]) -> Distributions:
    """Return the probabilities of logits, in float64."""
    weights = logits.astype(np.float64)
    weights -= weights.max(axis=-1, keepdims=True)
    np.exp(weights, out=weights)
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights


def ranked_tokens(q: Distribution, k: int | None = None) -> TokenOrder:
    """Return token ids from most to least likely, ties by id: all, or the first ``k`` without sorting the rest."""
    if k is None or k >= q.size:
        return np.argsort(-q, kind="stable")
    least = np.partition(q, q.size - k)[q.size - k]
    candidates = np.flatnonzero(q >= least)
    return candidates[np.argsort(-q[candidates], kind="stable")[:k]]


def total_variation(p: Distribution, q: Distributions) -> Numbers:
    """Return the total variation, 1/2 sum |P - Q|, in [0, 1]; 0 if P and Q are equal."""
    return np.asarray(np.abs(p - q).sum(axis=-1) / 2)


def kl_divergence(p: Distribution, q: Distributions) -> Numbers:
    """Return KL(P || Q) in nats; infinite if Q is 0 where P is not."""
    support = p > 0
    with np.errstate(divide="ignore"):
        logs = np.log(p[support]) - np.log(q[..., support])
    return np.asarray(np.maximum(0.0, (p[support] * logs).sum(axis=-1)))


def entropy(q: Distributions) -> Numbers:
    """Return the entropy, -sum Q log Q, in nats."""
    logs = np.log(q, out=np.zeros_like(q), where=q > 0)
    return np.asarray(np.maximum(0.0, -(q * logs).sum(axis=-1)))


def surprisal(q: Distributions, token_id: int) -> Numbers:
    """Return the surprisal of a token, -log Q(token), in nats."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.maximum(0.0, -np.log(q[..., token_id])))


def top_k_overlap(p_order: TokenOrder, q_order: TokenOrder) -> float:
    """Return the Jaccard overlap of the two sets of the ``TOP_K`` most likely tokens, in [0, 1]."""
    p_top, q_top = set(p_order[:TOP_K].tolist()), set(q_order[:TOP_K].tolist())
    return len(p_top & q_top) / len(p_top | q_top)


def shared_nucleus(p: Distribution, q: Distribution, p_order: TokenOrder, q_order: TokenOrder) -> int:
    """Return the largest level k in ``NUCLEUS_PERCENTS`` at which P and Q have the same nucleus, 0 if there is none.

    The nucleus at k is the shortest list of most likely tokens, in order, whose mass reaches k percent.

    Args:
        p: The full model's distribution.
        q: The subgraph's distribution.
        p_order: All tokens, most likely under P first.
        q_order: The first tokens in Q's order. More are sorted only while the two orders agree.
    """
    while True:
        differs = np.flatnonzero(p_order[: q_order.size] != q_order)
        if differs.size or q_order.size == q.size:
            break
        q_order = ranked_tokens(q, 8 * q_order.size)
    n_agreeing = int(differs[0]) if differs.size else q.size
    p_mass, q_mass = np.cumsum(p[p_order[: q_order.size]]), np.cumsum(q[q_order])
    for percent in reversed(NUCLEUS_PERCENTS):
        n_tokens = _nucleus_size(p_mass, percent, q.size)
        if n_tokens <= n_agreeing and n_tokens == _nucleus_size(q_mass, percent, q.size):
            return percent
    return 0


def _nucleus_size(mass: Float[np.ndarray, "place"], percent: int, d_vocab: int) -> int:
    """Number of tokens whose mass reaches the percentage; one more than the list has if it ends before that."""
    return min(int(np.searchsorted(mass, percent / 100)) + 1, d_vocab)
