"""Prompts to start from, in groups, each with what to look for."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """A prompt under a short name, and a sentence on what to look for."""

    name: str
    prompt: str
    look_for: str


PRESET_GROUPS: Mapping[str, tuple[Preset, ...]] = {
    "Facts": (
        Preset(
            "Capital",
            "The capital of France is",
            "A fact: the answer needs the country, so watch for the first edges that leave its column.",
        ),
        Preset(
            "Opposite",
            "The opposite of hot is",
            "A word pair: which block turns hot into cold? Click along the last column's residual stream to see.",
        ),
    ),
    "Sequences": (
        Preset(
            "Weekdays",
            "Monday, Tuesday, Wednesday,",
            "A learned order, and not from the last day alone: edges reach into every column before Thursday comes.",
        ),
        Preset(
            "Counting",
            "one, two, three, four,",
            "The same in numbers: again every column takes part, and it takes more edges than the days did.",
        ),
        Preset(
            "Sum",
            "3 + 4 =",
            "Both numbers have to reach the last column: watch which heads carry them there.",
        ),
    ),
    "Copying": (
        Preset(
            "Letters",
            "A K T B A K T",
            "Random letters: only copying what came after the earlier T can help.",
        ),
        Preset(
            "Animals",
            "red dog, blue cat; red dog, blue",
            "The phrase repeats: heads that look back to the word after the earlier blue carry the answer.",
        ),
    ),
    "Names": (
        Preset(
            "Giver",
            "When Mary and John went to the shop, John gave the book to",
            "The answer is the name that is said once: the heads must tell the two names apart.",
        ),
        Preset(
            "Giver, turned",
            "When Tom and Anna went to the park, Anna gave the ball to",
            "The same with other names: in the tab Compare, see whether the same heads do it.",
        ),
    ),
    "Grammar": (
        Preset(
            "Plural",
            "The dogs near the park",
            "The verb agrees with the dogs, not with the park in between.",
        ),
        Preset(
            "Singular",
            "The dog near the parks",
            "Now one dog near many parks: the model hesitates, and the answer comes into focus later.",
        ),
    ),
    "Stories": (
        Preset(
            "Once upon",
            "Once upon a time there was a",
            "A known opening with many endings: the first edges already tell the kind of word.",
        ),
        Preset(
            "Old king",
            "The old king said to his",
            "Somebody of the family: the likeliest words change order again and again while edges come in.",
        ),
    ),
    "Uncertain": (
        Preset(
            "Door",
            "He opened the door and saw a",
            "Almost anything could follow: such a prediction comes into focus slowly, it does not snap into place.",
        ),
        Preset(
            "Weather",
            "The weather was very",
            "A small model has seen little weather: it is unsure, and needs many edges to be unsure in the right way.",
        ),
    ),
}
"""Presets by group, in the order of the page."""

PRESETS = tuple(preset for group in PRESET_GROUPS.values() for preset in group)

DEFAULT_PRESET = PRESETS[0]

PASSAGE = (
    'Once upon a time there was a king who had three sons. The eldest said to his father, "I will go out into the '
    'world and seek my fortune." So the king gave him a horse and a purse of gold, and he rode away into the forest.'
)
"""A passage to measure the density of."""


def preset_of(prompt: str) -> Preset | None:
    """The preset with this prompt, if there is one."""
    return next((preset for preset in PRESETS if preset.prompt == prompt), None)
