"""How tokens are written: one visible line each, alone, in a sentence, and as the strip of the prompt."""

import html
import unicodedata
from collections.abc import Sequence


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


def token_strip(texts: Sequence[str], answer: str) -> str:
    """HTML of a prompt's tokens in a row, and a few words about the model's answer after them; all text escaped."""
    tokens = "".join(f'<span role="listitem">{html.escape(token_label(text))}</span>' for text in texts)
    strip = f'<div class="token-strip" role="list" aria-label="Tokens of the prompt">{tokens}</div>'
    return f'<div class="reading">{strip}<b>{html.escape(answer)}</b></div>'


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
