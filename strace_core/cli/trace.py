"""``trace``: one prediction, saved to a file."""

import argparse
import sys
from pathlib import Path

from strace_core.cli.command import Command
from strace_core.cli.options import add_model, add_sizes, load, sizes_of
from strace_core.cli.progress import progress_bar, show
from strace_core.graph.scores import SCORE_RULES
from strace_core.result import TraceResult
from strace_core.search import SEARCHES
from strace_core.serialise.encode import TABLES, encode_result
from strace_core.serialise.files import ending_of, save_result
from strace_core.trace.baselines import BASELINES
from strace_core.trace.trace import BEST_FIRST


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_model(parser)
    parser.add_argument("prompt", help="text whose next token is predicted")
    add = parser.add_argument
    add("--out", required=True, metavar="FILE", help="file to write, its type given by its ending; - for stdout")
    add("--format", default=".json", metavar="ENDING", help="file type for stdout (default: %(default)s)")
    add("--position", type=int, default=-1, help="predict after this token, from 0; -1 is the last (default: -1)")
    add("--score", default="l1", help=f"score rule: {', '.join(SCORE_RULES)} (default: %(default)s)")
    add("--search", default=BEST_FIRST, help=f"search: {', '.join(SEARCHES)} (default: %(default)s)")
    add("--effort", type=float, default=1.0, help="guided-search effort; 1 is the default")
    add_sizes(parser)
    add("--baselines", nargs="+", default=[], metavar="NAME", help=f"baselines to add: {', '.join(BASELINES)}")
    add("--target", metavar="TEXT", help="token whose surprisal to record")
    add("--seed", type=int, default=0, help="random seed (default: %(default)s)")
    add("--table", default="curve", help=f"table for .csv and .parquet: {', '.join(TABLES)} (default: %(default)s)")
    add("--at", type=int, metavar="EDGES", help="subgraph size for .graphml (default: smallest with TV at most 0.5)")


def run(given: argparse.Namespace) -> int:
    """Trace the prompt and write the result."""
    to_stdout = given.out == "-"
    ending = ending_of(Path(f"-{given.format}" if to_stdout else given.out))
    result = _traced(given)
    if to_stdout:
        sys.stdout.buffer.write(encode_result(result, ending, table=given.table, at=given.at))
        sys.stdout.buffer.flush()
    else:
        save_result(result, given.out, table=given.table, at=given.at)
        sys.stderr.write(f"{result!r} -> {given.out}\n")
    return 0


def _traced(given: argparse.Namespace) -> TraceResult:
    from strace_core.pipeline.trace import trace_prompt  # brings in torch, which --help does not need

    model = load(given)
    with progress_bar("subgraph") as bar:
        return trace_prompt(
            model,
            given.prompt,
            position=given.position,
            score=given.score,
            search=given.search,
            effort=given.effort,
            sizes=sizes_of(given.sizes),
            baselines=given.baselines,
            target=given.target,
            seed=given.seed,
            on_progress=lambda progress: show(bar, done=progress.done, total=progress.total, label=progress.stage),
        )


COMMAND = Command("trace", "trace the next-token prediction after a prompt", add_arguments, run)
