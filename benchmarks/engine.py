"""Time of a whole trace as a ratio to plain forward passes of the same model, all in one run.

    python -m benchmarks.engine [MODEL ...] [--tokens 16 64] [--repeats 9]

A trace is everything trace_prompt does at the paper's sizes: capture, scores, growth, masked runs, metrics. It is
compared with as many plain forward passes as there are sizes, one after the other and in one batch. Rounds alternate
between the three; the table shows medians over rounds and the median of the ratios within a round.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

import torch

from strace_core import LoadedModel, bundled_models, load_model, trace_prompt


def main() -> None:
    """Print one row per model and length."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=bundled_models(), help="names or directories")
    parser.add_argument("--tokens", nargs="+", type=int, default=[16, 64])
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, {torch.get_num_threads()} torch threads, medians of {arguments.repeats} rounds\n")
    print("| model | tokens | sizes | trace | forwards | batched forwards | trace / forwards | trace / batched |")
    print("|---|---|---|---|---|---|---|---|")
    for name in arguments.models:
        model = load_model(name)
        for n_tokens in arguments.tokens:
            print(row(model, n_tokens, arguments.repeats), flush=True)


def row(model: LoadedModel, n_tokens: int, repeats: int) -> str:
    """One line of the table."""
    generator = torch.Generator().manual_seed(n_tokens)
    token_ids = torch.randint(model.spec.d_vocab, (n_tokens,), generator=generator).tolist()
    n_sizes = len(trace_prompt(model, token_ids).curve)
    single, batch = torch.tensor([token_ids]), torch.tensor([token_ids] * n_sizes)
    works = (
        lambda: trace_prompt(model, token_ids),
        lambda: [plain(model, single) for _ in range(n_sizes)],
        lambda: plain(model, batch),
    )
    rounds = [[seconds(work) for work in works] for _ in range(repeats + 1)][1:]  # the first round warms up
    trace, one_by_one, in_batch = (statistics.median(times) for times in zip(*rounds, strict=True))
    to_single = statistics.median(times[0] / times[1] for times in rounds)
    to_batch = statistics.median(times[0] / times[2] for times in rounds)
    milliseconds = " | ".join(f"{1000 * value:.0f} ms" for value in (trace, one_by_one, in_batch))
    return f"| {model.spec.name} | {n_tokens} | {n_sizes} | {milliseconds} | {to_single:.2f} | {to_batch:.2f} |"


@torch.no_grad()
def plain(model: LoadedModel, token_ids: torch.Tensor) -> torch.Tensor:
    """Next-token logits of the unpatched model."""
    logits: torch.Tensor = model.module(token_ids, use_cache=False, logits_to_keep=1).logits
    return logits


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
