"""How tokens are written: one visible line each, alone or in a sentence."""

import unicodedata


def token_label(text: str, max_length: int | None = None) -> str:
    """A token as one visible line: leading spaces as ·, line breaks as ⏎, control characters as pictures.

    Cut to ``max_length`` characters with an ellipsis.
    """
    stripped = text.lstrip(" ")
    label = "·" * (len(text) - len(stripped)) + "".join(map(_visible, stripped)) or "∅"
    return label if max_length is None or len(label) <= max_length else label[: max_length - 1] + "…"


def spoken_token(text: str) -> str:
    """A token inside a sentence: without the spaces around it, where anything is left."""
    return token_label(text.strip(" ") or text)


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
