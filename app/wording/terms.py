"""The glossary, as the page shows it. Help texts link to its terms."""

import re
from functools import cache
from pathlib import Path

_GLOSSARY = Path(__file__).with_name("glossary.md")
_LINK_TO_DOCUMENT = re.compile(r"\[([^\]]+)\]\([\w/]+\.md(?:#[\w-]*)?\)")


@cache
def glossary_text() -> str:
    """Return the glossary as Markdown. Links to other documents, which the page does not have, are plain text."""
    return _LINK_TO_DOCUMENT.sub(r"\1", _GLOSSARY.read_text(encoding="utf-8"))
