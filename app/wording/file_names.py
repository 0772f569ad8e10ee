"""The names of files that are saved from the page."""

from strace_core import TraceResult

from .choices import BEST_FIRST

MAX_WORDS, MAX_NAME = 4, 40
"""Words of the prompt in a file's name, and characters in each part of it."""


def file_stem(result: TraceResult) -> str:
    """Return the start of a file's name: model, first words of the prompt, and the search if it is not the paper's.

    It consists of letters, digits, hyphens and underscores only.
    """
    words = "".join(result.prompt.token_texts).split()[:MAX_WORDS]
    model = result.spec.name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    search = result.settings.search
    other = [] if search == BEST_FIRST else [plain_name(search)]
    return "_".join([plain_name(model) or "model", plain_name(" ".join(words)) or "prompt", *other])


def plain_name(text: str) -> str:
    """Reduce text to letters and digits of any script, with hyphens between words."""
    signs = "".join(sign.lower() if sign.isalnum() else " " for sign in text)
    return "-".join(signs.split())[:MAX_NAME].strip("-")
