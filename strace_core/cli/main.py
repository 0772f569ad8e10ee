"""The command line: trace a prompt into a file, many into a study, ask for the verdict on a model, list architectures.

Exit codes: 0 done; 1 the request cannot be met, with the reason on standard error; 2 wrong usage; 130 interrupted.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from strace_core.cli.study import add_arguments
from strace_core.cli.study import run as run_study_command
from strace_core.compatibility import check_model, support_table
from strace_core.errors import SizeError, StraceError
from strace_core.evaluate.sizes import SizeRequest
from strace_core.graph.scores import SCORE_RULES
from strace_core.model.loaded import LoadedModel
from strace_core.model.loading import load_model
from strace_core.model.self_check import self_check
from strace_core.pipeline.trace import trace_prompt
from strace_core.progress import Progress
from strace_core.search import SEARCHES
from strace_core.serialise.encode import TABLES, encode_result
from strace_core.serialise.files import ending_of, save_result
from strace_core.trace.baselines import BASELINES
from strace_core.trace.trace import BEST_FIRST

DONE, REFUSED, INTERRUPTED = 0, 1, 130

SIZES_HELP = "paper, dense, or edge counts and fractions (paper)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        code: int = parsed.run(parsed)
    except StraceError as error:
        sys.stderr.write(f"{parsed.program}: {error}\n")
        return REFUSED
    except KeyboardInterrupt:
        sys.stderr.write(f"{parsed.program}: interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:  # whoever read standard output has enough
        sys.stderr.close()
        return DONE
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m strace_core", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    trace = commands.add_parser("trace", help="trace the next-token prediction after a prompt")
    trace.add_argument("model", help="bundled name, directory or hub id")
    trace.add_argument("prompt")
    trace.add_argument("--out", required=True, help="file, its kind by its ending; - for standard output")
    trace.add_argument("--format", default=".json", help="kind of file on standard output, as an ending (%(default)s)")
    trace.add_argument("--position", type=int, default=-1, help="token to predict after, from 0; -1 is the last")
    trace.add_argument("--score", default="l1", help=f"{', '.join(SCORE_RULES)} (%(default)s)")
    trace.add_argument("--search", default=BEST_FIRST, help=f"of an order: {' or '.join(SEARCHES)} (%(default)s)")
    trace.add_argument("--effort", type=float, default=1.0, help="of a guided search, in usual ones (%(default)s)")
    trace.add_argument("--sizes", nargs="+", default=["paper"], help=SIZES_HELP)
    trace.add_argument("--baselines", nargs="+", default=[], help=", ".join(BASELINES))
    trace.add_argument("--target", help="text of a token whose surprisal is wanted")
    trace.add_argument("--seed", type=int, default=0)
    trace.add_argument("--table", default="curve", help=f"of a .csv or .parquet: {' or '.join(TABLES)} (%(default)s)")
    trace.add_argument("--at", type=int, help="number of edges of a .graphml")
    _add_loading(trace)
    trace.set_defaults(run=_trace, program=trace.prog)

    study = commands.add_parser("study", help="trace many prompts in some models, into one table of results")
    add_arguments(study)
    study.add_argument("--sizes", nargs="+", default=["paper"], help=SIZES_HELP)
    _add_device(study)
    study.set_defaults(run=_study, program=study.prog)

    doctor = commands.add_parser("doctor", help="say whether a model can be traced, and check that its parts add up")
    doctor.add_argument("model", help="bundled name, directory or hub id")
    doctor.add_argument("--config-only", action="store_true", help="do not load the weights")
    _add_loading(doctor)
    doctor.set_defaults(run=_doctor, program=doctor.prog)

    models = commands.add_parser("models", help="list the supported architectures")
    models.set_defaults(run=_models, program=models.prog)
    return parser


def _add_loading(command: argparse.ArgumentParser) -> None:
    command.add_argument("--revision", help="branch, tag or commit of a hub id")
    command.add_argument("--allow-pickle", action="store_true", help="read weights that are not safetensors")
    _add_device(command)


def _add_device(command: argparse.ArgumentParser) -> None:
    command.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps (%(default)s)")
    command.add_argument("--dtype", default="auto", help="auto, float32, bfloat16, float16 (%(default)s)")


def _loaded(given: argparse.Namespace) -> LoadedModel:
    return load_model(
        given.model,
        revision=given.revision,
        device=given.device,
        dtype=given.dtype,
        allow_pickle=given.allow_pickle,
    )


def _trace(given: argparse.Namespace) -> int:
    to_stdout = given.out == "-"
    ending = ending_of(Path(f"-{given.format}" if to_stdout else given.out))
    model = _loaded(given)
    bar: tqdm[Any]
    with tqdm(unit="subgraph", leave=False, disable=not sys.stderr.isatty()) as bar:
        result = trace_prompt(
            model,
            given.prompt,
            position=given.position,
            score=given.score,
            search=given.search,
            effort=given.effort,
            sizes=_sizes(given.sizes),
            baselines=given.baselines,
            target=given.target,
            seed=given.seed,
            on_progress=lambda progress: _show(bar, progress),
        )
    if to_stdout:
        sys.stdout.buffer.write(encode_result(result, ending, table=given.table, at=given.at))
        sys.stdout.buffer.flush()
    else:
        save_result(result, given.out, table=given.table, at=given.at)
        sys.stderr.write(f"{result!r} -> {given.out}\n")
    return DONE


def _show(bar: "tqdm[Any]", progress: Progress) -> None:
    bar.set_description(progress.stage)
    bar.total, bar.n = progress.total, progress.done
    bar.refresh()


def _sizes(given: Sequence[str]) -> SizeRequest:
    """The name of a grid, or numbers: without a point they count edges, with one they are fractions."""
    if list(given) == ["paper"] or list(given) == ["dense"]:
        return "paper" if given[0] == "paper" else "dense"
    return [_number(text) for text in given]


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise SizeError(f"size {text!r} is no number; give edge counts, fractions, 'paper' or 'dense'.") from None


def _study(given: argparse.Namespace) -> int:
    study = run_study_command(given, _sizes(given.sizes))
    n_failed = len(study.runs) - len(study.traced)
    sys.stderr.write(f"{len(study.runs):,} runs, {n_failed:,} failed -> {given.out}\n")
    return DONE


def _doctor(given: argparse.Namespace) -> int:
    verdict = check_model(given.model, revision=given.revision)
    sys.stdout.write(verdict.report() + "\n")
    if not verdict.is_supported:
        return REFUSED
    if not given.config_only:
        sys.stdout.write(f"  {self_check(_loaded(given)).report()}\n")
    return DONE


def _models(given: argparse.Namespace) -> int:
    sys.stdout.write(support_table() + "\n")
    return DONE
