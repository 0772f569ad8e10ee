"""Text that the page must show as it is."""

import re


def sentence(error: Exception) -> str:
    """An error's message as a sentence of its own."""
    message = str(error)
    return message[:1].upper() + message[1:]


def plain_markdown(text: str) -> str:
    """Markdown that reads as ``text``: punctuation loses its meaning, so no link, image or formula can come of it."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
