"""How often each token of a vocabulary occurs in a model's training text, and how close an output is to that."""

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

FILE = "unigram_counts.npz"
"""Array ``counts`` [d_vocab] of a model's tokens: in the model's directory; the bundled models share one."""


@dataclass(frozen=True, eq=False)
class Unigrams:
    """Occurrences of every token, by id."""

    counts: Int[np.ndarray, "d_vocab"]

    @property
    def distribution(self) -> Distribution:
        """Shares of all occurrences."""
        return self.counts / self.counts.sum()

    @cached_property
    def ranks(self) -> Float[np.ndarray, "d_vocab"]:
        """Ranks of the counts, ties sharing their mean, centred and of length one."""
        return _standardised(rankdata(self.counts))


def unigrams_of(model: str, d_vocab: int) -> Unigrams | None:
    """The counts that come with a model, by its name or directory; None where there are none.

    An untrained twin has those of its model. Raises FileError for a file that does not hold ``d_vocab`` counts.
    """
    model = model.removesuffix(UNTRAINED)
    path = BUNDLED_MODELS_DIR / FILE if model in bundled_models() else Path(model).expanduser() / FILE
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            counts = stored["counts"]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise FileError(f"{str(path)!r} cannot be read as counts of tokens ({error}).") from error
    is_counts = counts.shape == (d_vocab,) and np.issubdtype(counts.dtype, np.integer)
    if not is_counts or counts.min() < 0 or counts.max() < 1:
        raise FileError(
            f"{str(path)!r} holds {counts.dtype} {counts.shape}; expected {d_vocab} counts from 0, one for each token."
        )
    return Unigrams(counts.astype(np.int64))


def closeness_to_unigrams(
    unigrams: Unigrams, q: Float[np.ndarray, "size d_vocab"]
) -> tuple[Float[np.ndarray, "size"], Float[np.ndarray, "size"]]:
    """(total variation from the unigram distribution, Spearman correlation with the counts) of each distribution.

    The correlation of a distribution in which all tokens are equal is NaN.
    """
    ranks = _standardised(rankdata(q, axis=1))
    return metrics.total_variation(unigrams.distribution, q), ranks @ unigrams.ranks


def _standardised(ranks: Float[np.ndarray, "*some d_vocab"]) -> Float[np.ndarray, "*some d_vocab"]:
    centred = ranks - ranks.mean(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return centred / np.linalg.norm(centred, axis=-1, keepdims=True)
