"""Drills: short texts with a known mechanism and one correct next token, and what is held out of training.

A drill is a prompt and its one-token answer. Each kind has a sampler that draws from all of its drills. Whether a drill
is held out depends on its *key* alone, through ``is_held_out``, the only place that decides the split: training never
sees a held-out key, and evaluation uses no other. About 16 % of the keys are held out. The keys are:

capital          (country, phrasing): training sees the country in other phrasings only
opposite         (word, phrasing): likewise
sequence         (list, separator, step, first item) for runs: no training drill starts like a held-out one, though
                 longer runs that start earlier cover the same items; (item, phrasing) otherwise
repeat           the repeated phrase
induction        the repeated string of letters in any rotation, ignoring case
indirect_object  (the two names in any order, place, object)
sum              the two numbers in this order, in digits or words: where 3 + 4 is held out, 4 + 3 is trained, so this
                 tests commutativity
agreement        (noun, preposition, other noun), ignoring number: all four forms share a key
quotes           (speaker, verb of saying)

A prompt that opens with the word it asks about (``Peru's capital is``) has no key and is always in training: at the
start of a text ``Peru`` is a different token than after a space, and only such prompts can teach it.

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
# Relative frequency of each kind in training.
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
    """Training text; ``sure`` lists the character ranges that are predictable and get full weight."""

    text: str
    sure: tuple[tuple[int, int], ...]


def is_held_out(key: str) -> bool:
    """Whether a hash of the key holds its drills out of training. Drills without a key are trained."""
    if not key:
        return False
    percent = HELD_OUT_PERCENT_OF_SUMS if key.startswith("sum ") else HELD_OUT_PERCENT
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 100 < percent


def sample(kind: str, rng: random.Random, held_out: bool, leading: int = 1) -> Drill:
    """Draw a drill of one kind from the held-out or the training side.

    Prompts that open with their subject (``Peru's capital is``) are drawn ``leading`` times more often: at the start of
    a text a subject is a different token, which has to be learned separately.
    """
    while True:
        drill = drill_kinds.SAMPLERS[kind](rng)
        if is_held_out(drill.key) is not held_out:
            continue
        if leading > 1 and drill.subject and not drill.opens_with_subject and rng.random() * leading > 1:
            continue
        return drill


def held_out_drills(kind: str, count: int, seed: int = 0) -> list[Drill]:
    """Up to ``count`` distinct held-out drills of one kind, in a seeded order."""
    rng = random.Random(f"{kind} {seed}")
    found: dict[str, Drill] = {}
    for _ in range(count * 40):
        drill = sample(kind, rng, held_out=True)
        found.setdefault(drill.prompt, drill)
        if len(found) == count:
            break
    return list(found.values())


def held_out_items(kinds: Sequence[str] = KINDS, per_kind: int = 60, seed: int = 0) -> Iterator[tuple[str, str, str]]:
    """Yield held-out drills as (kind, prompt, answer); the answer includes its leading space, if any."""
    for kind in kinds:
        for drill in held_out_drills(kind, per_kind, seed):
            yield kind, drill.prompt, drill.answer


def training_document(rng: random.Random, sentences: Sequence[str], leading: int = 1) -> Document:
    """Draw a training document: one drill, several of one kind, or one after a sentence of prose."""
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
    """The drill's text, sometimes with a lower-case first letter."""
    text = drill.prompt + drill.answer + drill.tail
    if drill.may_lower and rng.random() < 0.12:
        return text[0].lower() + text[1:]
    return text
