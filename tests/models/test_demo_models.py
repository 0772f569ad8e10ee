"""Re-checks the shipped demo models, their cards, and the split between training and held-out drills."""

import json
import logging
import random
import re
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from scripts.demo_models import card, corpus, drill_kinds, drills, evaluate, models, words

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [ROOT / "assets/models/demo-llama", ROOT / "assets/models/demo-gpt2"]
# Right answers that another processor's rounding may change, of the items checked.
TOLERANCE = 1
ODD_TEXTS = [
    "",
    " ",
    "The  king\n\n\tsaid:  ",
    "\U0001f469\u200d\U0001f680 caf\u00e9 \u4f60\u597d \u202eabc\u0000",
    'He said, "No ."',
    "e\u0301\r\n",
]
both_models = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@cache
def loaded(folder: Path):
    return models.load(folder)


def facts(folder: Path, name: str):
    return json.loads((folder / name).read_text(encoding="utf-8"))


@both_models
def test_held_out_drills_are_answered_as_the_card_says(folder: Path) -> None:
    scores = evaluate.drill_scores(*loaded(folder), per_kind=evaluate.CHECKED_ITEMS)
    stated = facts(folder, "evaluation.json")["drills"]
    assert set(scores) == set(stated) == set(drills.KINDS)
    for kind, score in scores.items():
        assert score["n"] == evaluate.CHECKED_ITEMS, kind
        right = round(score["top1"] * score["n"])
        assert abs(right - stated[kind]["right_of_first_items"]) <= TOLERANCE, (kind, right, stated[kind])


@both_models
def test_held_out_prose_has_the_loss_in_the_card(folder: Path) -> None:
    model, tokenizer = loaded(folder)
    documents = next(iter(corpus.read_sample(ROOT / "assets/text").values()))
    windows = evaluate.windows(tokenizer, documents)[: evaluate.CHECKED_WINDOWS]
    assert all(window[0] == tokenizer.bos_token_id for window in windows)
    loss = float(torch.cat(evaluate.token_losses(model, windows)).mean())
    stated = facts(folder, "evaluation.json")["prose"]
    assert loss == pytest.approx(stated["loss_of_first_windows"], abs=0.005)
    assert loss < stated["unigram_loss"] - 2


@both_models
def test_greedy_continuations_are_those_in_the_card(folder: Path) -> None:
    stated = facts(folder, "evaluation.json")["continuations"]
    assert [each["prompt"] for each in stated] == list(evaluate.CONTINUED)
    for each in stated:
        assert evaluate.continuation(*loaded(folder), each["prompt"]) == each["text"]


@both_models
def test_card_is_rendered_from_the_measured_numbers(folder: Path) -> None:
    assert (folder / "README.md").read_text(encoding="utf-8") == card.render(folder)


