"""Prompts to start from, in groups, each with a hint on what to look for."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """A prompt with a short name and a hint on what to look for."""

    name: str
    prompt: str
    look_for: str


PRESET_GROUPS: Mapping[str, tuple[Preset, ...]] = {
    "Facts": (
        Preset(
            "Capital",
            "The capital of France is",
            "A fact. The answer depends on the country: watch for the first edges that leave its column.",
        ),
        Preset(
            "Opposite",
            "The opposite of hot is",
            "A word pair. Which block turns hot into cold? Click up the last column's residual stream to find out.",
        ),
    ),
    "Sequences": (
        Preset(
            "Weekdays",
            "Monday, Tuesday, Wednesday,",
            "A learned order. The last day alone is not enough: edges reach every column before Thursday wins.",
        ),
        Preset(
            "Counting",
            "one, two, three, four,",
            "The same with numbers. Again every column takes part, and it takes more edges than the weekdays did.",
        ),
        Preset(
            "Sum",
            "3 + 4 =",
            "Both numbers have to reach the last column. Which heads carry them there?",
        ),
    ),
    "Copying": (
        Preset(
            "Letters",
            "A K T B A K T",
            "Random letters. The model can only copy what came after the earlier T: look for an induction head.",
        ),
        Preset(
            "Animals",
            "red dog, blue cat; red dog, blue",
            "A repeated phrase. Heads that attend to the word after the earlier blue carry the answer.",
        ),
    ),
    "Names": (
        Preset(
            "Giver",
            "When Mary and John went to the shop, John gave the book to",
            "Indirect object identification. The answer is the name said only once: heads must tell the two apart.",
        ),
        Preset(
            "Giver, turned",
            "When Tom and Anna went to the park, Anna gave the ball to",
            "The same with other names. Are the same heads at work? The tab Compare tells.",
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
            "Now one dog near several parks. The model is less certain, and it takes more edges to recover its answer.",
        ),
    ),
    "Stories": (
        Preset(
            "Once upon",
            "Once upon a time there was a",
            "A familiar opening with many continuations. A few edges already settle what kind of word comes next.",
        ),
        Preset(
            "Old king",
            "The old king said to his",
            "A member of the family, but which one? The top tokens keep changing places as edges are added.",
        ),
    ),
    "Uncertain": (
        Preset(
            "Door",
            "He opened the door and saw a",
            "Almost anything could follow. Such a prediction comes into focus gradually; it does not snap into place.",
        ),
        Preset(
            "Weather",
            "The weather was very",
            "A small model has read little about the weather. It takes many edges to be uncertain in the right way.",
        ),
    ),
}
"""Presets by group, in the order in which the page lists them."""

PRESETS = tuple(preset for group in PRESET_GROUPS.values() for preset in group)

DEFAULT_PRESET = PRESETS[0]

PASSAGE = (
    'Once upon a time there was a king who had three sons. The eldest said to his father, "I will go out into the '
    'world and seek my fortune." So the king gave him a horse and a purse of gold, and he rode away into the forest.'
)
"""A passage whose text density the page offers to measure."""


def preset_of(prompt: str) -> Preset | None:
    """Return the preset with this prompt, if there is one."""
    return next((preset for preset in PRESETS if preset.prompt == prompt), None)
