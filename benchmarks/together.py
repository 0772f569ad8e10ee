"""Measure what tracing prompts as a batch saves: milliseconds per prompt, in batches and one by one.

    python -m benchmarks.together [--tokens 16 64] [--groups 1 4 16] [--repeats 5] [--device cpu]

Each round traces new random token sequences with trace_prompts, and then one by one with trace_prompt. The table shows
medians over rounds of the time per prompt and of the ratio within a round; last, the largest difference in TV and
logits between the two over all traces.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch

from strace_core import LoadedModel, TraceResult, bundled_models, load_model, trace_prompt, trace_prompts
from strace_core.study.schema import STUDY_BASELINES


def main() -> None:
    """Print one row per model, length, choice of baselines and batch size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", nargs="+", type=int, default=[16, 64])
    parser.add_argument("--groups", nargs="+", type=int, default=[1, 4, 16])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, {torch.get_num_threads()} threads, medians of {arguments.repeats} rounds\n")
    print("| model | tokens | baselines | prompts | batch | one by one | ratio | TV differs by | logits by |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name in bundled_models():
        model = load_model(name, device=arguments.device)
        for n_tokens in arguments.tokens:
            for baselines in ((), STUDY_BASELINES):
                for n_prompts in arguments.groups:
                    row = measured(model, n_tokens, n_prompts, baselines, arguments.repeats)
                    print(f"| {name} | {n_tokens} | {len(baselines)} | {n_prompts} | {row} |", flush=True)


def measured(model: LoadedModel, n_tokens: int, n_prompts: int, baselines: Sequence[str], repeats: int) -> str:
    """One row of the table."""
    generator = torch.Generator().manual_seed(n_tokens)
    rounds, tv, logits = [], 0.0, 0.0
    for number in range(repeats + 1):
        prompts = torch.randint(model.spec.d_vocab, (n_prompts, n_tokens), generator=generator).tolist()
        found, together = timed(lambda prompts=prompts: trace_prompts(model, prompts, baselines=baselines))
        alone, one_by_one = timed(
            lambda prompts=prompts: [trace_prompt(model, prompt, baselines=baselines) for prompt in prompts]
        )
        tv = max(tv, *(float(abs(a.curve["tv"] - b.curve["tv"]).max()) for a, b in zip(found, alone, strict=True)))
        logits = max(logits, *(float(np.abs(a.logits - b.logits).max()) for a, b in zip(found, alone, strict=True)))
        if number:  # the first round warms up
            rounds.append((1000 * together / n_prompts, 1000 * one_by_one / n_prompts))
    medians = [statistics.median(times) for times in zip(*rounds, strict=True)]
    ratio = statistics.median(a / b for a, b in rounds)
    return f"{medians[0]:.1f} ms | {medians[1]:.1f} ms | {ratio:.2f} | {tv:.1e} | {logits:.1e}"


def timed(work: Callable[[], list[TraceResult]]) -> tuple[list[TraceResult], float]:
    """A call's result, and its seconds."""
    started = time.perf_counter()
    return work(), time.perf_counter() - started


if __name__ == "__main__":
    main()
