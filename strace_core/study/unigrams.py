"""Unigram counts of a model's training text, and how close a distribution is to them."""

import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import rankdata

from strace_core.errors import FileError
from strace_core.evaluate import metrics
from strace_core.model.sources.bundled import BUNDLED_MODELS_DIR, bundled_models
from strace_core.model.spec import UNTRAINED
from strace_core.shapes import Distribution

COUNTS_FILE = "unigram_counts.npz"
"""File in a model's directory with an array ``counts`` [d_vocab]; the bundled models share one."""


@dataclass(frozen=True, eq=False)
class Unigrams:
    """How often each token occurs in a model's training text.

    Attributes:
        counts: occurrences by token id.
    """

    counts: Int[np.ndarray, "d_vocab"]

    @property
    def distribution(self) -> Distribution:
        """Share of all occurrences that each token has."""
        return self.counts / self.counts.sum()

    @cached_property
    def ranks(self) -> Float[np.ndarray, "d_vocab"]:
        """Ranks of the counts (ties get their mean rank), centred and scaled to length 1."""
        return _standardised(rankdata(self.counts))


def unigrams_of(model: str, d_vocab: int) -> Unigrams | None:
    """Read the counts that come with a model, given by name or directory; None if it has none.

    An untrained twin has the counts of its model.

    Raises:
        FileError: the file is damaged or does not hold ``d_vocab`` counts.
    """
    model = model.removesuffix(UNTRAINED)
    path = BUNDLED_MODELS_DIR / COUNTS_FILE if model in bundled_models() else Path(model).expanduser() / COUNTS_FILE
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            counts = stored["counts"]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise FileError(f"{str(path)!r} cannot be read as token counts ({error}).") from error
    is_counts = counts.shape == (d_vocab,) and np.issubdtype(counts.dtype, np.integer)
    if not is_counts or counts.min() < 0 or counts.max() < 1:
        raise FileError(
            f"{str(path)!r} holds {counts.dtype} {counts.shape}; expected {d_vocab} non-negative counts, one per token."
        )
    return Unigrams(counts.astype(np.int64))


def closeness_to_unigrams(
    unigrams: Unigrams, q: Float[np.ndarray, "size d_vocab"]
) -> tuple[Float[np.ndarray, "size"], Float[np.ndarray, "size"]]:
    """Compare each distribution with the unigram distribution.

    Returns:
        Total variation from the unigram distribution, in [0, 1], and Spearman correlation of the probabilities with
        the counts, in [-1, 1]; NaN for a uniform distribution, which has no ranks.
    """
    ranks = _standardised(rankdata(q, axis=1))
    return metrics.total_variation(unigrams.distribution, q), ranks @ unigrams.ranks


def _standardised(ranks: Float[np.ndarray, "*some d_vocab"]) -> Float[np.ndarray, "*some d_vocab"]:
    centred = ranks - ranks.mean(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return centred / np.linalg.norm(centred, axis=-1, keepdims=True)
