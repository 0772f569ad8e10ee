"""Trace x sizes -> curve: run every subgraph and compare its output with the full model's."""

import numpy as np
import pandas as pd

from strace_core.evaluate import metrics
from strace_core.evaluate.composition import active_heads, active_mlps, edges_by_kind
from strace_core.evaluate.masked_forward import subgraph_logits
from strace_core.model.loading import LoadedModel
from strace_core.progress import OnProgress, Progress
from strace_core.shapes import Logits, SizeLogits, Sizes
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
    ``entropy`` of Q in nats, ``surprisal`` of P's top token under Q in nats, ``top1_match``, ``top_k_overlap`` (Jaccard
    of the ten most likely tokens), ``shared_nucleus`` (percent). Then ``connected``, ``n_heads_active``,
    ``n_mlps_active``, and one column of counts per kind of edge.
    """
    full = metrics.softmax(full_logits)
    full_order = metrics.by_likelihood(full)
    closeness = []
    for row in logits:
        q = metrics.softmax(row)
        q_order = metrics.by_likelihood(q)
        closeness.append(
            {
                "tv": metrics.total_variation(full, q),
                "kl": metrics.kl_divergence(full, q),
                "entropy": metrics.entropy(q),
                "surprisal": metrics.surprisal(q, int(full_order[0])),
                "top1_match": bool(q_order[0] == full_order[0]),
                "top_k_overlap": metrics.top_k_overlap(full_order, q_order),
                "shared_nucleus": metrics.shared_nucleus(full, q, full_order, q_order),
            }
        )
    curve = pd.DataFrame({"n_edges": sizes, "fraction": sizes / trace.layout.n_edges})
    composition = {
        "connected": sizes >= trace.connected,
        "n_heads_active": active_heads(trace, sizes),
        "n_mlps_active": active_mlps(trace, sizes),
        **edges_by_kind(trace, sizes),
    }
    return pd.concat([curve, pd.DataFrame(closeness), pd.DataFrame(composition)], axis=1)
