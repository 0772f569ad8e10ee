"""Measure traces on an accelerator: of a demo model, or of a randomly initialised Llama of any shape.

    python -m benchmarks.device --layers 32 --heads 32 --width 4096 --inner 11008
    python -m benchmarks.device --model demo-llama --dtype float32

A trace is everything trace_prompt does at the paper's sizes, starting from token ids; medians are over rounds after a
warm-up. "over plain" is its time relative to as many plain forward passes as there are sizes, in one batch, in the same
round. Stage columns are shares of the trace's time, "with 3 baselines" is one trace with all of them, and the peak is
device memory in a trace beside the weights. Without an accelerator it measures the CPU, where the peak is unknown.
"""

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Callable

import torch
import transformers
from transformers import AutoModelForCausalLM, LlamaConfig

from benchmarks.engine import plain, some_tokens
from strace_core import BASELINES, LoadedModel, load_model, trace_prompt, wrap_model

TRACE_STAGES = ("capture", "score", "grow", "subgraphs")
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
GIBIBYTE = 2**30


def main() -> None:
    """Print the table, one row per length."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="model to load instead of a random Llama")
    parser.add_argument("--layers", type=int, default=32)
    parser.add_argument("--heads", type=int, default=32)
    parser.add_argument("--width", type=int, default=4096)
    parser.add_argument("--inner", type=int, default=11008, help="width of the feed-forward layers")
    parser.add_argument("--vocabulary", type=int, default=32_000)
    parser.add_argument("--dtype", choices=DTYPES, default="bfloat16")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--tokens", nargs="+", type=int, default=[16, 64])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    if arguments.model:
        model = load_model(arguments.model, device=arguments.device, dtype=arguments.dtype)
    else:
        model = random_llama(arguments, device)
    parameters = sum(parameter.numel() for parameter in model.module.parameters())
    where = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    print(f"{where}, torch {torch.__version__}, transformers {transformers.__version__}")
    size = f"{parameters / 1e9:.3g} billion parameters"
    print(f"{model.spec.name}, {size}, {arguments.dtype}, {arguments.rounds} rounds\n")
    print("| tokens | edges | sizes | trace | range | over plain | traces a minute |", end="")
    print(" capture | scores | growth | subgraphs | with 3 baselines | peak beside the weights |")
    print("|---:" * 13 + "|")
    for n_tokens in arguments.tokens:
        print(row(model, some_tokens(model, n_tokens), arguments.rounds), flush=True)


def random_llama(shape: argparse.Namespace, device: torch.device) -> LoadedModel:
    """A randomly initialised Llama of the given shape, created on the device."""
    config = LlamaConfig(
        hidden_size=shape.width,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        vocab_size=shape.vocabulary,
    )
    torch.manual_seed(0)
    with device:
        module = AutoModelForCausalLM.from_config(config, dtype=DTYPES[shape.dtype]).eval()
    return wrap_model(module, name=f"random Llama of {shape.layers} blocks of width {shape.width}")


def row(model: LoadedModel, token_ids: list[int], rounds: int) -> str:
    """Measure one length."""
    result = trace_prompt(model, token_ids, baselines=tuple(BASELINES))
    n_sizes = len(result.curve)
    peak = peak_gibibytes(model, token_ids)
    plain(model, [token_ids] * n_sizes, only_last=False)
    traces, ratios, shares = [], [], []
    for _ in range(rounds):
        spent = stage_seconds(model, token_ids)
        traces.append(sum(spent.values()))
        ratios.append(traces[-1] / seconds(model, lambda: plain(model, [token_ids] * n_sizes, only_last=False)))
        shares.append([spent[stage] / traces[-1] for stage in TRACE_STAGES])
    compared = seconds(model, lambda: trace_prompt(model, token_ids, baselines=tuple(BASELINES)))
    trace = statistics.median(traces)
    columns = [
        *(f"{len(token_ids)}", f"{result.n_edges:,}", f"{n_sizes}", f"{trace:.3f} s"),
        *(f"{min(traces):.3f} to {max(traces):.3f} s", f"{statistics.median(ratios):.2f}", f"{60 / trace:.0f}"),
        *(f"{statistics.median(share):.0%}" for share in zip(*shares, strict=True)),
        *(f"{compared:.3f} s", "-" if peak is None else f"{peak:.2f} GiB"),
    ]
    return f"| {' | '.join(columns)} |"


def stage_seconds(model: LoadedModel, token_ids: list[int]) -> Counter[str]:
    """Seconds of one trace by stage. Each stage ends with results in CPU memory, so the clock is right."""
    spent: Counter[str] = Counter()
    wait(model)
    last = time.perf_counter()

    def tick(stage: str) -> None:
        nonlocal last
        now = time.perf_counter()
        spent[stage] += now - last
        last = now

    trace_prompt(model, token_ids, on_progress=lambda progress: tick(progress.stage))
    tick("after")
    return spent


def peak_gibibytes(model: LoadedModel, token_ids: list[int]) -> float | None:
    """Peak tensor memory on the device in one trace, beyond what was there before; None on the CPU."""
    if model.device.type != "cuda":
        return None
    before = torch.cuda.memory_allocated(model.device)
    torch.cuda.reset_peak_memory_stats(model.device)
    trace_prompt(model, token_ids)
    return (torch.cuda.max_memory_allocated(model.device) - before) / GIBIBYTE


def seconds(model: LoadedModel, work: Callable[[], object]) -> float:
    """Wall time of one call, until the device has finished."""
    wait(model)
    started = time.perf_counter()
    work()
    wait(model)
    return time.perf_counter() - started


def wait(model: LoadedModel) -> None:
    """Wait until the device has finished."""
    if model.device.type == "cuda":
        torch.cuda.synchronize(model.device)


if __name__ == "__main__":
    main()
