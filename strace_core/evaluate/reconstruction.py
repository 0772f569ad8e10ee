"""Traces x sizes -> curves: run every subgraph and compare its output with the full model's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from strace_core.errors import NumericalError
from strace_core.evaluate import metrics
from strace_core.evaluate.composition import edges_by_kind
from strace_core.evaluate.masked_forward import MaskedRun, logits_of_runs
from strace_core.model.loaded import LoadedModel
from strace_core.model.self_check import OUTPUT_TOLERANCE
from strace_core.shapes import Distribution, Logits, SizeLogits, Sizes
from strace_core.trace.trace import Trace


@dataclass(frozen=True, eq=False)
class Comparison:
    """Subgraphs to run and what to hold their outputs against: the full model's, and the token that was asked about."""

    run: MaskedRun
    full_logits: Logits
    target: int | None


OnCurve = Callable[[pd.DataFrame | None], None]
"""Called with the finished rows of the first curve, None before there are any. It may raise to stop."""


def reconstruct(
    model: LoadedModel, comparisons: Sequence[Comparison], on_curve: OnCurve
) -> list[tuple[pd.DataFrame, SizeLogits]]:
    """Curve and logits of each comparison, in the order of its sizes. All are of prompts of one length.

    Reports before each block and after each batch.
    """
    runs = [comparison.run for comparison in comparisons]
    logits = [np.empty((len(run.sizes), model.spec.d_vocab), dtype=np.float32) for run in runs]
    curves: list[pd.DataFrame | None] = [None] * len(runs)

    def report() -> None:
        on_curve(curves[0])

    for parts in logits_of_runs(model, runs, before_block=report):
        for place, rows, of_part in parts:
            logits[place][rows] = of_part
            finished, so_far = _curve_of(comparisons[place], rows, of_part), curves[place]
            curves[place] = finished if so_far is None else pd.concat([so_far, finished], ignore_index=True)
        report()
    found = [(curve, rows) for curve, rows in zip(curves, logits, strict=True) if curve is not None]
    assert len(found) == len(runs), "every run has at least one size"
    return found


def _curve_of(comparison: Comparison, rows: slice, logits: SizeLogits) -> pd.DataFrame:
    run = comparison.run
    return build_curve(run.trace, run.sizes[rows], comparison.full_logits, logits, target=comparison.target)


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
    q_orders = [metrics.by_likelihood(row, metrics.N_RANKED) for row in q]
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


def check_full_graph(full_graph_tv: Float[np.ndarray, "size"], model: LoadedModel) -> None:
    """Refuse a trace whose full graph is not the model: raises NumericalError for a total variation beyond rounding."""
    limit = OUTPUT_TOLERANCE[model.dtype_name]
    if (full_graph_tv > limit).any():
        raise NumericalError(
            f"the full graph of {model.spec.name!r} is {full_graph_tv.max():.2g} in total variation from the model's "
            f"own output (limit {limit} in {model.dtype_name}); its subgraphs cannot be trusted. Load the model in "
            "float32."
        )
