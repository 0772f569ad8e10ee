"""The command ``study``: a study from the shell."""

import argparse
import sys
from typing import Any

from tqdm import tqdm

from strace_core.evaluate.sizes import SizeRequest
from strace_core.graph.scores import SCORE_RULES
from strace_core.search import SEARCHES
from strace_core.study.prompts import ENDINGS, read_prompts
from strace_core.study.ray_cluster import ray_engine
from strace_core.study.run import Engine, StudyProgress, local_engine, run_study
from strace_core.study.schema import STUDY_BASELINES
from strace_core.study.settings import StudySettings
from strace_core.study.study import Study
from strace_core.trace.trace import BEST_FIRST

ENGINES = ("local", "ray")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Give the command its arguments, those of loading and of sizes apart."""
    command.add_argument("--models", nargs="+", required=True, help="names, directories, hub ids; also NAME:untrained")
    command.add_argument("--prompts", required=True, help=f"file ending in {', '.join(ENDINGS)}")
    command.add_argument("--out", required=True, help="folder of the results; a study in it goes on where it was")
    command.add_argument("--scores", nargs="+", default=["l1"], help=f"{', '.join(SCORE_RULES)} (l1)")
    command.add_argument("--searches", nargs="+", default=[BEST_FIRST], help=f"of {', '.join(SEARCHES)} ({BEST_FIRST})")
    command.add_argument("--effort", type=float, default=1.0, help="of a guided search (%(default)s)")
    command.add_argument(
        "--baselines", nargs="*", default=[*STUDY_BASELINES], help=f"of {', '.join(STUDY_BASELINES)} (all)"
    )
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--retry-failed", action="store_true", help="run prompts again that have failed")
    command.add_argument("--engine", choices=ENGINES, default="local", help="this process, or a Ray cluster")
    command.add_argument("--address", help="of the Ray cluster; without one, a cluster on this machine")
    command.add_argument("--workers", type=int, help="Ray actors, each with a model (as many as the cluster holds)")
    command.add_argument("--worker-cpus", type=float, default=1, help="cores of an actor (%(default)s)")
    command.add_argument("--worker-gpus", type=float, default=0, help="GPUs of an actor (%(default)s)")


def run(given: argparse.Namespace, sizes: SizeRequest) -> Study:
    """Run the study that the arguments ask for, with its progress on a terminal."""
    settings = StudySettings(
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
    prompts = read_prompts(given.prompts)
    bar: tqdm[Any]
    try:
        with tqdm(unit="run", leave=False, disable=not sys.stderr.isatty()) as bar:
            return run_study(
                prompts,
                settings,
                given.out,
                engine=_engine(given),
                retry_failed=given.retry_failed,
                on_progress=lambda progress: _show(bar, progress),
            )
    except KeyboardInterrupt:
        sys.stderr.write(f"what was finished is in {given.out}; the same command goes on from there\n")
        raise


def _engine(given: argparse.Namespace) -> Engine:
    if given.engine == "local":
        return local_engine
    return ray_engine(given.address, n_workers=given.workers, cpus_each=given.worker_cpus, gpus_each=given.worker_gpus)


def _show(bar: "tqdm[Any]", progress: StudyProgress) -> None:
    bar.total, bar.n = progress.total, progress.done
    failed = f", {progress.failed} failed" if progress.failed else ""
    minutes = progress.seconds_left / 60
    bar.set_description(f"{progress.model}: {progress.per_minute:.0f}/min, {minutes:.0f} min left{failed}")
