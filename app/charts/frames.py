"""TraceResult -> the small tables that charts and readouts are drawn from."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from strace_core import TraceResult

from ..wording.tokens import token_label

REBUILT_TV = 0.1
"""A subgraph this close to the full model in total variation, with the same top token, counts as rebuilding it."""

TOP_OF_FULL, TOP_OF_SUBGRAPH = 7, 4
"""How many of the full model's and of the subgraph's top tokens the bars show, where they differ."""

MAX_LABEL = 14

NEW, FAR = 20, 100
"""A token beyond rank ``NEW`` of the full model is new to the top; a fall of ``FAR`` ranks is not counted further."""


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


def highest_probability(result: TraceResult) -> float:
    """The largest probability any evaluated subgraph or the full model gives a token: one axis for every size."""
    return float(max(result.probabilities().max(), result.curve["top1_probability"].max()))


def top_tokens_frame(result: TraceResult, n_edges: int) -> pd.DataFrame:
    """Top tokens of the full model and of the subgraph: one row per token and side, the full model's order.

    Columns: ``token`` (a visible label, unique), ``side`` ("full model" or "subgraph"), ``value`` (its probability),
    ``place``; ``longest``, the larger of both values; ``change`` of the token's rank from the full model to the
    subgraph (``rank_change``), and that ``explained``.
    """
    tops = pd.concat([result.top_tokens(k=TOP_OF_FULL), result.top_tokens(n_edges, k=TOP_OF_SUBGRAPH)])
    full, subgraph = result.probabilities(), result.probabilities(n_edges)
    token_ids = tops.drop_duplicates("token_id")["token_id"].to_numpy()
    token_ids = token_ids[np.argsort(-full[token_ids], kind="stable")]
    ranks = [(rank_of(full, token_id), rank_of(subgraph, token_id)) for token_id in token_ids]
    return paired_rows(
        unique_labels([result.token_texts[token_id] for token_id in token_ids], token_ids.tolist()),
        {"full model": full[token_ids], "subgraph": subgraph[token_ids]},
        change=[rank_change(*pair) for pair in ranks],
        explained=[f"rank {before:,} in the full model, {after:,} in the subgraph" for before, after in ranks],
    )


def paired_rows(
    labels: Sequence[str], sides: Mapping[str, np.ndarray], *, change: Sequence[str], explained: Sequence[str]
) -> pd.DataFrame:
    """Rows for two bars of each label, with the columns of ``top_tokens_frame``.

    A value that is not known is NaN and has no bar.
    """
    longest = np.nan_to_num(np.array(list(sides.values()), dtype=float)).max(axis=0)
    shared = pd.DataFrame(
        {"token": labels, "place": range(len(labels)), "longest": longest, "change": change, "explained": explained}
    )
    rows = pd.concat([shared.assign(side=side, value=values) for side, values in sides.items()])
    return rows.reset_index(drop=True)


def rank_of(probabilities: np.ndarray, token_id: int) -> int:
    """The place of a token among all, most likely first, from 1; ties by token id."""
    own = probabilities[token_id]
    return int((probabilities > own).sum() + (probabilities[:token_id] == own).sum()) + 1


def rank_change(before: int, after: int) -> str:
    """A token's way from one rank to another in a sign or two: = where it stays, "new" where it comes from far."""
    if before == after:
        return "="
    if after > before:
        return f"▼{after - before}" if after - before < FAR else f"▼{FAR}+"
    return "new" if before > NEW else f"▲{before - after}"


def unique_labels(texts: Sequence[str], token_ids: Sequence[int]) -> list[str]:
    """Short labels of tokens; those that would look alike carry their ids."""
    labels = [token_label(text, MAX_LABEL) for text in texts]
    return [
        f"{label} #{token_id}" if labels.count(label) > 1 else label
        for label, token_id in zip(labels, token_ids, strict=True)
    ]
