"""Prompts to start from, each with what to look for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """A prompt under a short name, and a sentence on what to look for."""

    name: str
    prompt: str
    look_for: str


PRESETS = (
    Preset(
        "Capital",
        "The capital of France is",
        "A fact: the answer needs the country, so watch for the first edges that leave its column.",
    ),
    Preset(
        "Giver and receiver",
        "When Mary and John went to the shop, John gave the book to",
        "The answer is the name that is said once: the heads must tell the two names apart.",
    ),
    Preset(
        "Repetition",
        "A K T B A K T",
        "Random letters: only copying what came after the earlier T can help.",
    ),
    Preset(
        "Sequence",
        "Monday, Tuesday, Wednesday,",
        "A learned order: the last day alone is nearly enough.",
    ),
    Preset(
        "Agreement",
        "The dogs near the park",
        "The verb agrees with the dogs, not with the park in between.",
    ),
    Preset(
        "Sum",
        "3 + 4 =",
        "Both numbers have to reach the last column: watch which heads carry them there.",
    ),
    Preset(
        "Story",
        "The old king said to his",
        "Many words could follow: such predictions come into focus slowly.",
    ),
)

DEFAULT_PRESET = PRESETS[0]


def preset_of(prompt: str) -> Preset | None:
    """The preset with this prompt, if there is one."""
    return next((preset for preset in PRESETS if preset.prompt == prompt), None)
