"""Make the studies that ship with the explorer: their prompts, runs and tables.

    python -m scripts.shipped_study                   # assets/study: best-first search
    python -m scripts.shipped_study --search guided   # assets/study_guided: the trained models, without baselines

Prompts are held-out drills, drills after a sentence of prose, held-out prose cut to 6 to 96 tokens, and corrupted
prose. Prompts and studies are reproducible. If interrupted, the same command resumes.
"""

import argparse
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from scripts.demo_models import corpus, drills
from strace_core.search import GUIDED, SEARCHES
from strace_core.study import StudyPrompt, StudySettings, run_study, twin
from strace_core.trace.trace import BEST_FIRST

ASSETS = Path(__file__).resolve().parents[1] / "assets"
TRAINED = ("demo-llama", "demo-gpt2")
MODELS = (*TRAINED, *map(twin, TRAINED))
SETTINGS = {
    BEST_FIRST: StudySettings(MODELS),
    GUIDED: StudySettings(TRAINED, searches=(GUIDED,), baselines=()),
}
"""Settings of each search's study."""
FOLDERS = {BEST_FIRST: ASSETS / "study", GUIDED: ASSETS / "study_guided"}
SEED = 11

DRILLS_PER_KIND = 20
LENGTHS = (6, 8, 12, 16, 24, 32, 48, 64, 96)
"""Tokens of the prose prompts, ``<|bos|>`` included."""
PROMPTS_PER_LENGTH = 20
AFTER_PROSE = 60
"""Number of drills after a sentence of prose."""
CORRUPTED = 10
"""Prose prompts of each length that are also corrupted, in two ways."""
REPLACED_SHARE = 0.3
"""Share of words replaced in the first way of corruption."""

PREFIX_CHARACTERS = (20, 90)


def study_prompts(seed: int = SEED) -> list[StudyPrompt]:
    """All prompts, kind by kind."""
    tokenizer = AutoTokenizer.from_pretrained(ASSETS / "models" / "demo-llama", local_files_only=True)
    documents = [document.split("\n") for part in corpus.read_sample(ASSETS / "text").values() for document in part]
    rng = random.Random(seed)
    asked = [
        StudyPrompt(f"{kind} {number}", drill.prompt, drill.answer, f"drill: {kind.replace('_', ' ')}")
        for kind in drills.KINDS
        for number, drill in enumerate(drills.held_out_drills(kind, DRILLS_PER_KIND, seed), 1)
    ]
    prose = list(_prose(tokenizer, documents, rng))
    return [*asked, *_after_prose(asked, documents, rng), *prose, *_corrupted(prose, documents, rng)]


def _after_prose(asked: list[StudyPrompt], documents: list[list[str]], rng: random.Random) -> Iterator[StudyPrompt]:
    """Drills with a sentence of prose in front."""
    least, most = PREFIX_CHARACTERS
    sentences = [s for document in documents for _, s in corpus.sentences(document) if least < len(s) < most]
    for prompt in rng.sample(asked, AFTER_PROSE):
        text = f"{rng.choice(sentences)} {prompt.text}"
        yield StudyPrompt(f"{prompt.id} after prose", text, prompt.target, "drill after prose")


def _prose(tokenizer: PreTrainedTokenizerFast, documents: list[list[str]], rng: random.Random) -> Iterator[StudyPrompt]:
    """Passages that start at a sentence and end anywhere, with the following token as target."""
    for length in LENGTHS:
        found = 0
        while found < PROMPTS_PER_LENGTH:
            sentences = corpus.sentences(rng.choice(documents))
            passage = "".join(joint + s for joint, s in sentences[rng.randrange(len(sentences)) :]).strip()
            ids = tokenizer(passage, verbose=False)["input_ids"][: length + 1]
            text, target = tokenizer.decode(ids[1:length]), tokenizer.decode(ids[length:])
            if len(ids) == length + 1 and tokenizer(text + target)["input_ids"] == ids and text.strip() == text:
                found += 1
                yield StudyPrompt(f"prose {length} {found}", text, target, "prose")


def _corrupted(prose: list[StudyPrompt], documents: list[list[str]], rng: random.Random) -> Iterator[StudyPrompt]:
    """Prose with some words replaced, and with all words shuffled."""
    words = [word for document in documents for word in re.findall(r"\w+", " ".join(document))]
    chosen = [prompt for prompt in prose if int(prompt.id.split()[2]) <= CORRUPTED]

    def other(word: re.Match[str]) -> str:
        return rng.choice(words) if rng.random() < REPLACED_SHARE else word[0]

    for prompt in chosen:
        text = re.sub(r"\w+", other, prompt.text)
        yield StudyPrompt(f"{prompt.id} corrupted", text, prompt.target, "prose, words replaced")
    for prompt in chosen:
        mixed = prompt.text.split()
        rng.shuffle(mixed)
        yield StudyPrompt(f"{prompt.id} shuffled", " ".join(mixed), prompt.target, "prose, words shuffled")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--search", choices=SEARCHES, default=BEST_FIRST)
    parser.add_argument(
        "--prompts", type=int, help="use only this many prompts, spread over the kinds, as a quick check"
    )
    parser.add_argument("--work", type=Path, help="folder of the study in progress (.study or .study_guided)")
    parser.add_argument("--out", type=Path, help="folder for its tables (default: the one in assets)")
    args = parser.parse_args()
    settings, out = SETTINGS[args.search], args.out or FOLDERS[args.search]
    work = args.work or Path(f".{FOLDERS[args.search].name}")
    prompts = study_prompts()
    prompts = prompts[:: len(prompts) // args.prompts] if args.prompts else prompts
    with tqdm(total=len(settings.models) * len(prompts), unit="run") as bar:
        run_study(prompts, settings, work, on_progress=lambda p: bar.update(p.done - bar.n))
    out.mkdir(exist_ok=True)
    for name in ("study.json", "runs.parquet", "sizes.parquet"):
        shutil.copyfile(work / name, out / name)


if __name__ == "__main__":
    main()
