"""Drills: short texts with a known mechanism and one right next token, and what is held out of training.

A drill is a prompt and its answer, which is one token. Each kind has a sampler that draws from all of its
drills; whether a drill is for training or held out depends on its *key* alone, through ``is_held_out``, the
only place where the split is decided. The training generator never emits a drill whose key is held out, the
evaluation never asks one whose key is not. About 16 % of the keys are held out. The keys are:

capital          (country, phrasing): the country is seen in other phrasings only
opposite         (word, phrasing): likewise
sequence         (list, separator, step, first item) for runs, so no training drill begins like a held-out
                 one, though longer runs that begin earlier pass over the same items; (item, phrasing) else
repeat           the repeated phrase
induction        the repeated string of letters in any rotation, upper and lower case alike
indirect_object  (the two names in any order, place, object)
sum              the two numbers in this order, in digits and in words: where 3 + 4 is held out, 4 + 3 is
                 trained, so what is tested is that the order does not matter
agreement        (noun, preposition, other noun), the number of both apart: all four forms go together
quotes           (speaker, verb of saying)

A prompt that opens with the word it asks about (``Peru's capital is``) has no key and is always trained: as the
first word of a text ``Peru`` is another token than after a space, which these prompts alone can teach.

``held_out_items`` yields (kind, prompt, answer) for studies; ``training_document`` makes training text.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from . import drill_kinds
from .drill_kinds import Drill

HELD_OUT_PERCENT = 16
HELD_OUT_PERCENT_OF_SUMS = 25  # of half of the ordered pairs
KINDS: tuple[str, ...] = tuple(drill_kinds.SAMPLERS)
# How often each kind is drawn for training.
SHARES: dict[str, int] = {
    "capital": 11,
    "opposite": 9,
    "sequence": 16,
    "repeat": 12,
    "induction": 12,
    "indirect_object": 13,
    "sum": 24,
    "agreement": 6,
    "quotes": 5,
}


@dataclass(frozen=True)
class Document:
    """Training text; ``sure`` lists the character ranges that can be foretold and count in full."""

    text: str
    sure: tuple[tuple[int, int], ...]


def is_held_out(key: str) -> bool:
    """Whether drills with this key are kept out of training: a hash decides; what has no key is trained."""
    if not key:
        return False
    percent = HELD_OUT_PERCENT_OF_SUMS if key.startswith("sum ") else HELD_OUT_PERCENT
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 100 < percent


def sample(kind: str, rng: random.Random, held_out: bool, leading: int = 1) -> Drill:
    """One drill of a kind, from the held-out or from the training side.

    Prompts that open with their subject (``Peru's capital is``) are drawn ``leading`` times as often as they come:
    as a text's first word a subject is other tokens than after a space, and has to be learned apart.
    """
    while True:
        drill = drill_kinds.SAMPLERS[kind](rng)
        if is_held_out(drill.key) is not held_out:
            continue
        if leading > 1 and drill.subject and not drill.opens_with_subject and rng.random() * leading > 1:
            continue
        return drill


def held_out_drills(kind: str, count: int, seed: int = 0) -> list[Drill]:
    """Up to ``count`` different held-out drills of one kind, in an order that the seed fixes."""
    rng = random.Random(f"{kind} {seed}")
    found: dict[str, Drill] = {}
    for _ in range(count * 40):
        drill = sample(kind, rng, held_out=True)
        found.setdefault(drill.prompt, drill)
        if len(found) == count:
            break
    return list(found.values())


def held_out_items(kinds: Sequence[str] = KINDS, per_kind: int = 60, seed: int = 0) -> Iterator[tuple[str, str, str]]:
    """Held-out drills as (kind, prompt, answer); the answer carries the space in front of it, if any."""
    for kind in kinds:
        for drill in held_out_drills(kind, per_kind, seed):
            yield kind, drill.prompt, drill.answer


def training_document(rng: random.Random, sentences: Sequence[str], leading: int = 1) -> Document:
    """A training document: one drill, some of one kind in a row, or one after a sentence of prose."""
    kind = rng.choices(KINDS, [SHARES[kind] for kind in KINDS])[0]
    shape = rng.random()
    text, sure = "", []
    if shape < 0.15 and sentences:
        text = rng.choice(sentences) + rng.choice((" ", "\n"))
    count = rng.randint(2, 5) if shape > 0.7 else 1
    separator = rng.choice((" ", "\n"))
    for number in range(count):
        drill = sample(kind, rng, held_out=False, leading=leading)
        if number:
            text = text.rstrip("\n") + separator
        body, start = _cased(drill, rng), len(text)
        sure.append((start + drill.sure_from, start + len(drill.prompt) + len(drill.answer)))
        text += body
    return Document(text, tuple(sure))


def _cased(drill: Drill, rng: random.Random) -> str:
    """The drill's text, now and then with a small first letter."""
    text = drill.prompt + drill.answer + drill.tail
    if drill.may_lower and rng.random() < 0.12:
        return text[0].lower() + text[1:]
    return text
