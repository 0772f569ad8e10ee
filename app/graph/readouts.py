"""TraceResult -> what the graph component says at every size."""

import numpy as np

from strace_core import TraceResult

from .payload import Readout


def readouts(result: TraceResult) -> list[Readout]:
    """Return one readout per evaluated size, ascending."""
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
    """Return the rank of the first edge that leaves each token's embedding, ascending.

    A kept edge always has a kept path to the output, so from that size on the token plays a part. Only in parallel
    blocks does an MLP read the embeddings themselves.
    """
    edges = result.edges
    first_block = edges[edges["layer"] == 0]
    elsewhere = ["residual_mlp"] if result.spec.parallel else ["residual_mlp", "mlp"]
    leaving = first_block[~first_block["kind"].isin(elsewhere)]
    return np.sort(leaving.groupby("source")["rank"].min().to_numpy())
