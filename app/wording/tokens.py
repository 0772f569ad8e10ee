"""How tokens are written: one visible line each, alone, in a sentence or in a list."""

import unicodedata

import pandas as pd


def token_label(text: str, max_length: int | None = None) -> str:
    """Return a token as one visible line: leading spaces as ·, line breaks as ⏎, control characters as symbols.

    A label longer than ``max_length`` is cut and ends in an ellipsis.
    """
    stripped = text.lstrip(" ")
    label = "·" * (len(text) - len(stripped)) + "".join(map(_visible, stripped)) or "∅"
    return label if max_length is None or len(label) <= max_length else label[: max_length - 1] + "…"


def spoken_token(text: str) -> str:
    """Return a token for use in a sentence: without surrounding spaces, unless it is nothing but spaces."""
    return token_label(text.strip(" ") or text)


def listed_tokens(tops: pd.DataFrame) -> str:
    """Return top tokens with their probabilities, as a list in a sentence."""
    return ", ".join(f"{spoken_token(row.text)} {row.probability:.2f}" for row in tops.itertuples())


def _visible(character: str) -> str:
    if character in "\n\r":
        return "⏎"
    if character == "\t":
        return "⇥"
    if ord(character) < 0x20:
        return chr(0x2400 + ord(character))
    if unicodedata.category(character) in ("Cc", "Cf", "Cs") and character not in "\u200c\u200d":
        return "\N{REPLACEMENT CHARACTER}"
    return character
