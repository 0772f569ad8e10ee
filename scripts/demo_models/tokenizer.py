"""Train the byte-level BPE tokenizer that both demo models share.

It is trained on the training prose and on many copies of each drill word, so that every drill answer becomes one token.
The folder loads with ``AutoTokenizer``; encoding prepends ``<|bos|>`` (id 0).
"""

import random
from collections.abc import Iterator

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from . import corpus, drills, words

VOCABULARY = 4096
BOS = "<|bos|>"
CONTEXT = 512
ANSWER_WEIGHT = 3000
SUBJECT_WEIGHT = 700
DRILL_DOCUMENTS = 20_000


def _texts(prose: list[corpus.Prose]) -> Iterator[str]:
    for part in prose:
        for document in part.train:
            yield "\n".join(document)
    rng = random.Random(11)
    for _ in range(DRILL_DOCUMENTS):
        yield drills.training_document(rng, ()).text
    for word in words.answer_words():
        yield f" {word}" * ANSWER_WEIGHT
    for word in words.subject_words():
        yield f" {word}" * SUBJECT_WEIGHT
    for word in [*words.WEEKDAYS, *words.MONTHS, *words.NAMES]:
        yield f"{word}\n" * SUBJECT_WEIGHT
    for mark in ('."', '?"', ',"', '!"'):
        yield f"a{mark} " * ANSWER_WEIGHT


def train(prose: list[corpus.Prose]) -> PreTrainedTokenizerFast:
    """Train the tokenizer and check what the drills require of it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[BOS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(prose), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", pair=f"{BOS} $A {BOS} $B", special_tokens=[(BOS, 0)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BOS,
        eos_token=BOS,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
    check(fast)
    return fast


def check(tokenizer: PreTrainedTokenizerFast) -> None:
    """Raise ValueError unless answers are single tokens and texts survive a round trip."""
    answers = {f" {word}" for word in words.answer_words()}
    rng = random.Random(12)
    answers |= {
        drills.sample(kind, rng, held).answer for kind in drills.KINDS for held in (True, False) for _ in range(200)
    }
    split = [answer for answer in sorted(answers) if len(tokenizer(answer).input_ids) != 2]
    if split:
        raise ValueError(f"answers that take more than one token: {split}")
    for text in ("", " a  b\n\n\tc ", "na\u00efve \U0001f600 \u4e2d\u6587 \u0000", 'He said, "No ."'):
        ids = tokenizer(text).input_ids
        if ids[0] != 0 or tokenizer.decode(ids[1:]) != text:
            raise ValueError(f"{text!r} does not survive a round trip through the tokenizer")
