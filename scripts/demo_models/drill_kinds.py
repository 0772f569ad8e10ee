"""The kinds of drills: each is a function that draws one of its drills at random."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from . import words as w


@dataclass(frozen=True)
class Drill:
    """A prompt, its one-token answer, the text after it, and the key that decides the split ("" is trained).

    From character ``sure_from`` of the prompt on, the text is predictable; by default only the answer is. ``subject``
    is the word asked about, if the prompt can open with it. A prompt that does is always trained: at the start of a
    text the subject is a different token, which has to be learned separately.
    """

    kind: str
    prompt: str
    answer: str
    key: str
    tail: str = "."
    sure_from: int = field(default=-1)
    may_lower: bool = True
    subject: str = ""

    def __post_init__(self) -> None:
        if self.sure_from < 0:
            object.__setattr__(self, "sure_from", len(self.prompt))
        if self.opens_with_subject:
            object.__setattr__(self, "key", "")

    @property
    def opens_with_subject(self) -> bool:
        """Whether the prompt opens with the word it asks about."""
        return bool(self.subject) and self.prompt.lower().startswith(self.subject.lower())


CAPITAL_PHRASINGS = (
    "The capital of {} is",
    "The capital city of {} is",
    "{}'s capital is",
    "The name of the capital of {} is",
    "In {}, the capital is",
    "Question: What is the capital of {}? Answer:",
    "Country: {}. Capital:",
    "We flew to the capital of {}, which is",
    "I know that the capital of {} is",
    "{} has a capital, and its name is",
    "The best known city of {} is its capital,",
    "Everyone in {} knows the capital,",
)
OPPOSITE_PHRASINGS = (
    "The opposite of {} is",
    "The opposite of the word {} is",
    "{} is the opposite of",
    "If it is not {}, it is",
    "What is the opposite of {}? It is",
    "Word: {}. Opposite:",
    "Not {}, but",
    "She said {}, and he said the opposite:",
    "The word {} means the opposite of",
    "Say {} the other way round and you get",
)
AFTER = ("The {what} after {item} is", "After {item} comes", "{item} is followed by", "Next after {item} is")
BEFORE = ("The {what} before {item} is", "{item} comes after", "Just before {item} is")
LISTS: dict[str, tuple[str, list[str], bool]] = {
    "day": ("day", w.WEEKDAYS, True),
    "month": ("month", w.MONTHS, True),
    "letter": ("letter", w.LETTERS, False),
    "small letter": ("letter", [letter.lower() for letter in w.LETTERS], False),
    "number": ("number", w.NUMBERS, False),
    "number word": ("number", w.NUMBER_WORDS, False),
}
INDIRECT_OBJECT_PHRASINGS = (
    "When {a} and {b} went to the {place}, {s} gave the {thing} to",
    "After {a} and {b} came to the {place}, {s} handed the {thing} to",
    "While {a} and {b} were at the {place}, {s} showed the {thing} to",
    "{a} and {b} met at the {place}. {s} gave the {thing} to",
    "Then {a} and {b} went to the {place}, and {s} passed the {thing} to",
    "{a} and {b} were in the {place} when {s} sold the {thing} to",
    "At the {place}, {a} and {b} sat down, and {s} gave the {thing} to",
    "One day {a} and {b} walked to the {place}. There {s} threw the {thing} to",
)
SUM_PHRASINGS = (
    "{} + {} =",
    "{} plus {} is",
    "{} and {} make",
    "The sum of {} and {} is",
    "What is {} plus {}? It is",
)
LARGEST_TERM = 10


def capital(rng: random.Random) -> Drill:
    """``The capital of France is`` -> `` Paris``."""
    country, number = rng.choice(list(w.CAPITALS)), rng.randrange(len(CAPITAL_PHRASINGS))
    phrasing = CAPITAL_PHRASINGS[number]
    tail = rng.choice((".", ".", ".", "!", "\n", ", as all of us know.", ", and it is a large city."))
    lower = not phrasing.startswith("{}")
    return Drill(
        "capital", phrasing.format(country), f" {w.CAPITALS[country]}", f"capital {number} {country}", tail,
        may_lower=lower, subject=country,
    )  # fmt: skip


def opposite(rng: random.Random) -> Drill:
    """``The opposite of hot is`` -> `` cold``."""
    pair, number = rng.choice(w.OPPOSITES), rng.randrange(len(OPPOSITE_PHRASINGS))
    word, answer = pair if rng.random() < 0.5 else pair[::-1]
    prompt = OPPOSITE_PHRASINGS[number].format(word)
    prompt = prompt[0].upper() + prompt[1:]
    tail = rng.choice((".", ".", "!", "\n"))
    return Drill("opposite", prompt, f" {answer}", f"opposite {number} {word}", tail, subject=word)


def sequence(rng: random.Random) -> Drill:
    """``Monday, Tuesday, Wednesday,`` -> `` Thursday``, or ``The day after Monday is`` -> `` Tuesday``."""
    name = rng.choice(tuple(LISTS))
    return _run(name, rng) if rng.random() < 0.6 else _neighbour(name, rng)


def _run(name: str, rng: random.Random) -> Drill:
    _, items, wraps = LISTS[name]
    step = rng.choice((1, 1, 1, 2, -1, 5)) if name == "number" else rng.choice((1, 1, 1, 1, -1))
    shown = rng.randint(2 if step == 1 else 3, 6)
    separator = rng.choice((", ", ", ", " "))
    positions = range(len(items)) if wraps else _starts(len(items), step, shown)
    start = rng.choice(positions)
    run = [items[(start + step * number) % len(items)] for number in range(shown + 1)]
    prompt = separator.join(run[:-1]) + separator.rstrip()
    key = f"sequence {name} {separator!r} {step} {run[0]}"
    tail = rng.choice((".", ".", "\n", " and so on."))
    sure_from = len(separator.join(run[:2]) + separator.rstrip())
    return Drill("sequence", prompt, f" {run[-1]}", key, tail, sure_from, may_lower=False)


def _starts(count: int, step: int, shown: int) -> range:
    """Start positions from which ``shown`` steps stay inside a list of ``count`` items."""
    reach = step * shown
    return range(max(0, -reach), min(count, count - reach))


def _neighbour(name: str, rng: random.Random) -> Drill:
    what, items, wraps = LISTS[name]
    forward = rng.random() < 0.6
    phrasing = rng.choice(AFTER if forward else BEFORE)
    low, high = (0, len(items)) if wraps else ((0, len(items) - 1) if forward else (1, len(items)))
    position = rng.randrange(low, high)
    item = items[position]
    prompt = phrasing.format(what=what, item=item)
    answer = items[(position + (1 if forward else -1)) % len(items)]
    if name == "number word":
        prompt = prompt[0].upper() + prompt[1:]
    lower = name != "small letter" and not phrasing.startswith("{item}")
    key = f"sequence {phrasing} {name} {item}"
    return Drill("sequence", prompt, f" {answer}", key, may_lower=lower, subject=item)


def repeat(rng: random.Random) -> Drill:
    """``red dog, blue cat; red dog, blue`` -> `` cat``: a repeated phrase."""
    style = rng.randrange(4)
    if style == 0:
        count = rng.randint(2, 4)
        pairs = zip(rng.sample(w.ADJECTIVES, count), rng.sample(w.NOUNS, count), strict=True)
        phrase, joint = ", ".join(map(" ".join, pairs)), rng.choice(("; ", ". ", "\n"))
    elif style == 1:
        phrase = " ".join(rng.sample(w.NOUNS + w.ADJECTIVES, rng.randint(3, 7)))
        joint = rng.choice((" ", ", ", ". "))
    else:
        one, other = rng.sample(w.ADJECTIVES, 2)
        subject, thing = rng.sample(w.NOUNS, 2)
        verb = rng.choice(w.VERBS)
        phrase = (
            f"The {one} {subject} {verb} the {other} {thing}"
            if style == 2
            else f"{rng.choice(w.NAMES)} {verb} the {other} {thing} and the {subject}"
        )
        joint = rng.choice((". ", "! ", "; "))
    return _again("repeat", phrase, joint, f"repeat {phrase}", rng)


def induction(rng: random.Random) -> Drill:
    """``A K T B A K T`` -> `` B``: repeated random letters."""
    letters = rng.sample(w.LETTERS, rng.randint(3, 8))
    lowest = letters.index(min(letters))
    key = "induction " + " ".join(letters[lowest:] + letters[:lowest])
    if rng.random() < 0.25:
        letters = [letter.lower() for letter in letters]
    joint = rng.choice((" ", " ", " ", ", "))
    return _again("induction", joint.join(letters), joint, key, rng)


def _again(kind: str, phrase: str, joint: str, key: str, rng: random.Random) -> Drill:
    """A phrase twice, cut before one of its later words."""
    again = phrase.split(" ")
    cut = rng.randrange(1 if kind == "induction" else 2, len(again))
    before, answer, rest = " ".join(again[:cut]), again[cut], " ".join(again[cut + 1 :])
    mark = "," if answer.endswith(",") else ""
    prompt = phrase + joint + before
    tail = mark + (f" {rest}" if rest else "") + rng.choice((".", "\n", ""))
    first = len(phrase + joint + again[0])
    return Drill(kind, prompt, " " + answer.rstrip(","), key, tail, first, may_lower=False)


def indirect_object(rng: random.Random) -> Drill:
    """``When Mary and John went to the shop, John gave the book to`` -> `` Mary``, in both orders."""
    first, second = rng.sample(w.NAMES, 2)
    place, thing = rng.choice(w.PLACES), rng.choice(w.OBJECTS)
    subject, answer = (first, second) if rng.random() < 0.5 else (second, first)
    phrasing = rng.choice(INDIRECT_OBJECT_PHRASINGS)
    prompt = phrasing.format(a=first, b=second, s=subject, place=place, thing=thing)
    key = f"indirect object {sorted((first, second))} {place} {thing}"
    tail = rng.choice((".", ".", "!", " and smiled.", "\n"))
    return Drill("indirect_object", prompt, f" {answer}", key, tail, may_lower=not phrasing.startswith("{"))


def sum_of_two(rng: random.Random) -> Drill:
    """``3 + 4 =`` -> `` 7``, in digits, or in words up to twenty."""
    first, second = rng.randint(0, LARGEST_TERM), rng.randint(0, LARGEST_TERM)
    # Only one order of a pair may be held out: larger number first if the sum is odd, last otherwise.
    may_be_held_out = first != second and (first > second) == bool((first + second) % 2)
    key = f"sum {first} {second}" if may_be_held_out else ""
    number = rng.choice((0, 0, 0, 1, 2, 3, 4))
    in_words = number > 0 and first + second < len(w.NUMBER_WORDS) and rng.random() < 0.5
    names = w.NUMBER_WORDS if in_words else w.NUMBERS
    prompt = SUM_PHRASINGS[number].format(names[first], names[second])
    prompt = prompt[0].upper() + prompt[1:]
    return Drill("sum", prompt, f" {names[first + second]}", key, rng.choice((".", "\n", "\n")))


def agreement(rng: random.Random) -> Drill:
    """``The dogs near the park`` -> `` are``; ``Yesterday the dog near the parks`` -> `` was``."""
    noun, other = rng.sample(w.SINGULAR_PLURAL, 2)
    preposition = rng.choice(w.PREPOSITIONS)
    plural = rng.random() < 0.5
    opening, verbs = rng.choice(
        (
            ("The", ("is", "are")),
            ("The", ("is", "are")),
            ("Today the", ("is", "are")),
            ("Yesterday the", ("was", "were")),
        )
    )
    prompt = f"{opening} {noun[plural]} {preposition} the {other[rng.random() < 0.5]}"
    key = f"agreement {noun[0]} {preposition} {other[0]}"
    return Drill("agreement", prompt, f" {verbs[plural]}", key, f" {rng.choice(w.STATES)}.")


def quotes(rng: random.Random) -> Drill:
    """``Mary said, "The dog is old`` -> ``."``, ``Mary said that the dog is old`` -> ``.``, and openings."""
    speaker = rng.choice([*w.NAMES, *(f"The {noun}" for noun in w.NOUNS[-16:])])
    style = rng.randrange(4)
    verb = "asked" if style == 0 else rng.choice(("said", "cried", "answered"))
    sentence, end = f"he {rng.choice(w.NOUNS)} is {rng.choice(w.STATES)}", rng.choice(("", "\n"))
    prompt, answer, tail = (
        (f'{speaker} asked, "Is t{sentence.replace(" is ", " ")}', '?"', end),
        (f"{speaker} {verb},", ' "', f'T{sentence}."{end}'),
        (f'{speaker} {verb}, "T{sentence}', '."', end),
        (f"{speaker} {verb} that t{sentence}", ".", end),
    )[style]
    return Drill("quotes", prompt, answer, f"quotes {speaker} {verb}", tail, may_lower=style == 3)


SAMPLERS: dict[str, Callable[[random.Random], Drill]] = {
    "capital": capital,
    "opposite": opposite,
    "sequence": sequence,
    "repeat": repeat,
    "induction": induction,
    "indirect_object": indirect_object,
    "sum": sum_of_two,
    "agreement": agreement,
    "quotes": quotes,
}
