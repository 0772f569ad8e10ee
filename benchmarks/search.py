"""Compare guided with best-first search, prompt by prompt: how much lower the curve is, and how much longer it takes.

    python -m benchmarks.search [--models demo-llama demo-gpt2] [--prompts FILE] [--efforts 1] [--repeats 1]

The measure is the area under total variation (TV) over log10 of the size, from one path (2L edges, L in parallel
blocks) to the full graph; below one path no subgraph reaches the input. Every prompt is traced with both searches in
turn. Without a file, the prompts are 50 new ones made like those of the shipped study. Prints the mean area and its
change with a 95 % bootstrap interval over prompts, the ratio of the times, and mean TV at each of the paper's sizes;
with ``--rows`` also one row per prompt.
"""

import argparse
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from scripts.shipped_study import study_prompts
from strace_core import PAPER_FRACTIONS, SEARCHES, LoadedModel, TraceResult, load_model, trace_prompt
from strace_core.evaluate.density import area_over_log
from strace_core.study import Bootstrap, StudyPrompt, read_prompts

FRESH_SEED = 2027


@dataclass(frozen=True)
class Pair:
    """One prompt traced with both searches, and the seconds each took."""

    prompt: StudyPrompt
    traces: dict[str, TraceResult]
    seconds: dict[str, float]

    def area(self, search: str) -> float:
        """Area under the curve from the size of one path."""
        result = self.traces[search]
        n_path = result.layout.n_path_edges
        counts, tv = result.curve["n_edges"].to_numpy(), result.curve["tv"].to_numpy()
        return area_over_log(counts, tv, result.n_edges, n_path)

    def tv_at_paper_sizes(self, search: str) -> np.ndarray:
        """TV at each of the paper's relative sizes; each rounds down to an evaluated size."""
        result = self.traces[search]
        counts = np.floor(np.array(PAPER_FRACTIONS) * result.n_edges).astype(int)
        tv: np.ndarray = result.curve.set_index("n_edges")["tv"].loc[counts].to_numpy()
        return tv


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["demo-llama", "demo-gpt2"])
    parser.add_argument("--prompts", help="prompt file, as a study reads it")
    parser.add_argument(
        "--efforts", nargs="+", type=float, default=[1.0], help="guided-search efforts; 1 is the default"
    )
    parser.add_argument("--score", default="l1")
    parser.add_argument("--repeats", type=int, default=1, help="timed rounds per prompt; the fastest counts")
    parser.add_argument("--rows", action="store_true", help="also print one row per prompt")
    arguments = parser.parse_args()
    prompts = read_prompts(arguments.prompts) if arguments.prompts else fresh_prompts(50)
    print(f"{torch.get_num_threads()} threads, {len(prompts)} prompts")
    for name in arguments.models:
        model = load_model(name)
        trace_prompt(model, prompts[0].text, search="guided", effort=0.1)
        for effort in arguments.efforts:
            pairs = [traced(model, prompt, arguments.score, effort, arguments.repeats) for prompt in prompts]
            print(f"\n## {name}, effort {effort:g}\n")
            if arguments.rows:
                print(rows(pairs).to_string(index=False, float_format="%.3f"), end="\n\n")
            print("\n".join(summary(pairs)), flush=True)


def fresh_prompts(n_prompts: int) -> list[StudyPrompt]:
    """Prompts made like those of the shipped study, none of which is in it."""
    known = {prompt.text for prompt in study_prompts()}
    fresh = [prompt for prompt in study_prompts(FRESH_SEED) if prompt.text not in known]
    return random.Random(FRESH_SEED).sample(fresh, n_prompts)


def traced(model: LoadedModel, prompt: StudyPrompt, score: str, effort: float, repeats: int) -> Pair:
    """Trace a prompt with both searches in turn, ``repeats`` times."""
    seconds: dict[str, list[float]] = {search: [] for search in SEARCHES}
    traces: dict[str, TraceResult] = {}
    for _ in range(repeats):
        for search in SEARCHES:
            started = time.perf_counter()
            traces[search] = trace_prompt(model, prompt.text, score=score, search=search, effort=effort)
            seconds[search].append(time.perf_counter() - started)
    return Pair(prompt, traces, {search: min(times) for search, times in seconds.items()})


def rows(pairs: Sequence[Pair]) -> pd.DataFrame:
    """One row per prompt."""
    return pd.DataFrame(
        [
            {
                "prompt": pair.prompt.id,
                "tokens": len(pair.traces["guided"].prompt),
                "edges": pair.traces["guided"].n_edges,
                **{search: pair.area(search) for search in SEARCHES},
                "change": pair.area("guided") / pair.area("best-first") - 1,
                "time ratio": pair.seconds["guided"] / pair.seconds["best-first"],
                "stretches": " ".join(f"{s.search}:{s.n_edges}" for s in pair.traces["guided"].stretches),
            }
            for pair in pairs
        ]
    )


def summary(pairs: Sequence[Pair]) -> list[str]:
    """Summary lines: areas and their change, times, and the curves at the paper's sizes."""
    areas = np.array([[pair.area(search) for search in SEARCHES] for pair in pairs])
    counts = Bootstrap().counts(len(pairs))
    before, after = ((counts @ areas)[:, column] for column in range(2))
    changes = after / before - 1
    low, high = np.percentile(changes[1:], [2.5, 97.5])
    ratios = [pair.seconds["guided"] / pair.seconds["best-first"] for pair in pairs]
    total = sum(pair.seconds["guided"] for pair in pairs) / sum(pair.seconds["best-first"] for pair in pairs)
    better = int((areas[:, 1] < areas[:, 0]).sum())
    lines = [
        f"mean area {areas[:, 0].mean():.3f} -> {areas[:, 1].mean():.3f}: {changes[0]:+.1%} [{low:+.1%}, {high:+.1%}]; "
        f"median prompt {np.median(areas[:, 1] / areas[:, 0]) - 1:+.1%}; better on {better} of {len(pairs)}",
        f"time: {total:.1f} x overall, median prompt {statistics.median(ratios):.1f} x, worst {max(ratios):.1f} x",
        "",
        "| size, share of all edges | best-first | guided |",
        "|---:|---:|---:|",
    ]
    curves = {search: np.stack([pair.tv_at_paper_sizes(search) for pair in pairs]).mean(axis=0) for search in SEARCHES}
    pairs_of_means = zip(PAPER_FRACTIONS, *curves.values(), strict=True)
    return lines + [f"| {fraction:g} | {theirs:.3f} | {ours:.3f} |" for fraction, theirs, ours in pairs_of_means]


if __name__ == "__main__":
    main()
