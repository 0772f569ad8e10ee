"""TraceResult -> the small tables that charts and readouts are drawn from."""

import numpy as np
import pandas as pd

from app.views.tokens import token_label
from strace_core import TraceResult

REBUILT_TV = 0.1
"""A subgraph this close to the full model in total variation, with the same top token, counts as rebuilding it."""

TOP_OF_FULL, TOP_OF_SUBGRAPH = 7, 4
"""How many of the full model's and of the subgraph's top tokens the bars show, where they differ."""

MAX_LABEL = 14


def first_size(curve: pd.DataFrame, holds: pd.Series) -> int | None:
    """The smallest evaluated size, from one edge up, at which a condition holds; None if it never does."""
    sizes = curve.loc[holds & (curve["n_edges"] > 0), "n_edges"]
    return None if sizes.empty else int(sizes.iloc[0])


def rebuilt_size(curve: pd.DataFrame) -> int:
    """The smallest evaluated size whose subgraph rebuilds the prediction, else the largest."""
    size = first_size(curve, curve["top1_match"] & (curve["tv"] <= REBUILT_TV))
    return int(curve["n_edges"].iloc[-1]) if size is None else size


def nearest_size(curve: pd.DataFrame, n_edges: int) -> int:
    """The evaluated size closest to the one asked for."""
    sizes = curve["n_edges"].to_numpy()
    return int(sizes[np.abs(sizes - n_edges).argmin()])


def curve_frame(result: TraceResult, n_edges: int) -> pd.DataFrame:
    """tv against size for a log axis, so from one edge up; ``current`` is true in the row of ``n_edges``."""
    curve = result.curve.loc[result.curve["n_edges"] > 0, ["n_edges", "fraction", "tv"]]
    return curve.assign(current=curve["n_edges"] == n_edges)


def highest_probability(result: TraceResult) -> float:
    """The largest probability any evaluated subgraph or the full model gives a token: one axis for every size."""
    return float(max(result.probabilities().max(), result.curve["top1_probability"].max()))


def top_tokens_frame(result: TraceResult, n_edges: int) -> pd.DataFrame:
    """Top tokens of the full model and of the subgraph: one row per token and side, the full model's order.

    Columns: ``token`` (a visible label, unique), ``side`` ("full model" or "subgraph"), ``probability``, ``place``.
    """
    tops = pd.concat([result.top_tokens(k=TOP_OF_FULL), result.top_tokens(n_edges, k=TOP_OF_SUBGRAPH)])
    full = result.probabilities()
    token_ids = tops.drop_duplicates("token_id")["token_id"].to_numpy()
    token_ids = token_ids[np.argsort(-full[token_ids], kind="stable")]
    labels = _unique_labels([result.token_texts[token_id] for token_id in token_ids], token_ids.tolist())
    sides = {"full model": full, "subgraph": result.probabilities(n_edges)}
    return pd.concat(
        pd.DataFrame(
            {"token": labels, "side": side, "probability": p[token_ids], "place": np.arange(len(labels))}
        )
        for side, p in sides.items()
    )


def _unique_labels(texts: list[str], token_ids: list[int]) -> list[str]:
    """Short labels of tokens; those that would look alike carry their ids."""
    labels = [token_label(text, MAX_LABEL) for text in texts]
    return [
        f"{label} #{token_id}" if labels.count(label) > 1 else label
        for label, token_id in zip(labels, token_ids, strict=True)
    ]
