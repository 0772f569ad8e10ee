"""Trace x sizes -> curve: run every subgraph and compare its output with the full model's."""

import numpy as np
import pandas as pd
from jaxtyping import Float

from strace_core.errors import NumericalError
from strace_core.evaluate import metrics
from strace_core.evaluate.composition import edges_by_kind
from strace_core.evaluate.masked_forward import subgraph_logits
from strace_core.model.loaded import LoadedModel
from strace_core.model.self_check import OUTPUT_TOLERANCE
from strace_core.progress import OnProgress, Progress
from strace_core.shapes import Distribution, Logits, SizeLogits, Sizes
from strace_core.trace.trace import Trace


def reconstruct(
    model: LoadedModel,
    token_ids: tuple[int, ...],
    trace: Trace,
    sizes: Sizes,
    full_logits: Logits,
    *,
    target: int | None,
    stage: str,
    on_progress: OnProgress,
) -> tuple[pd.DataFrame, SizeLogits]:
    """Curve and logits of the subgraphs of all sizes, smallest first.

    Reports the rows there are before each block and after each batch.
    """
    logits = np.empty((len(sizes), model.spec.d_vocab), dtype=np.float32)
    curve: pd.DataFrame | None = None

    def report() -> None:
        on_progress(Progress(stage, 0 if curve is None else len(curve), len(sizes), curve))

    for rows, batch in subgraph_logits(model, token_ids, trace, sizes, before_block=report):
        logits[rows] = batch
        finished = build_curve(trace, sizes[rows], full_logits, batch, target=target)
        curve = finished if curve is None else pd.concat([curve, finished], ignore_index=True)
        report()
    assert curve is not None, "there is at least one size"
    return curve, logits


def build_curve(
    trace: Trace, sizes: Sizes, full_logits: Logits, logits: SizeLogits, *, target: int | None = None
) -> pd.DataFrame:
    """One row per size: ``n_edges``, ``fraction`` of E, closeness to the full model, and what the subgraph is made of.

    Columns of closeness, from the distributions P (full) and Q (subgraph): ``tv`` in [0, 1], ``kl`` in nats,
    ``entropy`` of Q in nats, ``surprisal`` of P's top token under Q in nats, ``target_surprisal`` of the token
    ``target`` likewise if one is given, ``top1`` and ``top1_probability`` (Q's most likely token id and its
    probability), ``top1_match``, ``top_k_overlap`` (Jaccard of the ten most likely tokens), ``shared_nucleus``
    (percent). Then ``connected``, ``n_heads_active``, ``n_mlps_active``, and one column of counts per kind of edge.
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
    p_order = metrics.by_likelihood(p)
    q_top = [metrics.by_likelihood(row, metrics.TOP_K) for row in q]
    top1 = np.array([top[0] for top in q_top], dtype=np.int64)
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
        "top_k_overlap": [metrics.top_k_overlap(p_order, top) for top in q_top],
        "shared_nucleus": [metrics.shared_nucleus(p, row, p_order) for row in q],
    }


def check_full_graph(full_graph_tv: Float[np.ndarray, "size"], model: LoadedModel) -> None:
    """Refuse a trace whose full graph is not the model: raises NumericalError for a total variation beyond rounding."""
    limit = OUTPUT_TOLERANCE[model.dtype_name]
    if (full_graph_tv > limit).any():
        raise NumericalError(
            f"the full graph of {model.spec.name!r} is {full_graph_tv.max():.2g} in total variation from the model's "
            f"own output (limit {limit} in {model.dtype_name}); its subgraphs cannot be trusted. Load the model in "
            "float32."
        )
