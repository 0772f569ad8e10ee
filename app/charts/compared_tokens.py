"""Compared tokens: the top next tokens of two subgraphs, A and B, as paired bars."""

from typing import Final

import numpy as np
import pandas as pd

from ..wording.comparison import Compared
from ..wording.tokens import listed_tokens
from . import paired_bars, theme
from .paired_bars import Sides, rank_change, rank_of, unique_labels
from .parts import Drawing

N_TOKENS, IN_ALT_TEXT = 5, 3
"""Top tokens of each side that are compared, and those in the alt text."""

NOWHERE: Final = "not among its top tokens"

SIDES: Final = Sides(("A", "B"), (theme.RUN_A, theme.RUN_B), "probability of the next token", "subgraph of")


def draw(pair: Compared, *, large: bool = False) -> Drawing:
    """Draw the top tokens of both subgraphs, with the changes of their ranks from A to B."""
    rows = frame(pair)
    return Drawing(rows, paired_bars.fitted_spec(rows, SIDES, large=large), alt_text(pair))


def frame(pair: Compared) -> pd.DataFrame:
    """Return the rows of paired bars, in A's order.

    Tokens of different vocabularies are the same if their texts are. A token that is not among the top tokens of the
    other model has no bar there.
    """
    texts, ids = _tokens(pair)
    distributions = [result.probabilities(size) for _, result, size in pair.sides]
    values = {
        name: np.array([np.nan if key[side] is None else distributions[side][key[side]] for key in ids])
        for side, name in enumerate(SIDES.names)
    }
    ranks = [tuple(_rank(q, token_id) for q, token_id in zip(distributions, key, strict=True)) for key in ids]
    rows = paired_bars.frame(
        unique_labels(texts, [next(key for key in both if key is not None) for both in ids]),
        values,
        change=["" if of_a is None or of_b is None else rank_change(of_a, of_b) for of_a, of_b in ranks],
        explained=[", ".join(_ranked(name, rank) for name, rank in zip("AB", both, strict=True)) for both in ranks],
    )
    order = np.argsort(-np.nan_to_num(values["A"]), kind="stable")
    return rows.assign(place=rows["place"].map({int(old): new for new, old in enumerate(order)}))


def _tokens(pair: Compared) -> tuple[list[str], list[tuple[int | None, int | None]]]:
    """Return the texts of the tokens to show, and their ids in A and in B."""
    tops = [result.top_tokens(size, k=N_TOKENS) for _, result, size in pair.sides]
    if _same_vocabulary(pair):
        keys = pd.concat(tops).drop_duplicates("token_id")["token_id"].tolist()
        texts = [pair.a.token_texts.get(key, pair.b.token_texts.get(key, "")) for key in keys]
        return texts, [(key, key) for key in keys]
    texts = list(dict.fromkeys(pd.concat(tops)["text"]))
    known = [{text: key for key, text in result.token_texts.items()} for _, result, _ in pair.sides]
    return texts, [(known[0].get(text), known[1].get(text)) for text in texts]


def _same_vocabulary(pair: Compared) -> bool:
    a, b = pair.a, pair.b
    return (a.spec.name, a.spec.revision, a.spec.d_vocab) == (b.spec.name, b.spec.revision, b.spec.d_vocab)


def _rank(distribution: np.ndarray, token_id: int | None) -> int | None:
    return None if token_id is None else rank_of(distribution, token_id)


def _ranked(name: str, rank: int | None) -> str:
    return f"{name}: {NOWHERE if rank is None else f'rank {rank:,}'}"


def alt_text(pair: Compared) -> str:
    """Return the most likely tokens of both subgraphs."""
    sides = [f"{name}: {listed_tokens(result.top_tokens(size, k=IN_ALT_TEXT))}" for name, result, size in pair.sides]
    return f"Most likely next tokens of the subgraphs. {'. '.join(sides)}."