@both_models
def test_loads_quietly_and_is_small_and_half_precision(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("transformers").addHandler(caplog.handler)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model, _ = models.load(folder)
    finally:
        logging.getLogger("transformers").removeHandler(caplog.handler)
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert model.dtype == torch.float32
    assert 3e6 <= sum(p.numel() for p in model.parameters()) <= 10e6
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 20e6
    with safe_open(folder / "model.safetensors", "pt") as stored:
        assert {stored.get_tensor(name).dtype for name in stored.keys()} == {torch.float16}  # noqa: SIM118


def test_the_models_share_one_tokenizer() -> None:
    first, second = ((folder / "tokenizer.json").read_bytes() for folder in FOLDERS)
    assert first == second


@both_models
@pytest.mark.parametrize("text", ODD_TEXTS)
def test_texts_come_back_from_the_tokenizer(folder: Path, text: str) -> None:
    _, tokenizer = loaded(folder)
    ids = tokenizer(text).input_ids
    assert ids[0] == tokenizer.bos_token_id == 0
    assert 0 not in ids[1:]
    assert tokenizer.decode(ids[1:]) == text


def test_every_answer_is_one_token() -> None:
    _, tokenizer = loaded(FOLDERS[0])
    answers = {f" {word}" for word in words.answer_words()}
    answers |= {answer for _, _, answer in drills.held_out_items(per_kind=100)}
    assert {answer for answer in answers if len(tokenizer(answer).input_ids) != 2} == set()


def test_held_out_items_are_fixed_by_the_seed() -> None:
    first = list(drills.held_out_items(per_kind=20, seed=5))
    assert first == list(drills.held_out_items(per_kind=20, seed=5))
    assert first != list(drills.held_out_items(per_kind=20, seed=6))
    assert [kind for kind, _, _ in first] == [kind for kind in drills.KINDS for _ in range(20)]


def test_no_held_out_prompt_begins_a_training_drill() -> None:
    rng = random.Random(0)
    for kind in drills.KINDS:
        trained = [drills.sample(kind, rng, held_out=False) for _ in range(3000)]
        texts = {drill.prompt + drill.answer for drill in trained}
        prompts = {drill.prompt for drill in drills.held_out_drills(kind, 300)}
        assert len(prompts) > 80, kind
        assert prompts.isdisjoint(drill.prompt for drill in trained), kind
        asked = tuple(prompt + mark for prompt in prompts for mark in (" ", ".", "?"))
        assert not any(text.startswith(asked) for text in texts), kind


def test_no_held_out_prompt_occurs_inside_a_training_document() -> None:
    rng = random.Random(1)
    documents = "\n\n".join(drills.training_document(rng, ()).text for _ in range(20_000))
    for kind in set(drills.KINDS) - {"sequence"}:  # longer runs pass over held-out ones
        for drill in drills.held_out_drills(kind, 60):
            place = documents.find(drill.prompt)
            while place >= 0 and documents[place - 1].isalnum():
                place = documents.find(drill.prompt, place + 1)
            assert place < 0, (kind, drill.prompt, documents[place - 20 : place + 80])


def test_a_held_out_sum_is_in_no_training_document_but_its_twin_is() -> None:
    rng = random.Random(2)
    documents = "\n".join(drills.training_document(rng, ()).text for _ in range(20_000))
    trained = {(int(one), int(other)) for one, other in re.findall(r"\b(\d+) \+ (\d+) =", documents)}
    held = set()
    for drill in drills.held_out_drills("sum", 300):
        if match := re.match(r"(\d+) \+ (\d+) =", drill.prompt):
            held.add((int(match[1]), int(match[2])))
    pairs = (drill_kinds.LARGEST_TERM + 1) ** 2
    assert len(trained) > 0.7 * pairs and len(held) > 0.1 * pairs
    assert trained.isdisjoint(held)
    assert {(other, one) for one, other in held} <= trained


def test_answers_of_the_drills_are_right() -> None:
    assert ("The capital of France is", " Paris") in asked("capital")
    for kind in ("induction", "repeat"):
        for prompt, answer in asked(kind):
            assert answer.strip() in re.split(r"[ ,;.!\n]+", prompt), (kind, prompt, answer)
    for prompt, answer in asked("sum"):
        if match := re.match(r"(\d+) \+ (\d+) =", prompt):
            assert int(answer) == int(match[1]) + int(match[2])
    for prompt, answer in asked("indirect_object"):
        names = re.findall(rf"\b({'|'.join(words.NAMES)})\b", prompt)
        assert len(names) == 3 and names.count(answer.strip()) == 1, (prompt, answer)


def asked(kind: str) -> set[tuple[str, str]]:
    """Many drills of a kind, trained and held out, as (prompt, answer)."""
    rng = random.Random(3)
    return {(drill.prompt, drill.answer) for drill in (drills.sample(kind, rng, i % 2 == 0) for i in range(4000))}


def test_unigram_counts_cover_the_vocabulary() -> None:
    _, tokenizer = loaded(FOLDERS[0])
    with np.load(ROOT / "assets/models/unigram_counts.npz") as stored:
        counts = stored["counts"]
    assert counts.shape == (len(tokenizer),) and counts.dtype == np.int64
    assert 2e6 < counts.sum() < 5e6
    comma, the = tokenizer(",").input_ids[1], tokenizer(" the").input_ids[1]
    assert set(np.argsort(counts)[-4:]) >= {comma, the}


def test_credits_name_every_picture_book_story() -> None:
    lines = (ROOT / "assets/models" / corpus.ATTRIBUTION).read_text(encoding="utf-8").splitlines()
    titles = {line.split(" | ")[0] for line in lines}
    stories = corpus.read_sample(ROOT / "assets/text")["picture_books_ccby"]
    assert len(lines) > 700 and len(stories) >= 10
    assert {story.split("\n")[0] for story in stories} <= titles


def test_the_sample_of_prose_is_small() -> None:
    assert sum(path.stat().st_size for path in (ROOT / "assets/text").glob("*.gz")) <= 150_000
