"""Renders a model card from ``training.json`` and ``evaluation.json`` in the model's folder."""

import json
from pathlib import Path
from typing import Any

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

{tokens:,} tokens in steps of 4,096: 128 tokens a row in two steps of three, 512 in the third. Muon for
the blocks' matrices, AdamW for the rest; 100 steps of warm-up, and a learning rate that falls to
nothing in a straight line; bfloat16 autocast; no dropout. In a drill, what can be foretold weighs 2 in
the loss and the rest 0.3; prose weighs 1. Stored as float16.

{stages}

Stage 4 was tried with weight decays of 0.3 and 1 as well, for 8,000 steps; of those that kept every kind of drill above
97 %, the one with the lowest loss on held-out prose was taken.

```
python -m scripts.demo_models.prepare --corpus CORPUS --tokenizer assets/models/{name}
{commands}
python -m scripts.demo_models.evaluate assets/models/{name} --write
```

Given an empty folder, the first command trains a tokenizer as well; the shipped one is of an earlier wording of the
drills, so a new one comes out a little different.

## Held-out results

The last command measures these on the CPU, offline, and writes this card.

| drill | example | items | top-1 | mean probability | top-1 after a sentence of prose |
| --- | --- | ---: | ---: | ---: | ---: |
{rows}

No item was seen in training (of a sum, the same numbers the other way round were); the table's examples
show the kinds and may be among the trained ones.

Prompts that open with the word they ask about (`Peru's capital is`) are all trained and none is asked here: as the
first word of a text `Peru` is another token than after a space, which only they can teach. In the first two stages 16 %
of them were held out as well, so were 34 % of half of the sums instead of 25 %, and sums were drawn 20 times where they
are drawn 24 times since.

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


def _stage(number: int, stage: dict[str, Any]) -> str:
    """One stage of the training in words. A weight decay names its step if the run was stopped and resumed with it."""
    resumed = [f"{value:g} from step {start}" for start, value in stage["weight_decays"][1:]]
    decays = ", ".join([f"{stage['weight_decays'][0][1]:g}", *resumed])
    cores = f"{stage['threads']} CPU core{'s' if stage['threads'] > 1 else ''}, shared with other work"
    device = cores if stage["device"] == "CPU" else stage["device"]
    return (
        f"- Stage {number}: {stage['steps']:,} steps, seed {stage['seed']}, {100 * stage['drill_share']:.0f} % drills, "
        f"peak learning rate {stage['peak_learning_rate']:g} falling over the last {100 * stage['decay']:.0f} %, "
        f"weight decay {decays}; {stage['seconds'] / 60:.0f} minutes on {device}."
    )


def _command(number: int, stage: dict[str, Any], arch: str, name: str, last: bool) -> str:
    """The command of one stage; all but the last write to the work folder, from which the next goes on."""
    start = f" --start .train/{name}-{number - 1}" if number > 1 else ""
    out = f"assets/models/{name}" if last else f".train/{name}-{number}"
    tokenizer = f"--tokenizer assets/models/{name}"
    return (
        f"python -m scripts.demo_models.train --arch {arch} --corpus CORPUS {tokenizer}{start} \\\n"
        f"    --steps {stage['steps']} --drill-share {stage['drill_share']:g} --leading {stage['leading']} "
        f"--lr {stage['peak_learning_rate']:g} \\\n"
        f"    --decay {stage['decay']:g} --weight-decay {stage['weight_decays'][-1][1]:g} --seed {stage['seed']} "
        f"--out {out}"
    )


def _quoted(prompt: str, text: str) -> str:
    return "\n".join("> " + line for line in f"**{prompt}**{text}".split("\n"))


def render(folder: Path) -> str:
    """The card's text."""
    training = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    found = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    prose, stages = found["prose"], training["stages"]
    tokens = sum(stage["tokens"] for stage in stages)
    drilled = sum(stage["tokens"] * stage["drill_share"] for stage in stages) / tokens
    arch, name = training["architecture"], folder.name
    numbered = list(enumerate(stages, start=1))
    return TEMPLATE.format(
        name=name,
        about=ABOUT[arch],
        parameters=stages[-1]["parameters"],
        prose_percent=round(100 - 100 * drilled),
        drill_percent=round(100 * drilled),
        tokens=tokens,
        stages="\n".join(_stage(number, stage) for number, stage in numbered),
        commands="\n".join(
            _command(number, stage, arch, name, last=number == len(stages)) for number, stage in numbered
        ),
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
