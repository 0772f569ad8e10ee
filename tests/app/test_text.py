import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strace_explorer.wording.text import plain_markdown, sentence
from strace_explorer.wording.tokens import spoken_token, token_label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (" Paris", "·Paris"),
        ("  x y", "··x y"),
        ("\n", "⏎"),
        ("\t", "⇥"),
        ("", "∅"),
        ("\x00", "␀"),
        ("\u202eabc", "�abc"),
        ("\ud83e", "�"),
        ("👩\u200d🚀", "👩\u200d🚀"),
    ],
)
def test_token_labels_are_visible(text: str, label: str) -> None:
    assert token_label(text) == label


def test_long_labels_are_cut() -> None:
    assert token_label(" internationalisation", 8) == "·intern…"
    assert token_label(" eightch", 8) == "·eightch"


def test_a_token_in_a_sentence_has_no_space_around_it() -> None:
    assert spoken_token(" Paris") == "Paris"
    assert spoken_token("  ") == "··"


def test_an_error_becomes_a_sentence() -> None:
    assert sentence(ValueError("the prompt is empty; type one.")) == "The prompt is empty; type one."
    assert sentence(ValueError("")) == ""


@given(st.text(alphabet="a1!<>[](){}*_`#$:~|\\&+-.", max_size=30))
def test_plain_markdown_escapes_every_sign(text: str) -> None:
    escaped = plain_markdown(text)
    assert re.sub(r"\\(.)", r"\1", escaped) == text
    assert not re.search(r"(?<!\\)(\\\\)*[!<>\[\]*_`#$:~|&]", escaped.replace("\\\\", "")) or "\\" in text
