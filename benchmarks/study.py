"""Measure a study's prompts per minute: in this process, and on Ray with two workers of one core each.

    python -m benchmarks.study [--tokens 16 64] [--prompts 128] [--repeats 3]

Prompts are held-out prose, cut to an exact number of the model's tokens, with all baselines and with none. Engines take
turns. The Ray cluster is started once, but each study on it starts new workers and loads the model, so the time to the
first chunk is shown separately and the rate counts from there. The same holds in this process, where the time to the
first batch includes loading. Tables show medians.
"""

import argparse
import gzip
import os
import statistics
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

from strace_core import LoadedModel, load_model, tokenize
from strace_core.study import Chunk, Engine, StudyPrompt, StudySettings, local_engine, ray_engine
from strace_core.study.ray_cluster import connected
from strace_core.study.run import CHUNK
from strace_core.study.schema import STUDY_BASELINES

PROSE = Path(__file__).parents[1] / "assets" / "text" / "fairy_tales_pd.heldout.txt.gz"
MODELS = ("demo-llama", "demo-gpt2")
N_WORKERS = 2


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", nargs="+", type=int, default=[16, 64])
    parser.add_argument("--prompts", type=int, default=128, help="number of prompts per length (%(default)s)")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, {torch.get_num_threads()} threads, medians of {arguments.repeats} rounds")
    started = time.perf_counter()
    with connected(None):
        print(f"\nThe cluster starts in {time.perf_counter() - started:.1f} s.", end="\n\n", flush=True)
        for line in rates(arguments.tokens, arguments.prompts, arguments.repeats):
            print(line, flush=True)


def rates(lengths: Iterable[int], n_prompts: int, repeats: int) -> Iterable[str]:
    """Yield table lines: one row per model, length and choice of baselines."""
    engines = (local_engine, ray_engine(None, n_workers=N_WORKERS, cpus_each=1, gpus_each=0))
    yield f"| model | tokens | baselines | local, /min | Ray x{N_WORKERS}, /min | ratio | local, first | Ray, first |"
    yield "|---|---:|---|---:|---:|---:|---:|---:|"
    for name in MODELS:
        model = load_model(name)
        for n_tokens in lengths:
            prompts = some_prompts(model, n_tokens, n_prompts)
            for baselines in (STUDY_BASELINES, ()):
                settings = StudySettings(models=(name,), baselines=baselines)
                rounds = [[measured(engine, settings, prompts) for engine in engines] for _ in range(repeats)]
                (first, local), (ray_first, ray) = (
                    [statistics.median(values) for values in zip(*times, strict=True)]
                    for times in zip(*rounds, strict=True)
                )
                ratio = statistics.median(on_ray[1] / here[1] for here, on_ray in rounds)
                columns = f"{local:.0f} | {ray:.0f} | {ratio:.2f} | {first:.1f} s | {ray_first:.1f} s"
                yield f"| {name} | {n_tokens} | {'all' if baselines else 'none'} | {columns} |"


def measured(engine: Engine, settings: StudySettings, prompts: Sequence[StudyPrompt]) -> tuple[float, float]:
    """Seconds to the first runs, and prompts per minute after them."""
    chunks = [
        Chunk(settings.models[0], "l1", "best-first", tuple(prompts[start : start + CHUNK]))
        for start in range(0, len(prompts), CHUNK)
    ]
    started, counts, times = time.perf_counter(), [], []
    for runs in engine(settings, chunks):
        assert all(run.error is None for run in runs), runs[0].error
        counts.append(len(runs))
        times.append(time.perf_counter())
    return times[0] - started, 60 * sum(counts[1:]) / (times[-1] - times[0])


def some_prompts(model: LoadedModel, n_tokens: int, n_prompts: int) -> list[StudyPrompt]:
    """Distinct passages of prose that tokenize to exactly ``n_tokens``."""
    ids = model.tokenizer(gzip.decompress(PROSE.read_bytes()).decode()[:400_000], add_special_tokens=False)["input_ids"]
    found: list[StudyPrompt] = []
    for start in range(0, len(ids), n_tokens):
        for end in range(start + n_tokens, start, -1):  # a tokenizer may prepend a token
            text = model.tokenizer.decode(ids[start:end])
            if text.strip() and len(tokenize(model, text)) == n_tokens:
                found.append(StudyPrompt(str(len(found)), text))
                break
        if len(found) == n_prompts:
            return found
    raise SystemExit(f"not enough prose for {n_prompts} prompts of {n_tokens} tokens")


if __name__ == "__main__":
    main()
