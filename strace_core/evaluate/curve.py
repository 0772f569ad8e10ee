"""The outputs of subgraphs -> their curve: how close each is to the full model, and what it consists of."""

import numpy as np
import pandas as pd

from strace_core.evaluate import metrics
from strace_core.evaluate.composition import edges_by_kind
from strace_core.shapes import Distribution, Logits, SizeLogits, Sizes
from strace_core.trace.trace import Trace


def build_curve(
    trace: Trace, sizes: Sizes, full_logits: Logits, logits: SizeLogits, *, target: int | None = None
) -> pd.DataFrame:
    """Build the curve of a trace: how close each subgraph is to the full model, and what it consists of.

    P is the full model's next-token distribution, Q the subgraph's. The columns are:

    - ``n_edges``, ``fraction``: size of the subgraph, absolute and relative to all edges
    - ``tv``: total variation between P and Q, in [0, 1]
    - ``kl``: KL(P || Q) in nats
    - ``entropy``: entropy of Q in nats
    - ``surprisal``: surprisal of P's top token under Q in nats
    - ``target_surprisal``: the same for the token ``target``, if there is one
    - ``top1``, ``top1_probability``: Q's most likely token id and its probability
    - ``top1_match``: whether P has the same most likely token
    - ``top_k_overlap``: Jaccard overlap of the ten most likely tokens, in [0, 1]
    - ``shared_nucleus``: largest level, in percent, at which P and Q have the same nucleus
    - ``connected``: whether there is a path from the input to the output
    - ``n_heads_active``, ``n_mlps_active``: heads and MLPs with a kept edge at any position
    - one column for each kind of edge: number of kept edges

    Args:
        trace: The order of the edges.
        sizes: Sizes of the subgraphs.
        full_logits: Logits of the full model.
        logits: Logits of the subgraphs, one row per size.
        target: A token whose surprisal to report, or None.

    Returns:
        A row for each size.
    """
    return pd.DataFrame(
        {
            "n_edges": sizes,
            "fraction": sizes / trace.layout.n_edges,
            **_closeness(metrics.softmax(full_logits), metrics.softmax(logits), target),
            "connected": sizes >= trace.connected,
            "n_heads_active": np.searchsorted(np.sort(trace.head_entries, axis=None), sizes, side="left"),
            "n_mlps_active": np.searchsorted(np.sort(trace.mlp_entries), sizes, side="left"),
            **edges_by_kind(trace, sizes),
        }
    )


def _closeness(
    p: Distribution, q: metrics.Distributions, target: int | None
) -> dict[str, np.ndarray | list[int] | list[float] | list[bool]]:
    """The columns that compare each row of Q with P."""
    p_order = metrics.ranked_tokens(p)
    q_orders = [metrics.ranked_tokens(row, metrics.N_RANKED) for row in q]
    top1 = np.array([order[0] for order in q_orders], dtype=np.int64)
    surprisal = {"surprisal": metrics.surprisal(q, int(p_order[0]))}
    if target is not None:
        surprisal["target_surprisal"] = metrics.surprisal(q, target)
    return {
        "tv": metrics.total_variation(p, q),
        "kl": metrics.kl_divergence(p, q),
        "entropy": metrics.entropy(q),
        **surprisal,
        "top1": top1,
        "top1_probability": q[np.arange(len(q)), top1],
        "top1_match": top1 == p_order[0],
        "top_k_overlap": [metrics.top_k_overlap(p_order, order) for order in q_orders],
        "shared_nucleus": [
            metrics.shared_nucleus(p, row, p_order, order) for row, order in zip(q, q_orders, strict=True)
        ],
    }
