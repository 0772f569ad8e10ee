"""Measure what a trace costs, relative to plain forward passes of the same model in the same run.

    python -m benchmarks.engine [--tokens 32 64] [--repeats 5] [--write]
    python -m benchmarks.engine --growth [--write]

A trace is everything trace_prompt does at the paper's sizes: capture, scores, search, masked runs, metrics. It is
compared with as many plain forward passes of the unmodified model as there are sizes: in one batch with logits at every
position, in one batch with the last position's logits only, and one by one. Rounds alternate; tables show medians over
rounds and the median of the ratios within a round. Models: the demo models, and a randomly initialised Llama with
162 M parameters.

``--growth`` measures that Llama's time and peak memory by number of tokens and of blocks. Each peak is measured in a
process of its own, minus what it held before the trace. ``--write`` saves the tables in benchmarks/engine.md, which
docs/performance.md quotes.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from strace_core import LoadedModel, bundled_models, load_model, trace_prompt, wrap_model

KEPT = Path(__file__).with_suffix(".md")
LENGTHS, DEPTHS = (16, 32, 64, 128, 256, 512), (3, 6, 12, 24)
TOKENS_OF_DEPTHS = 64
MEBIBYTE = 2**20


def main() -> None:
    """Print the tables, and save them if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", nargs="+", type=int, default=[32, 64])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--growth", action="store_true", help="measure by number of tokens and blocks instead")
    parser.add_argument("--write", action="store_true", help=f"save the tables in {KEPT.name}")
    parser.add_argument("--peak", nargs=2, type=int, metavar=("TOKENS", "BLOCKS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak:
        print(peak_of_one_trace(*arguments.peak))
        return
    title = "growth" if arguments.growth else "ratios"
    lines = [f"{os.cpu_count()} cores, {torch.get_num_threads()} threads, medians of {arguments.repeats} rounds", ""]
    for line in growth(arguments.repeats) if arguments.growth else ratios(arguments.tokens, arguments.repeats):
        print(line, flush=True)
        lines.append(line)
    if arguments.write:
        keep(title, "\n".join(lines))


def ratios(lengths: Iterable[int], repeats: int) -> Iterable[str]:
    """Yield table lines: one row per model and length."""
    yield "| model | tokens | sizes | trace | plain passes | over them | last logits only | one by one |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for model in (random_llama(12), *map(load_model, bundled_models())):
        for n_tokens in lengths:
            token_ids = some_tokens(model, n_tokens)
            n_sizes = len(trace_prompt(model, token_ids).curve)
            works = (
                lambda model=model, ids=token_ids: trace_prompt(model, ids),
                lambda model=model, ids=token_ids, n=n_sizes: plain(model, [ids] * n, only_last=False),
                lambda model=model, ids=token_ids, n=n_sizes: plain(model, [ids] * n, only_last=True),
                lambda model=model, ids=token_ids, n=n_sizes: [plain(model, [ids], only_last=True) for _ in range(n)],
            )
            rounds = [[seconds(work) for work in works] for _ in range(repeats)]
            trace, batch, *_ = (statistics.median(times) for times in zip(*rounds, strict=True))
            over = [statistics.median(times[0] / times[i] for times in rounds) for i in (1, 2, 3)]
            columns = " | ".join([*(f"{1000 * t:.0f} ms" for t in (trace, batch)), *(f"{ratio:.2f}" for ratio in over)])
            yield f"| {model.spec.name} | {n_tokens} | {n_sizes} | {columns} |"


def growth(repeats: int) -> Iterable[str]:
    """Yield table lines: one row per length at 12 blocks, then one per depth."""
    yield "| blocks | tokens | edges | trace | over plain passes | peak memory beside the model |"
    yield "|---:|---:|---:|---:|---:|---:|"
    shapes = [(12, n_tokens) for n_tokens in LENGTHS] + [(n_layers, TOKENS_OF_DEPTHS) for n_layers in DEPTHS]
    for n_layers, n_tokens in shapes:
        n_rounds = repeats if n_tokens <= 64 else 1
        n_edges, trace, ratio = timed_growth(random_llama(n_layers), n_tokens, n_rounds)
        command = [sys.executable, "-m", "benchmarks.engine", "--peak", str(n_tokens), str(n_layers)]
        peak = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        yield f"| {n_layers} | {n_tokens} | {n_edges:,} | {trace:.2f} s | {ratio:.2f} | {peak / MEBIBYTE:,.0f} MiB |"


def timed_growth(model: LoadedModel, n_tokens: int, repeats: int) -> tuple[int, float, float]:
    """Edges, seconds per trace, and its ratio to plain passes in one batch."""
    token_ids = some_tokens(model, n_tokens)
    result = trace_prompt(model, token_ids)
    rows = [token_ids] * len(result.curve)
    works = (lambda: trace_prompt(model, token_ids), lambda: plain(model, rows, only_last=False))
    rounds = [[seconds(work) for work in works] for _ in range(repeats)]
    trace, ratio = statistics.median(r[0] for r in rounds), statistics.median(r[0] / r[1] for r in rounds)
    return result.n_edges, trace, ratio


def peak_of_one_trace(n_tokens: int, n_layers: int) -> int:
    """How much a trace raises this process's peak memory, in bytes."""
    model = random_llama(n_layers)
    trace_prompt(model, some_tokens(model, 2))  # load and compile first
    before = peak_bytes()
    trace_prompt(model, some_tokens(model, n_tokens))
    return peak_bytes() - before


def peak_bytes() -> int:
    """This process's peak resident memory, in bytes; Linux only (getrusage would include the parent's)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


def random_llama(n_layers: int) -> LoadedModel:
    """A randomly initialised Llama; 12 blocks make 162 M parameters."""
    config = LlamaConfig(
        hidden_size=768,
        intermediate_size=3072,
        num_hidden_layers=n_layers,
        num_attention_heads=12,
        vocab_size=32_000,
        max_position_embeddings=1024,
    )
    torch.manual_seed(0)
    module = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    size = sum(parameter.numel() for parameter in module.parameters()) / 1e6
    return wrap_model(module, name=f"random Llama, {size:.0f} M")


def some_tokens(model: LoadedModel, n_tokens: int) -> list[int]:
    """Random but reproducible token ids."""
    generator = torch.Generator().manual_seed(n_tokens)
    return torch.randint(model.spec.d_vocab, (n_tokens,), generator=generator).tolist()


@torch.no_grad()
def plain(model: LoadedModel, rows: list[list[int]], *, only_last: bool) -> torch.Tensor:
    """Logits of the unmodified model."""
    batch = torch.tensor(rows, device=model.device)
    logits: torch.Tensor = model.module(batch, use_cache=False, logits_to_keep=int(only_last)).logits
    return logits


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def keep(title: str, table: str) -> None:
    """Replace one titled section of the saved tables."""
    parts = dict(part.split("\n\n", 1) for part in KEPT.read_text().split("## ")[1:]) if KEPT.exists() else {}
    parts[title] = table + "\n"
    KEPT.write_text("\n".join(f"## {name}\n\n{text.strip()}\n" for name, text in sorted(parts.items(), reverse=True)))


if __name__ == "__main__":
    main()
