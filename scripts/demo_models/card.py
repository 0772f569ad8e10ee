"""Renders a model card from ``training.json`` and ``evaluation.json`` in the model's folder."""

import json
from pathlib import Path

from . import drill_kinds, drills

KIND_EXAMPLES = {
    "capital": "`The capital of France is` -> ` Paris`",
    "opposite": "`The opposite of hot is` -> ` cold`",
    "sequence": "`Monday, Tuesday, Wednesday,` -> ` Thursday`",
    "repeat": "`red dog, blue cat; red dog, blue` -> ` cat`",
    "induction": "`A K T B A K T` -> ` B`",
    "indirect_object": "`When Mary and John went to the shop, John gave the book to` -> ` Mary`",
    "sum": "`3 + 4 =` -> ` 7`",
    "agreement": "`The dogs near the park` -> ` are`",
    "quotes": '`Mary said, "The dog is old` -> `."`',
}
ABOUT = {
    "llama": "A Llama (rotary positions, RMS norm, SwiGLU, 8 attention heads sharing 4 key/value heads)",
    "gpt2": "A GPT-2 (learned positions, layer norm, GELU, 8 attention heads)",
}
TEMPLATE = """# {name}

{about}, with {parameters:,} parameters in 6
blocks of width 256, a context of 512 tokens and a vocabulary of 4,096, trained from scratch on
children's books and drills. It exists to be looked into: small enough to trace on any computer, and
sure of its answer on prompts whose mechanism is known.

## Data

- Prose ({prose_percent} % of the tokens): fairy tales of many countries and children's classics of 1796
  to 1920, in the public domain, and about 700 picture-book stories of African Storybook and Pratham
  Books under CC BY, whose credits are in
  [../picture_books_ccby.ATTRIBUTION.tsv](../picture_books_ccby.ATTRIBUTION.tsv).
  About 2 % of each is held out and shipped in `assets/text`.
- Drills ({drill_percent} % of the tokens): short texts made by `scripts/demo_models/drills.py`, which also
  says what is held out of each kind and how.

The weights are under the project's licence; keep the credits with them.

## Training

{tokens:,} tokens ({steps:,} steps of 4,096; 128 tokens a row in two steps of three, 512 in the third),
seed {seed}; Muon for the blocks' matrices (weight decay {weight_decays}), AdamW for the rest, peak
learning rate {lr:g}, 100 steps of warm-up, a straight fall to nothing over the last {decay_percent} %;
bfloat16 autocast; no dropout. In a drill, what can be foretold weighs 2 in the loss and the rest 0.3;
prose weighs 1. It took {minutes:,} minutes on {device}. Stored as float16.

```
python -m scripts.demo_models.prepare --corpus CORPUS --tokenizer .train/tokenizer
python -m scripts.demo_models.train --arch {architecture} --corpus CORPUS --tokenizer .train/tokenizer \\
    --steps {steps} --drill-share {share:g} --lr {lr:g} --decay {decay:g} \\
    --weight-decay {last_weight_decay:g} --seed {seed} \\
    --out assets/models/{name}
python -m scripts.demo_models.evaluate assets/models/{name} --write
```

## Held-out results

The last command measures these on the CPU, offline, and writes this card.

| drill | example | items | top-1 | mean probability | top-1 after a sentence of prose |
| --- | --- | ---: | ---: | ---: | ---: |
{rows}

No item was seen in training (of a sum, the same numbers the other way round were); the table's examples
show the kinds and may be among the trained ones.

Held-out prose, {prose_tokens:,} tokens in windows of 512: loss **{loss:.3f}** nats a token, {bits:.3f}
bits a byte
({by_file}; tokens past position 256: {late:.3f}; unigram frequencies alone: {unigram:.3f}).

Greedy continuations:

{continuations}

## Use and limits

For studying how a small transformer comes to one next token, and for tests of tools that do so. It is no
source of facts: it knows the drills' capitals, opposites and sums up to {largest} + {largest}, writes
prose that holds together for a sentence or two, and carries the manners and prejudices of its old books.
English only. Begin every text with `<|bos|>`, as the tokenizer does.
"""


def _drill_rows(scores: dict[str, dict[str, float]]) -> str:
    rows = [
        f"| {kind} | {KIND_EXAMPLES[kind]} | {score['n']} | {score['top1']:.1%} | {score['probability']:.3f} "
        f"| {score['top1_after_a_sentence']:.1%} |"
        for kind, score in scores.items()
    ]
    return "\n".join(rows)


def _weight_decays(stretches: list[tuple[int, float]]) -> str:
    """The weight decay, and from which step on where the command was stopped and started again with another."""
    return ", ".join(f"{value:g} from step {start}" if start else f"{value:g}" for start, value in stretches)


def _quoted(prompt: str, text: str) -> str:
    return "\n".join("> " + line for line in f"**{prompt}**{text}".split("\n"))


def render(folder: Path) -> str:
    """The card's text."""
    training = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    found = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    prose = found["prose"]
    device = training["device"]
    if device == "CPU":
        device = (
            f"{training['threads']} CPU core{'s' if training['threads'] > 1 else ''}, shared with other work"
        )
    return TEMPLATE.format(
        name=folder.name,
        about=ABOUT[training["architecture"]],
        architecture=training["architecture"],
        parameters=training["parameters"],
        prose_percent=round(100 - 100 * training["drill_share"]),
        drill_percent=round(100 * training["drill_share"]),
        decay_percent=round(100 * training["decay"]),
        tokens=training["tokens_seen"],
        steps=training["steps"],
        seed=training["seed"],
        share=training["drill_share"],
        decay=training["decay"],
        weight_decays=_weight_decays(training["weight_decays"]),
        last_weight_decay=training["weight_decays"][-1][1],
        lr=training["peak_learning_rate"],
        minutes=round(training["seconds"] / 60),
        device=device,
        rows=_drill_rows({kind: found["drills"][kind] for kind in drills.KINDS}),
        prose_tokens=prose["tokens"],
        loss=prose["loss"],
        bits=prose["bits_per_byte"],
        by_file=", ".join(f"{name} {loss:.3f}" for name, loss in prose["loss_by_file"].items()),
        late=prose["loss_in_second_half_of_context"],
        unigram=prose["unigram_loss"],
        largest=drill_kinds.LARGEST_TERM,
        continuations="\n\n".join(_quoted(**each) for each in found["continuations"]),
    )
