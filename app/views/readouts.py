"""TraceResult -> what the graph component says at every size, and the notable sizes marked under its slider."""

from app.views.frames import first_size
from app.views.graph import Mark, Readout
from strace_core import TraceResult


def readouts(result: TraceResult) -> list[Readout]:
    """One readout per evaluated size, ascending."""
    full = result.top_tokens(k=1).iloc[0]
    return [
        Readout(
            n_edges=row.n_edges,
            fraction=row.fraction,
            heads=row.n_heads_active,
            mlps=row.n_mlps_active,
            tv=row.tv,
            sub_top=(result.token_texts[row.top1], row.top1_probability),
            full_top=(full["text"], float(full["probability"])),
            top1_match=row.top1_match,
        )
        for row in result.curve.itertuples()
    ]


def marks(result: TraceResult) -> list[Mark]:
    """Notable sizes, ascending: connected to the input, same top token, whole backbone."""
    top1 = first_size(result.curve, result.curve["top1_match"])
    found = [
        Mark(result.trace.connected, "first path from a token to the prediction", "connected"),
        Mark(result.trace.backbone, "every residual connection and MLP is in", "backbone"),
    ]
    if top1 is not None:
        found.append(Mark(top1, "predicts the full model's top token for the first time", "same top token"))
    return sorted(found, key=lambda mark: mark.n_edges)

