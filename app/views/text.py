"""Text that the page must show as it is."""

import re


def plain_markdown(text: str) -> str:
    """Markdown that reads as ``text``: punctuation loses its meaning, so no link, image or formula can come of it."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
