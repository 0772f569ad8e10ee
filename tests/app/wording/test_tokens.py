import pandas as pd
import pytest

from strace_explorer.wording.tokens import listed_tokens, spoken_token, token_label


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


def test_top_tokens_are_listed_with_their_probabilities() -> None:
    tops = pd.DataFrame({"text": [" Paris", "\n"], "probability": [0.625, 0.1]})
    assert listed_tokens(tops) == "Paris 0.62, ⏎ 0.10"
