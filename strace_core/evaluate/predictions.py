"""What the full model predicts at every position of a prompt, from one capture."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from strace_core.evaluate import metrics
from strace_core.model.capture import Capture
from strace_core.model.loaded import LoadedModel
from strace_core.model.unembed import unembed
from strace_core.prompt import token_text

MOST_NUMBERS = 2**22
"""Probabilities of one step over the positions (32 MiB)."""


def token_predictions(model: LoadedModel, capture: Capture) -> pd.DataFrame:
    """One row per position of the prompt, in order, of the model that made the capture.

    ``position``, ``token_id`` and ``text`` are those of the prompt's token. Of the next-token distribution predicted
    there: ``top_text`` and ``top_probability`` of the most likely token, and ``entropy`` in nats. ``surprisal`` is that
    of the row's own token in nats, under the prediction made at the position before; NaN at position 0.

    Raises ModelError for another model's capture.
    """
    capture.check_is_of(model)
    ids = np.array(capture.prompt.token_ids)
    top, top_probability, entropy = np.empty_like(ids), np.empty(len(ids)), np.empty(len(ids))
    surprisal = np.full(len(ids), np.nan)
    for rows, probabilities in _distributions(model, capture):
        top[rows] = probabilities.argmax(axis=1)
        top_probability[rows] = probabilities.max(axis=1)
        entropy[rows] = metrics.entropy(probabilities)
        following = ids[rows.start + 1 : rows.stop + 1]
        with np.errstate(divide="ignore"):
            surprisal[rows.start + 1 : rows.stop + 1] = -np.log(probabilities[np.arange(len(following)), following])
    return pd.DataFrame(
        {
            "position": np.arange(len(ids)),
            "token_id": ids,
            "text": capture.prompt.token_texts,
            "top_text": [token_text(model.tokenizer, int(token_id)) for token_id in top],
            "top_probability": top_probability,
            "entropy": entropy,
            "surprisal": surprisal,
        }
    )


def _distributions(model: LoadedModel, capture: Capture) -> Iterator[tuple[slice, metrics.Distributions]]:
    """Positions, and the next-token distributions predicted there, so many at a time as memory allows."""
    states = capture.activations.output
    step = max(1, MOST_NUMBERS // model.spec.d_vocab)
    for start in range(0, len(states), step):
        logits = unembed(model, states[start : start + step]).cpu().numpy()
        yield slice(start, start + len(logits)), metrics.softmax(logits)
