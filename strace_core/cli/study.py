"""``study``: many prompts in one or more models, as one table of results."""

import argparse
import sys
from typing import TYPE_CHECKING

from strace_core.cli.command import Command
from strace_core.cli.options import add_device, add_sizes, sizes_of
from strace_core.cli.progress import progress_bar, show
from strace_core.graph.scores import SCORE_RULES
from strace_core.search import SEARCHES
from strace_core.study.prompts import ENDINGS, read_prompts
from strace_core.study.schema import STUDY_BASELINES
from strace_core.study.study import Study
from strace_core.trace.trace import BEST_FIRST

if TYPE_CHECKING:
    from strace_core.study.run import Engine, StudyProgress
    from strace_core.study.settings import StudySettings

ENGINES = ("local", "ray")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("--models", nargs="+", required=True, metavar="MODEL", help="models; NAME:untrained is a random twin of NAME")
    add("--prompts", required=True, metavar="FILE", help=f"file of prompts ({', '.join(ENDINGS)})")
    add("--out", required=True, metavar="FOLDER", help="folder for the results; an unfinished study there is resumed")
    add("--scores", nargs="+", default=["l1"], metavar="RULE", help=f"{', '.join(SCORE_RULES)} (default: l1)")
    add(
        "--searches",
        nargs="+",
        default=[BEST_FIRST],
        metavar="SEARCH",
        help=f"{', '.join(SEARCHES)} (default: {BEST_FIRST})",
    )
    add("--effort", type=float, default=1.0, help="guided-search effort; 1 is the default")
    add_sizes(parser)
    baselines = f"{', '.join(STUDY_BASELINES)} (default: all; none if no name follows)"
    add("--baselines", nargs="*", default=[*STUDY_BASELINES], metavar="NAME", help=baselines)
    add("--seed", type=int, default=0, help="random seed (default: %(default)s)")
    add("--retry-failed", action="store_true", help="run prompts that failed again")
    add_device(parser)
    _add_engine(parser)


def _add_engine(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("where it runs")
    group.add_argument("--engine", choices=ENGINES, default="local", help="this process, or a Ray cluster")
    group.add_argument("--address", help="address of the Ray cluster (default: start one on this machine)")
    group.add_argument("--workers", type=int, help="Ray actors, each with its own model (default: all that fit)")
    group.add_argument("--worker-cpus", type=float, default=1, help="cores per actor (default: %(default)s)")
    group.add_argument("--worker-gpus", type=float, default=0, help="GPUs per actor (default: %(default)s)")


def run(given: argparse.Namespace) -> int:
    """Run the study, or resume it."""
    try:
        study = _finished(given)
    except KeyboardInterrupt:
        sys.stderr.write(f"finished runs are saved in {given.out}; run the same command again to resume\n")
        raise
    n_failed = len(study.runs) - len(study.traced)
    sys.stderr.write(f"{len(study.runs):,} runs, {n_failed:,} failed -> {given.out}\n")
    return 0


def _finished(given: argparse.Namespace) -> Study:
    from strace_core.study.run import run_study  # brings in torch, which --help does not need

    settings = _settings(given)
    prompts = read_prompts(given.prompts)
    with progress_bar("run") as bar:
        return run_study(
            prompts,
            settings,
            given.out,
            engine=_engine(given),
            retry_failed=given.retry_failed,
            on_progress=lambda progress: show(bar, done=progress.done, total=progress.total, label=_label(progress)),
        )


def _settings(given: argparse.Namespace) -> "StudySettings":
    from strace_core.study.settings import StudySettings

    sizes = sizes_of(given.sizes)
    return StudySettings(
        models=tuple(given.models),
        scores=tuple(given.scores),
        searches=tuple(given.searches),
        effort=given.effort,
        sizes=sizes if isinstance(sizes, str) else tuple(sizes or ()),
        baselines=tuple(given.baselines),
        seed=given.seed,
        device=given.device,
        dtype=given.dtype,
    )


def _engine(given: argparse.Namespace) -> "Engine":
    from strace_core.study.ray_cluster import ray_engine
    from strace_core.study.run import local_engine

    if given.engine == "local":
        return local_engine
    return ray_engine(given.address, n_workers=given.workers, cpus_each=given.worker_cpus, gpus_each=given.worker_gpus)


def _label(progress: "StudyProgress") -> str:
    failed = f", {progress.failed} failed" if progress.failed else ""
    minutes = progress.seconds_left / 60
    return f"{progress.model}: {progress.per_minute:.0f}/min, {minutes:.0f} min left{failed}"


COMMAND = Command("study", "trace many prompts in one or more models, into one table of results", add_arguments, run)
