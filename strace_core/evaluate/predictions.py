"""The full model's predictions at every position of a prompt, from one capture."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from strace_core.evaluate import metrics
from strace_core.model.capture import Capture
from strace_core.model.loaded import LoadedModel
from strace_core.model.unembed import unembed
from strace_core.prompt import token_text

MAX_PROBABILITIES = 2**22
"""Largest number of probabilities held at a time (32 MiB)."""


def token_predictions(model: LoadedModel, capture: Capture) -> pd.DataFrame:
    """Describe the full model's next-token prediction at every position of a prompt.

    Args:
        model: The model that made the capture.
        capture: The prompt.

    Returns:
        A row for each position. ``position``, ``token_id`` and ``text`` describe the prompt's own token; ``surprisal``
        is its surprisal in nats under the prediction at the position before, NaN at position 0. ``top_text``,
        ``top_probability`` and ``entropy`` (nats) describe the prediction at this position.

    Raises:
        ModelError: Another model made the capture.
    """
    capture.check_is_of(model)
    ids = np.array(capture.prompt.token_ids)
    top, top_probability, entropy = np.empty_like(ids), np.empty(len(ids)), np.empty(len(ids))
    surprisal = np.full(len(ids), np.nan)
    for rows, probabilities in _distributions(model, capture):
        top[rows] = probabilities.argmax(axis=1)  # [position, d_vocab] -> [position]
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
    """A few positions at a time, and the next-token distributions [position, d_vocab] predicted there."""
    states = capture.activations.output
    step = max(1, MAX_PROBABILITIES // model.spec.d_vocab)
    for start in range(0, len(states), step):
        logits = unembed(model, states[start : start + step]).cpu().numpy()
        yield slice(start, start + len(logits)), metrics.softmax(logits)
