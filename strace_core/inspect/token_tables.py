"""Numbers over the vocabulary -> tables of the few tokens that matter."""

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from strace_core.evaluate import metrics
from strace_core.model.loaded import LoadedModel
from strace_core.prompt import token_text
from strace_core.shapes import Distribution, Logits

N_TOKENS = 8
"""Rows of a table of tokens, where the vocabulary has as many."""


def most_likely(model: LoadedModel, probabilities: Distribution) -> pd.DataFrame:
    """``token_id``, ``text``, ``probability`` of the most likely tokens, most likely first."""
    return _table(model, metrics.by_likelihood(probabilities, N_TOKENS), "probability", probabilities)


def promoted_and_suppressed(model: LoadedModel, effect: Logits) -> tuple[pd.DataFrame, pd.DataFrame]:
    """``token_id``, ``text``, ``logit`` of the tokens whose logits are raised most and lowered most, strongest first.

    ``logit`` is what is added to a token's logit over what is added to the mean of the vocabulary: raising all logits
    alike promotes nothing.
    """
    centered = effect.astype(np.float64) - effect.mean(dtype=np.float64)
    raised, lowered = metrics.by_likelihood(centered, N_TOKENS), metrics.by_likelihood(-centered, N_TOKENS)
    return _table(model, raised, "logit", centered), _table(model, lowered, "logit", centered)


def _table(
    model: LoadedModel, token_ids: Int[np.ndarray, "row"], name: str, values: Float[np.ndarray, "d_vocab"]
) -> pd.DataFrame:
    texts = [token_text(model.tokenizer, int(token_id)) for token_id in token_ids]
    return pd.DataFrame({"token_id": token_ids, "text": texts, name: values[token_ids]})
