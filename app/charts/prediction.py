"""The prediction: the full model's top next tokens and the subgraph's, as paired bars."""

from typing import Final

import numpy as np
import pandas as pd

from strace_core import TraceResult

from ..wording.text import size_text
from ..wording.tokens import listed_tokens
from . import paired_bars
from .axes import round_end
from .paired_bars import RECONSTRUCTION, rank_change, rank_of, unique_labels
from .parts import Drawing

TOP_OF_FULL, TOP_OF_SUBGRAPH = 7, 4
"""Top tokens shown of the full model and, where they differ, of the subgraph."""

IN_ALT_TEXT: Final = 3
"""Top tokens of each side in the alt text."""


def draw(result: TraceResult, n_edges: int, *, large: bool = False) -> Drawing:
    """Draw the top tokens of the full model and of the subgraph, with the changes of their ranks."""
    spec = paired_bars.spec(round_end(highest_probability(result)), RECONSTRUCTION, large=large)
    return Drawing(frame(result, n_edges), spec, alt_text(result, n_edges))


def frame(result: TraceResult, n_edges: int) -> pd.DataFrame:
    """Return the rows of paired bars: probabilities on both sides, in the full model's order.

    ``change`` is that of a token's rank from the full model to the subgraph.
    """
    tops = pd.concat([result.top_tokens(k=TOP_OF_FULL), result.top_tokens(n_edges, k=TOP_OF_SUBGRAPH)])
    full, subgraph = result.probabilities(), result.probabilities(n_edges)
    token_ids = tops.drop_duplicates("token_id")["token_id"].to_numpy()
    token_ids = token_ids[np.argsort(-full[token_ids], kind="stable")]
    ranks = [(rank_of(full, token_id), rank_of(subgraph, token_id)) for token_id in token_ids]
    return paired_bars.frame(
        unique_labels([result.token_texts[token_id] for token_id in token_ids], token_ids.tolist()),
        dict(zip(RECONSTRUCTION.names, (full[token_ids], subgraph[token_ids]), strict=True)),
        change=[rank_change(*pair) for pair in ranks],
        explained=[f"rank {before:,} in the full model, {after:,} in the subgraph" for before, after in ranks],
    )


def highest_probability(result: TraceResult) -> float:
    """Return the largest probability that the full model or any evaluated subgraph gives a token.

    It sets one axis for every size.
    """
    return float(max(result.probabilities().max(), result.curve["top1_probability"].max()))


def alt_text(result: TraceResult, n_edges: int) -> str:
    """Return the most likely tokens of both sides."""
    tops = (result.top_tokens(k=IN_ALT_TEXT), result.top_tokens(n_edges, k=IN_ALT_TEXT))
    full, subgraph = map(listed_tokens, tops)
    size = size_text(n_edges, result.n_edges)
    return f"Most likely next tokens. Full model: {full}. Subgraph of {size}: {subgraph}."
