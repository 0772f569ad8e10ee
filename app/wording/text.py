"""Text that the page must show as it is, and sizes as words."""

import re


def sentence(error: Exception | str) -> str:
    """An error's message as a sentence of its own."""
    message = str(error)
    return message[:1].upper() + message[1:]


def plain_markdown(text: str) -> str:
    """Markdown that reads as ``text``: punctuation loses its meaning, so no link, image or formula can come of it."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def share_text(fraction: float) -> str:
    """A share as percent, to two digits that count."""
    percent = 100 * fraction
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.2g} %"


def size_text(n_edges: int, n_edges_full: int) -> str:
    """A number of edges and the share of all that it is: neither says enough alone."""
    return f"{n_edges:,} {'edge' if n_edges == 1 else 'edges'} ({share_text(n_edges / n_edges_full)})"
