"""TraceResult -> what the graph component says at every size, and the notable sizes marked under its slider."""

import numpy as np
import pandas as pd

from strace_core import TraceResult

from ..wording.sizes import first_size
from .payload import Mark, Readout


def readouts(result: TraceResult) -> list[Readout]:
    """One readout per evaluated size, ascending."""
    full = result.top_tokens(k=1).iloc[0]
    entries = position_entries(result)
    return [
        Readout(
            n_edges=row.n_edges,
            fraction=row.fraction,
            heads=row.n_heads_active,
            mlps=row.n_mlps_active,
            positions=int(np.searchsorted(entries, row.n_edges)),
            backbone=row.n_edges >= result.trace.backbone,
            tv=row.tv,
            sub_top=(result.token_texts[row.top1], row.top1_probability),
            full_top=(full["text"], float(full["probability"])),
            top1_match=row.top1_match,
        )
        for row in result.curve.itertuples()
    ]


def position_entries(result: TraceResult) -> np.ndarray:
    """For each token, the rank of the first edge that leaves its embedding, ascending.

    A kept edge always has a kept path on to the output, so from that size on the token is read. An MLP reads the
    embeddings themselves only in parallel blocks.
    """
    edges = result.edges
    first_block = edges[edges["layer"] == 0]
    elsewhere = ["residual_mlp"] if result.spec.parallel else ["residual_mlp", "mlp"]
    leaving = first_block[~first_block["kind"].isin(elsewhere)]
    return np.sort(leaving.groupby("source")["rank"].min().to_numpy())


def marks(result: TraceResult) -> list[Mark]:
    """Notable sizes, ascending: connected to the input, recovered token and distribution, whole backbone."""
    curve = result.curve
    candidates = [
        Mark(result.trace.connected, "the first path from a token to the prediction", "connected"),
        _first(result, curve["top1_match"], "predicts the full model's top token for the first time", "same top token"),
        _first(result, curve["tv"] <= 0.5, "at most half of the probability is placed otherwise", "tv ≤ 0.5"),
        _first(result, curve["tv"] <= 0.1, "at most a tenth of the probability is placed otherwise", "tv ≤ 0.1"),
        Mark(result.trace.backbone, "every residual connection and MLP is in", "backbone"),
    ]
    found = [mark for mark in candidates if mark is not None]
    close = {mark.n_edges for mark in found if mark.short == "tv ≤ 0.1"}
    kept = [mark for mark in found if not (mark.short == "tv ≤ 0.5" and mark.n_edges in close)]
    return sorted(kept, key=lambda mark: mark.n_edges)


def _first(result: TraceResult, holds: pd.Series, label: str, short: str) -> Mark | None:
    n_edges = first_size(result.curve, holds)
    return None if n_edges is None else Mark(n_edges, label, short)
