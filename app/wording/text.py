"""Text that the page must show literally, and sizes in words."""

import re


def sentence(error: Exception | str) -> str:
    """Return an error's message as a sentence of its own."""
    return capitalised(str(error))


def capitalised(text: str) -> str:
    """Return the text with an upper-case first letter; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def plain_markdown(text: str) -> str:
    """Return Markdown that reads as ``text``, with all punctuation escaped: no link, image or formula can result."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def share_text(fraction: float) -> str:
    """Return a share in percent, to two significant digits."""
    percent = 100 * fraction
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.2g} %"


def size_text(n_edges: int, n_edges_full: int) -> str:
    """Return a number of edges with its share of all edges: neither says enough alone."""
    return f"{n_edges:,} {'edge' if n_edges == 1 else 'edges'} ({share_text(n_edges / n_edges_full)})"
