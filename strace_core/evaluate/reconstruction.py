"""Trace x sizes -> curve: run every subgraph and compare its output with the full model's."""

import numpy as np
import pandas as pd
from jaxtyping import Int

from strace_core.evaluate import metrics
from strace_core.evaluate.composition import active_heads, active_mlps, edges_by_kind
from strace_core.evaluate.masked_forward import subgraph_logits
from strace_core.model.loading import LoadedModel
from strace_core.progress import OnProgress, Progress
from strace_core.shapes import Distribution, Logits, SizeLogits, Sizes
from strace_core.trace.trace import Trace


def reconstruct(
    model: LoadedModel, token_ids: tuple[int, ...], trace: Trace, sizes: Sizes, on_progress: OnProgress
) -> SizeLogits:
    """Logits of the subgraph of every size; reports progress after each batch."""
    logits = np.empty((len(sizes), model.spec.d_vocab), dtype=np.float32)
    for rows, batch in subgraph_logits(model, token_ids, trace, sizes):
        logits[rows] = batch
        on_progress(Progress("subgraphs", rows.stop, len(sizes)))
    return logits


def build_curve(trace: Trace, sizes: Sizes, full_logits: Logits, logits: SizeLogits) -> pd.DataFrame:
    """One row per size: ``n_edges``, ``fraction`` of E, closeness to the full model, and what the subgraph is made of.

    Columns of closeness, from the distributions P (full) and Q (subgraph): ``tv`` in [0, 1], ``kl`` in nats,
    ``entropy`` of Q in nats, ``surprisal`` of P's top token under Q in nats, ``top1`` and ``top1_probability`` (Q's
    most likely token id and its probability), ``top1_match``, ``top_k_overlap`` (Jaccard of the ten most likely
    tokens), ``shared_nucleus`` (percent). Then ``connected``, ``n_heads_active``,
    ``n_mlps_active``, and one column of counts per kind of edge.
    """
    full = metrics.softmax(full_logits)
    full_order = metrics.by_likelihood(full)
    closeness = [_closeness(full, full_order, metrics.softmax(row)) for row in logits]
    curve = pd.DataFrame({"n_edges": sizes, "fraction": sizes / trace.layout.n_edges})
    composition = {
        "connected": sizes >= trace.connected,
        "n_heads_active": active_heads(trace, sizes),
        "n_mlps_active": active_mlps(trace, sizes),
        **edges_by_kind(trace, sizes),
    }
    return pd.concat([curve, pd.DataFrame(closeness), pd.DataFrame(composition)], axis=1)


def _closeness(
    p: Distribution, p_order: Int[np.ndarray, "d_vocab"], q: Distribution
) -> dict[str, float | int | bool]:
    """The columns of one row that compare Q with P."""
    q_order = metrics.by_likelihood(q)
    return {
        "tv": metrics.total_variation(p, q),
        "kl": metrics.kl_divergence(p, q),
        "entropy": metrics.entropy(q),
        "surprisal": metrics.surprisal(q, int(p_order[0])),
        "top1": int(q_order[0]),
        "top1_probability": float(q[q_order[0]]),
        "top1_match": bool(q_order[0] == p_order[0]),
        "top_k_overlap": metrics.top_k_overlap(p_order, q_order),
        "shared_nucleus": metrics.shared_nucleus(p, q, p_order, q_order),
    }
