"""Text or token ids -> Prompt: the tokens that the model reads, each with a printable text."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from numbers import Integral
from typing import TYPE_CHECKING

from strace_core.errors import PositionError, PromptError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase as Tokenizer


@dataclass(frozen=True)
class Prompt:
    """A tokenised prompt.

    Attributes:
        text: The original text, or None for a prompt given as token ids.
        token_ids: Ids of the tokens, special tokens included.
        token_texts: A printable text for each token.
    """

    text: str | None
    token_ids: tuple[int, ...]
    token_texts: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of tokens."""
        return len(self.token_ids)

    def up_to(self, position: int) -> "Prompt":
        """Return the prompt truncated after ``position``, which must be non-negative."""
        return Prompt(self.text, self.token_ids[: position + 1], self.token_texts[: position + 1])


def make_prompt(
    prompt: str | Sequence[int], tokenizer: "Tokenizer | None", *, d_vocab: int, max_context: int
) -> Prompt:
    """Tokenise text with the tokenizer's defaults, special tokens included, or check a sequence of token ids.

    Args:
        prompt: Text or token ids.
        tokenizer: The model's tokenizer; None if it has none, in which case the prompt must be token ids.
        d_vocab: Size of the vocabulary.
        max_context: The most tokens that the model can read.

    Raises:
        PromptError: The prompt is blank, too long, not valid Unicode, contains control characters or ids outside the
            vocabulary, or is text for a model without a tokenizer.
    """
    if isinstance(prompt, str):
        token_ids = _encode(prompt, tokenizer)
    else:
        token_ids = checked_ids(prompt, d_vocab)
    if len(token_ids) > max_context:
        raise PromptError(
            f"the prompt has {len(token_ids):,} tokens, but the model reads at most {max_context:,}; shorten it."
        )
    texts = tuple(token_text(tokenizer, token_id) for token_id in token_ids)
    return Prompt(prompt if isinstance(prompt, str) else None, token_ids, texts)


def checked_ids(token_ids: Sequence[int], d_vocab: int) -> tuple[int, ...]:
    """Return the ids as integers.

    Raises:
        PromptError: There are none, or one is not in the vocabulary.
    """
    try:
        ids = tuple(token_ids)
    except TypeError:
        raise PromptError(
            f"the prompt {token_ids!r} is neither text nor a sequence of ids; give one or the other."
        ) from None
    if not ids:
        raise PromptError("the prompt has no token ids; give at least one.")
    for index, token_id in enumerate(ids):
        if not isinstance(token_id, Integral) or isinstance(token_id, bool) or not 0 <= token_id < d_vocab:
            raise PromptError(
                f"token id {token_id!r} at index {index} is not in the vocabulary; use integers 0 to {d_vocab - 1}."
            )
    return tuple(int(token_id) for token_id in ids)


def token_of_text(text: str, tokenizer: "Tokenizer | None") -> int:
    """Return the id of the token whose text is exactly ``text``, leading space included.

    Raises:
        PromptError: The text is not a single token, or the model has no tokenizer.
    """
    if tokenizer is None:
        raise PromptError(f"the model has no tokenizer, so {_shortened(text)} is not a token; give a token id instead.")
    ids = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    if len(ids) != 1:
        parts = [token_text(tokenizer, token_id) for token_id in ids]
        raise PromptError(
            f"{_shortened(text)} is {len(ids)} tokens ({parts}), not one; give the text of a single token, such as a "
            "word with its leading space, or a token id."
        )
    return int(ids[0])


def resolve_position(position: int, n_tokens: int) -> int:
    """Return a token position as a non-negative index; negative positions count from the end.

    Raises:
        PositionError: The position is not a token of the prompt.
    """
    if not isinstance(position, Integral) or isinstance(position, bool):
        raise PositionError(f"position {position!r} is not an integer; use 0 to {n_tokens - 1}, or -1 for the last.")
    if not -n_tokens <= position < n_tokens:
        raise PositionError(
            f"position {position} is outside the prompt of {n_tokens} tokens; "
            f"use 0 to {n_tokens - 1}, or -{n_tokens} to -1 from the end."
        )
    return int(position) % n_tokens


def token_text(tokenizer: "Tokenizer | None", token_id: int) -> str:
    """Return a printable text for a token id.

    Bytes that are not a complete character appear as <0xE2>, ids without a text as #17.
    """
    token = None if tokenizer is None else tokenizer.convert_ids_to_tokens([token_id])[0]
    if tokenizer is None or token is None:
        return f"#{token_id}"
    text = str(tokenizer.decode([token_id], clean_up_tokenization_spaces=False))
    if token.startswith("▁") and not text.startswith(" "):
        text = " " + text  # SentencePiece drops the leading space of a first word when decoding
    if "\N{REPLACEMENT CHARACTER}" in text:
        return _byte_text(token)
    return text


def _encode(text: str, tokenizer: "Tokenizer | None") -> tuple[int, ...]:
    if not text.strip():
        raise PromptError(f"the prompt {text!r} is empty; enter at least one word.")
    for index, character in enumerate(text):
        if unicodedata.category(character) in ("Cs", "Cc") and character not in "\t\n\r":
            raise PromptError(
                f"the prompt contains U+{ord(character):04X} at character {index}, "
                "a control character or half of a surrogate pair; remove it."
            )
    if tokenizer is None:
        raise PromptError(
            f"the model has no tokenizer, so it cannot read the text {_shortened(text)}; give token ids instead."
        )
    token_ids = tuple(tokenizer(text, verbose=False)["input_ids"])
    if not token_ids:
        raise PromptError(f"the tokenizer turned {_shortened(text)} into no tokens; enter at least one word.")
    return token_ids


def _byte_text(token: str) -> str:
    """Spell out the bytes of a partial character; byte-level tokenizers write each byte as a printable character."""
    if not all(character in _byte_of_character() for character in token):
        return token
    return "".join(f"<0x{_byte_of_character()[character]:02X}>" for character in token)


@cache
def _byte_of_character() -> dict[str, int]:
    """GPT-2's byte table: printable bytes map to themselves, the others to the characters from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(others)}


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")
