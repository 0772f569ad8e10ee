"""Measure a demo model on held-out drills and prose, offline on the CPU, in a minute or two.

    python -m scripts.demo_models.evaluate assets/models/demo-llama

Prints the results as JSON. With ``--write`` it also saves them as ``evaluation.json`` in the model's folder and renders
the model card (``README.md``) from that file and ``training.json``.
"""

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from . import card, corpus, drills, models
from .tokenizer import CONTEXT

ASSETS = Path(__file__).resolve().parents[2] / "assets"
ITEMS_PER_KIND = 300
BATCH = 50
SEED = 1
CONTINUED = (
    "The capital of France is",
    "When Mary and John went to the shop, John gave the book to",
    "Once upon a time there was a little",
)
CONTINUED_TOKENS = 40
CHECKED_WINDOWS = 20
CHECKED_ITEMS = 60
PREFIX = "The old man went slowly down the hill and looked at the sea. "


@torch.no_grad()
def answer_scores(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, items: Sequence[tuple[str, str]]
) -> tuple[float, float]:
    """Top-1 accuracy over (prompt, answer) items, and the answers' mean probability."""
    first, probability = 0, 0.0
    for start in range(0, len(items), BATCH):
        part = items[start : start + BATCH]
        encoded = [tokenizer(prompt).input_ids for prompt, _ in part]
        longest = max(map(len, encoded))
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in encoded])
        last = torch.tensor([len(row) - 1 for row in encoded])
        logits = model(input_ids=ids, use_cache=False).logits[torch.arange(len(part)), last]
        wanted = torch.tensor([tokenizer(answer).input_ids[1] for _, answer in part])
        first += int((logits.argmax(-1) == wanted).sum())
        probability += float(logits.softmax(-1)[torch.arange(len(part)), wanted].sum())
    return first / len(items), probability / len(items)


def drill_scores(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, per_kind: int = ITEMS_PER_KIND
) -> dict[str, dict[str, float]]:
    """Scores by kind of drill: held-out items, top-1 accuracy, mean probability, accuracy after a sentence of prose.

    ``right_of_first_items`` counts correct answers among the first items, for the tests to re-check.
    """
    scores = {}
    for kind in drills.KINDS:
        items = [(drill.prompt, drill.answer) for drill in drills.held_out_drills(kind, per_kind, SEED)]
        top1, probability = answer_scores(model, tokenizer, items)
        after, _ = answer_scores(model, tokenizer, [(PREFIX + prompt, answer) for prompt, answer in items])
        scores[kind] = {
            "n": len(items),
            "top1": round(top1, 4),
            "probability": round(probability, 4),
            "top1_after_a_sentence": round(after, 4),
        }
        checked = items[:CHECKED_ITEMS]
        scores[kind]["right_of_first_items"] = round(answer_scores(model, tokenizer, checked)[0] * len(checked))
    return scores


def windows(tokenizer: PreTrainedTokenizerFast, documents: Sequence[str], length: int = CONTEXT) -> list[list[int]]:
    """Cut documents into windows of at most ``length`` tokens, each starting with ``<|bos|>``."""
    found = []
    for ids in tokenizer(list(documents), add_special_tokens=False, verbose=False)["input_ids"]:
        found += [[0, *ids[start : start + length - 1]] for start in range(0, len(ids), length - 1)]
    return found


@torch.no_grad()
def token_losses(model: PreTrainedModel, rows: Sequence[list[int]]) -> list[torch.Tensor]:
    """The loss of every token of each row, in nats, without ``<|bos|>``."""
    found = []
    for row in rows:
        ids = torch.tensor([row])
        logits = model(input_ids=ids, use_cache=False).logits[0, :-1]
        found.append(F.cross_entropy(logits.float(), ids[0, 1:], reduction="none"))
    return found


def prose_scores(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> dict[str, object]:
    """Losses on the shipped held-out prose: overall, by file, by position, and of unigram frequencies."""
    by_file, losses, unigram, size = {}, [], [], 0
    with np.load(ASSETS / "models" / "unigram_counts.npz") as stored:
        counts = torch.from_numpy(stored["counts"]).double() + 1
    surprise = -(counts / counts.sum()).log()
    for name, documents in corpus.read_sample(ASSETS / "text").items():
        rows = windows(tokenizer, documents)
        part = token_losses(model, rows)
        by_file[name] = round(float(torch.cat(part).mean()), 4)
        losses += part
        unigram += [surprise[torch.tensor(row[1:])] for row in rows]
        size += sum(len(document.encode()) for document in documents)
    every = torch.cat(losses)
    late = torch.cat([loss[CONTEXT // 2 :] for loss in losses])
    return {
        "tokens": len(every),
        "loss": round(float(every.mean()), 4),
        "bits_per_byte": round(float(every.double().sum()) / math.log(2) / size, 4),
        "loss_by_file": by_file,
        "loss_in_second_half_of_context": round(float(late.mean()), 4),
        "loss_of_first_windows": round(float(torch.cat(losses[:CHECKED_WINDOWS]).mean()), 4),
        "unigram_loss": round(float(torch.cat(unigram).mean()), 4),
    }


@torch.no_grad()
def continuation(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, prompt: str) -> str:
    """The model's greedy continuation of a prompt."""
    ids = tokenizer(prompt, return_tensors="pt")
    out = model.generate(**ids, max_new_tokens=CONTINUED_TOKENS, do_sample=False, pad_token_id=0)[0]
    return tokenizer.decode(out[ids.input_ids.shape[1] :], skip_special_tokens=True)


def evaluate(folder: Path) -> dict[str, object]:
    """Measure the model in a folder."""
    model, tokenizer = models.load(folder)
    return {
        "drills": drill_scores(model, tokenizer),
        "prose": prose_scores(model, tokenizer),
        "continuations": [{"prompt": prompt, "text": continuation(model, tokenizer, prompt)} for prompt in CONTINUED],
    }


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of the model")
    parser.add_argument("--write", action="store_true", help="write evaluation.json and README.md")
    args = parser.parse_args()
    found = json.dumps(evaluate(args.folder), indent=2, ensure_ascii=False)
    print(found)
    if args.write:
        (args.folder / "evaluation.json").write_text(found + "\n", encoding="utf-8")
        (args.folder / "README.md").write_text(card.render(args.folder), encoding="utf-8")


if __name__ == "__main__":
    main()
