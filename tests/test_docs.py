"""The documents: links lead somewhere, and every public name has its line on an API page."""

import re
from pathlib import Path

import pytest

from tests.structure_rules import exported_names

ROOT = Path(__file__).resolve().parents[1]
GLOSSARY_LINK = re.compile(r"glossary(?:\.md|\.html|/)?#([a-z0-9-]+)")
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)\s]*)?\)|(?:src|srcset)=\"([^\"]+)\"")


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}


def test_links_to_the_glossary_name_terms_that_it_has() -> None:
    anchors = _anchors((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))
    assert "total-variation-tv" in anchors
    sources = [*ROOT.glob("app/**/*.py"), *ROOT.glob("app/**/*.js"), *ROOT.glob("docs/*.md")]
    used = {name for path in sources for name in GLOSSARY_LINK.findall(path.read_text(encoding="utf-8"))}
    assert used
    assert used <= anchors


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_of_the_documents_outside_the_site_lead_to_files(name: str) -> None:
    found = [one or other for one, other in LINK.findall((ROOT / name).read_text(encoding="utf-8"))]
    assert found
    assert [path for path in found if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("package", ["strace_core", "strace_core.study"])
def test_every_public_name_is_on_an_api_page(package: str) -> None:
    stub = ROOT / package.replace(".", "/") / "__init__.pyi"
    pages = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "api").glob("*.md"))
    documented = set(re.findall(rf"^::: {re.escape(package)}\.(\w+)$", pages, re.MULTILINE))
    assert documented == exported_names(stub.read_text(encoding="utf-8")) - {"study", "__version__"}
