"""Numbers over the vocabulary -> tables of the top tokens."""

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from strace_core.evaluate import metrics
from strace_core.model.loaded import LoadedModel
from strace_core.prompt import token_text
from strace_core.shapes import Distribution, Logits

N_ROWS = 8
"""Most rows of a table."""


def most_likely(model: LoadedModel, probabilities: Distribution) -> pd.DataFrame:
    """Return ``token_id``, ``text`` and ``probability`` of the most likely tokens, most likely first."""
    return _table(model, metrics.ranked_tokens(probabilities, N_ROWS), "probability", probabilities)


def promoted_and_suppressed(model: LoadedModel, effect: Logits) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tokens that a direct effect promotes most and suppresses most, strongest first.

    Returns:
        Two tables with ``token_id``, ``text`` and ``logit``. The latter is relative to the mean over the vocabulary,
        because raising all logits equally promotes nothing.
    """
    centered = effect.astype(np.float64) - effect.mean(dtype=np.float64)
    raised, lowered = metrics.ranked_tokens(centered, N_ROWS), metrics.ranked_tokens(-centered, N_ROWS)
    return _table(model, raised, "logit", centered), _table(model, lowered, "logit", centered)


def _table(
    model: LoadedModel, token_ids: Int[np.ndarray, "row"], name: str, values: Float[np.ndarray, "d_vocab"]
) -> pd.DataFrame:
    texts = [token_text(model.tokenizer, int(token_id)) for token_id in token_ids]
    return pd.DataFrame({"token_id": token_ids, "text": texts, name: values[token_ids]})
