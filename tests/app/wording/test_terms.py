import re
from pathlib import Path

from strace_explorer.wording.terms import glossary_text

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "glossary.md"
LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")


def test_the_page_has_the_glossary_of_the_documentation_without_links_to_other_documents() -> None:
    text, document = glossary_text(), DOCUMENT.read_text(encoding="utf-8")
    assert re.findall("^#.*", text, re.MULTILINE) == re.findall("^#.*", document, re.MULTILINE)
    kept, written = LINK.findall(text), LINK.findall(document)
    assert kept == [(words, target) for words, target in written if target.startswith("#")]
    assert len(kept) < len(written)
