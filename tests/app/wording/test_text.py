import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strace_explorer.wording.text import plain_markdown, sentence, share_text, size_text


def test_an_error_becomes_a_sentence() -> None:
    assert sentence(ValueError("the prompt is empty; type one.")) == "The prompt is empty; type one."
    assert sentence(ValueError("")) == ""


@given(st.text(alphabet="a1!<>[](){}*_`#$:~|\\&+-.", max_size=30))
def test_plain_markdown_escapes_every_sign(text: str) -> None:
    escaped = plain_markdown(text)
    assert re.sub(r"\\(.)", r"\1", escaped) == text
    assert not re.search(r"(?<!\\)(\\\\)*[!<>\[\]*_`#$:~|&]", escaped.replace("\\\\", "")) or "\\" in text


@pytest.mark.parametrize(
    ("fraction", "text"), [(1, "100 %"), (0.314, "31 %"), (0.0314, "3.1 %"), (0.000123, "0.012 %"), (0, "0 %")]
)
def test_shares_have_two_significant_digits(fraction: float, text: str) -> None:
    assert share_text(fraction) == text


def test_sizes_are_told_as_number_and_share() -> None:
    assert size_text(958, 30_960) == "958 edges (3.1 %)"
    assert size_text(1, 4) == "1 edge (25 %)"
