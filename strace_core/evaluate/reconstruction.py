"""Traces -> curves: run the subgraphs of every size and compare their outputs with the full model's."""

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
    """Subgraphs to run, and what to compare their outputs with.

    Attributes:
        run: The subgraphs.
        full_logits: Logits of the full model.
        target: A token whose surprisal to report, or None.
    """

    run: MaskedRun
    full_logits: Logits
    target: int | None


OnCurve = Callable[[pd.DataFrame | None], None]
"""Called with the finished rows of the first curve, None before there are any. Raise an exception in it to cancel."""


def reconstruct(
    model: LoadedModel, comparisons: Sequence[Comparison], on_curve: OnCurve
) -> list[tuple[pd.DataFrame, SizeLogits]]:
    """Run the subgraphs of several comparisons and compute their curves.

    Args:
        model: The model.
        comparisons: The comparisons, of prompts of equal length.
        on_curve: Called before each block and after each batch.

    Returns:
        Curve and logits of each comparison, in the order of its sizes.
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


def check_full_graph(full_graph_tv: Float[np.ndarray, "size"], model: LoadedModel) -> None:
    """Check that the full graph reproduces the model's own output.

    Raises:
        NumericalError: The total variation between them exceeds what rounding explains.
    """
    limit = OUTPUT_TOLERANCE[model.dtype_name]
    if (full_graph_tv > limit).any():
        raise NumericalError(
            f"the output of the full graph of {model.spec.name!r} is {full_graph_tv.max():.2g} in total variation from "
            f"the model's own (limit {limit} in {model.dtype_name}), so its subgraphs cannot be trusted. Load the "
            "model in float32."
        )
