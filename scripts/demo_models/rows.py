"""Build training rows: a fixed number of tokens, starting at the start of a document or sentence.

Every row, and every document in it, starts with ``<|bos|>``. Each token has a class that sets its weight in the loss:
prose, the unpredictable part of a drill, or its predictable part.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from transformers import PreTrainedTokenizerFast

from . import corpus, drills

BOS_ID = 0
PROSE, CUE, SURE = 0, 1, 2
PREFIX_CHARACTERS = 120

Row = tuple[list[int], list[int]]


@dataclass(frozen=True)
class Rows:
    """Tokens and their classes, each [row, token]."""

    tokens: np.ndarray
    classes: np.ndarray


class Sentences:
    """The corpus's training sentences, encoded both as the start of a row and as a continuation."""

    def __init__(self, prose: list[corpus.Prose], tokenizer: PreTrainedTokenizerFast) -> None:
        documents = [corpus.sentences(document) for part in prose for document in part.train]
        flat = [pair for document in documents for pair in document]
        self.texts = [sentence for _, sentence in flat]
        self._first = _encode(tokenizer, self.texts)
        self._later = _encode(tokenizer, [joint + sentence for joint, sentence in flat])
        ends = np.cumsum([len(document) for document in documents]).tolist()
        self._spans = list(zip([0, *ends[:-1]], ends, strict=True))

    def unigram_counts(self, vocabulary: int) -> np.ndarray:
        """Count each token in the training prose, every document once, including its ``<|bos|>``."""
        counts = np.zeros(vocabulary, dtype=np.int64)
        for start, end in self._spans:
            ids = [BOS_ID, *self._first[start], *(i for ids in self._later[start + 1 : end] for i in ids)]
            counts += np.bincount(ids, minlength=vocabulary)
        return counts

    def rows(self, length: int, rng: random.Random) -> Iterator[Row]:
        """Yield rows of prose endlessly; each pass over the corpus shuffles the documents anew."""
        row: list[int] = []
        while True:
            rng.shuffle(self._spans)
            for start, end in self._spans:
                position = start
                while position < end:
                    opens = not row or position == start
                    begins_row = not row
                    row += [BOS_ID, *self._first[position]] if opens else self._later[position]
                    if len(row) >= length:
                        yield row[:length], [PROSE] * length
                        again = len(row) > length and not begins_row
                        row = []
                        if again:
                            continue
                    position += 1


def _encode(tokenizer: PreTrainedTokenizerFast, texts: list[str]) -> list[list[int]]:
    return tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]


def drill_rows(
    tokenizer: PreTrainedTokenizerFast, sentences: list[str], length: int, rng: random.Random, leading: int
) -> Iterator[Row]:
    """Yield rows of drills endlessly."""
    prefixes = [sentence for sentence in sentences if 10 < len(sentence) < PREFIX_CHARACTERS]
    tokens: list[int] = []
    classes: list[int] = []
    while True:
        documents = [drills.training_document(rng, prefixes, leading) for _ in range(2000)]
        encoded = tokenizer([document.text for document in documents], return_offsets_mapping=True)
        for document, ids, offsets in zip(documents, encoded["input_ids"], encoded["offset_mapping"], strict=True):
            tokens += ids
            classes += [CUE, *(_class(document, span) for span in offsets[1:])]
            if len(tokens) >= length:
                yield tokens[:length], classes[:length]
                tokens, classes = [], []


def _class(document: drills.Document, span: tuple[int, int]) -> int:
    return SURE if any(start < span[1] and span[0] < end for start, end in document.sure) else CUE


def build(
    sentences: Sentences,
    tokenizer: PreTrainedTokenizerFast,
    length: int,
    count: int,
    *,
    share: float,
    seed: int,
    leading: int,
) -> Rows:
    """Build ``count`` rows in a seeded order; ``share`` of them are drills."""
    drilled = round(count * share)
    found = list(islice(sentences.rows(length, random.Random(f"prose {length} {seed}")), count - drilled))
    rng = random.Random(f"drills {length} {seed}")
    found += islice(drill_rows(tokenizer, sentences.texts, length, rng, leading), drilled)
    order = np.random.default_rng(seed).permutation(count)
    tokens = np.array([tokens for tokens, _ in found], dtype=np.uint16)[order]
    return Rows(tokens, np.array([classes for _, classes in found], dtype=np.uint8)[order])
