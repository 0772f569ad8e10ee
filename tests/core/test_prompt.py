import pytest
from hypothesis import given
from hypothesis import strategies as st

from strace_core import PositionError, PromptError, StraceError, load_model, tokenize
from strace_core.model.loaded import LoadedModel
from strace_core.prompt import make_prompt, resolve_position, token_text
from tests.core.tiny_models import D_VOCAB, tiny_model


@pytest.fixture(scope="module")
def demo() -> LoadedModel:
    return load_model("demo-llama")


def test_text_becomes_tokens_with_the_special_ones(demo: LoadedModel) -> None:
    prompt = tokenize(demo, "The capital of France is")
    assert prompt.text == "The capital of France is"
    assert prompt.token_ids[0] == demo.module.config.bos_token_id
    assert "".join(prompt.token_texts[1:]) == "The capital of France is"


def test_characters_split_over_tokens_are_shown_as_bytes(demo: LoadedModel) -> None:
    texts = tokenize(demo, "a 🦜").token_texts
    assert "\N{REPLACEMENT CHARACTER}" not in "".join(texts)
    shown_bytes = "".join(texts).replace(" ", "").split("a", 1)[1].replace("<0x", "").replace(">", "")
    assert bytes.fromhex(shown_bytes).decode() == "🦜"


class SentencePieceLike:
    """Decodes like a SentencePiece tokenizer: the space in front of a word is lost when it is decoded alone."""

    def __call__(self, text: str, *, verbose: bool) -> dict[str, list[int]]:
        return {"input_ids": [0, 1]}

    def decode(self, token_ids: list[int], *, clean_up_tokenization_spaces: bool) -> str:
        return {0: "the", 1: "cat"}[token_ids[0]]

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str | None]:
        return [{0: "▁the", 1: "cat"}.get(token_id) for token_id in ids]


def test_spaces_that_decoding_drops_are_kept() -> None:
    assert make_prompt("x", SentencePieceLike(), d_vocab=2, max_context=9).token_texts == (" the", "cat")


def test_ids_without_text_are_shown_as_numbers() -> None:
    assert token_text(SentencePieceLike(), 17) == "#17"
    assert make_prompt([3, 5], None, d_vocab=9, max_context=9).token_texts == ("#3", "#5")


@pytest.mark.parametrize(
    "text", ["<b>bold</b> &amp; </script>", "tabs\tand\nlines", "\u202eright to left", "👩‍🚀", "ﷺ"]
)
def test_any_proper_text_is_fine(demo: LoadedModel, text: str) -> None:
    prompt = tokenize(demo, text)
    assert demo.tokenizer is not None
    assert demo.tokenizer.decode(list(prompt.token_ids), skip_special_tokens=True) == text


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("", "the prompt '' is empty; enter at least one word"),
        ("  \n\t ", "is empty"),
        ("half \ud83d a parrot", r"U\+D83D at character 5"),
        ("bell\x07", r"U\+0007 at character 4"),
        ("nul\x00", r"U\+0000 at character 3"),
        ("word " * 3000, r"tokens and the model reads at most 512; shorten it"),
        ([], "no token ids"),
        ([0, 10**9], "token id 1000000000 at index 1 is not in the vocabulary; use integers 0 to"),
        ([-1], "token id -1 at index 0"),
        ([1.5], "token id 1.5"),
        (["The"], "token id 'The'"),
        ([True], "token id True"),
        (7, "neither text nor a sequence"),
        (None, "neither text nor a sequence"),
    ],
)
def test_bad_prompts_are_refused_with_value_limit_and_remedy(demo: LoadedModel, prompt: object, said: str) -> None:
    with pytest.raises(PromptError, match=said):
        tokenize(demo, prompt)  # type: ignore[arg-type]


def test_text_needs_a_tokenizer() -> None:
    with pytest.raises(PromptError, match="no tokenizer.*give token ids"):
        tokenize(tiny_model("llama"), "hello")
    assert len(tokenize(tiny_model("llama"), [1, 2, D_VOCAB - 1])) == 3


@pytest.mark.parametrize(("position", "index"), [(0, 0), (4, 4), (-1, 4), (-5, 0)])
def test_positions_count_from_either_end(position: int, index: int) -> None:
    assert resolve_position(position, 5) == index


@pytest.mark.parametrize("position", [5, -6, 10**20, 1.0, "0", None, True])
def test_positions_outside_the_prompt_are_refused(position: object) -> None:
    with pytest.raises(PositionError, match=rf"position {position!r} .*0 to 4"):
        resolve_position(position, 5)  # type: ignore[arg-type]


@given(st.text(max_size=40))
def test_any_text_gives_tokens_or_a_strace_error(text: str) -> None:
    try:
        prompt = tokenize(DEMO, text)
    except StraceError:
        return
    assert len(prompt) >= 2 and len(prompt.token_texts) == len(prompt)


DEMO = load_model("demo-llama")
