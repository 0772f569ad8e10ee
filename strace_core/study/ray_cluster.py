"""Trace a study's chunks on a Ray cluster.

A worker is a Ray actor that loads a model once and traces one chunk at a time. It gets its next chunk when it has
finished one, so at most one result per worker is in flight. A chunk's runs arrive together or not at all: when a worker
is lost, another restarts its chunk, so no run arrives twice. (Ray's own retries would wait for the same actor, which
fails where the lost node never comes back.)
"""

import logging
import math
import os
import socket
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from itertools import groupby
from typing import Any

import torch

from strace_core.errors import ModelError, SettingError, StraceError
from strace_core.study.rows import FinishedRun, failed_run
from strace_core.study.run import Chunk, Engine, FinishedRuns
from strace_core.study.settings import StudySettings, versions
from strace_core.study.tracing import Tracer

RETRIES = 3
"""How often a chunk, or loading a model, is retried after its worker was lost."""

ANSWER_SECONDS = 10
"""Seconds to wait for a cluster to answer."""

OBJECT_STORE = 128 * 2**20
"""Bytes that a cluster started here reserves for results; a chunk needs far less than 1 MiB."""

# Ray reads these when it is imported and when it starts a node. Despite its name, the second keeps a node from looking
# for, and listening on, any address but 127.0.0.1.
_NO_USAGE_STATS = {"RAY_USAGE_STATS_ENABLED": "0"}
_THIS_MACHINE_ONLY = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}


def ray_engine(address: str | None, *, n_workers: int | None, cpus_each: float, gpus_each: float) -> Engine:
    """Return an engine that traces chunks on a Ray cluster.

    If this process is already connected to a cluster, that one is used and left running. A chunk whose worker is lost
    is retried ``RETRIES`` times; after that its prompts count as failed.

    Args:
        address: "auto", "HOST:6379" or "ray://HOST:10001". None starts a cluster on this machine, unreachable from
            others, and shuts it down when the study ends.
        n_workers: number of workers; None for as many as fit. Workers that do not fit yet join when there is room.
        cpus_each: cores per worker, which is also its number of threads (at least one).
        gpus_each: GPUs per worker. 0.25 lets four workers share one; 0 computes on the CPU.

    Raises:
        SettingError: Ray is not installed, no cluster answers, or no node has room for a worker. (The last two when the
            engine runs.)
        ModelError: a worker cannot load a model, or runs other package versions. (When the engine runs.)
    """
    _check(n_workers, cpus_each, gpus_each)
    return partial(_trace, address=address, n_workers=n_workers, cpus_each=cpus_each, gpus_each=gpus_each)


def _check(n_workers: int | None, cpus_each: float, gpus_each: float) -> None:
    try:
        found = find_spec("ray") is not None
    except ValueError:  # something else called ray has been imported
        found = False
    if not found:
        raise SettingError("the engine 'ray' needs Ray, which is not installed: pip install 'strace-explorer[ray]'.")
    if n_workers is not None and n_workers < 1:
        raise SettingError(f"{n_workers} workers are too few; give at least one.")
    if not (0 <= cpus_each < math.inf and 0 <= gpus_each < math.inf and cpus_each + gpus_each > 0):
        raise SettingError(f"a worker cannot have {cpus_each} cores and {gpus_each} GPUs; give it some cores or GPUs.")


def _trace(
    settings: StudySettings,
    chunks: Sequence[Chunk],
    *,
    address: str | None,
    n_workers: int | None,
    cpus_each: float,
    gpus_each: float,
) -> FinishedRuns:
    """Trace one model after another, so that two never share a worker's memory."""
    if not chunks:
        return
    if gpus_each == 0:
        if settings.device.startswith("cuda"):
            raise SettingError(f"device {settings.device!r} needs workers with a GPU, but they have 0 each.")
        settings = replace(settings, device="cpu" if settings.device == "auto" else settings.device)
    with connected(address):
        import ray

        room = _room(ray.nodes(), {"CPU": cpus_each, "GPU": gpus_each})
        if not room:
            raise SettingError(
                f"no node of the cluster has {cpus_each:g} cores and {gpus_each:g} GPUs for a worker; ask for less."
            )
        actor = ray.remote(_Worker).options(num_cpus=cpus_each, num_gpus=gpus_each)
        for model, of_model in groupby(chunks, lambda chunk: chunk.model):
            model_chunks = list(of_model)
            workers = _Workers(actor, model, settings, n_threads=max(1, math.floor(cpus_each)))
            try:
                yield from workers.trace(model_chunks, n_workers=min(n_workers or room, len(model_chunks)))
            finally:
                workers.stop()


@contextmanager
def connected(address: str | None) -> Iterator[None]:
    """Connect to a cluster: the one already connected, the one at ``address``, or a new one."""
    environment = _NO_USAGE_STATS if address else _NO_USAGE_STATS | _THIS_MACHINE_ONLY
    with _environment(environment):
        import ray
    if ray.is_initialized():
        yield
        return
    _check_answers(address)
    own: dict[str, Any] = {} if address else {"include_dashboard": False, "object_store_memory": OBJECT_STORE}
    try:
        with _environment(environment):
            try:
                ray.init(address or "local", log_to_driver=False, logging_level=logging.ERROR, **own)
            except (OSError, ValueError, RuntimeError, ImportError) as error:
                wanted = f"no Ray cluster answers at {address!r}" if address else "Ray does not start on this machine"
                raise SettingError(f"{wanted}: {_first_line(error)}") from error
        yield
    finally:
        ray.shutdown()


def _check_answers(address: str | None) -> None:
    """Raise SettingError if nothing listens at "HOST:PORT"; Ray itself would retry for minutes."""
    host, colon, port = (address or "").rpartition(":")
    if not colon or "/" in host or not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise SettingError(f"no Ray cluster answers at {address!r}: {_first_line(error)}") from error


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables, then restore them."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _room(nodes: Sequence[Mapping[str, Any]], each: Mapping[str, float]) -> int:
    """How many workers fit on the nodes, each needing ``each`` of the resources."""
    return sum(
        min(math.floor(node["Resources"].get(name, 0) / needed + 1e-9) for name, needed in each.items() if needed)
        for node in nodes
        if node["Alive"]
    )


class _Worker:
    """The code that runs in an actor: one model, loaded once."""

    def load(self, model: str, settings: StudySettings, wanted: Mapping[str, str], n_threads: int) -> None:
        """Load the model; raise SettingError if package versions differ from ``wanted``."""
        here = versions()
        for name, version in wanted.items():
            if here[name].split("+")[0] != version.split("+")[0]:  # builds for different devices count as one version
                raise SettingError(f"it has {name} {here[name]}, but the study runs with {version}.")
        torch.set_num_threads(n_threads)
        self.tracer = Tracer.load(model, settings)

    def trace(self, chunk: Chunk) -> list[FinishedRun]:
        """Trace a chunk."""
        return [run for runs in self.tracer.trace(chunk.score, chunk.search, chunk.prompts) for run in runs]


@dataclass(frozen=True)
class _Task:
    """What a worker is doing: tracing a chunk, or loading (None). ``n_lost`` workers were lost on this task before."""

    worker: Any
    chunk: Chunk | None
    n_lost: int


class _Workers:
    """The workers of one model."""

    def __init__(self, actor: Any, model: str, settings: StudySettings, *, n_threads: int) -> None:
        self.actor, self.model = actor, model
        self.load_arguments = (model, settings, versions(), n_threads)
        self.tasks: dict[Any, _Task] = {}
        self.idle: list[Any] = []

    def trace(self, chunks: Sequence[Chunk], *, n_workers: int) -> Iterator[list[FinishedRun]]:
        """Trace chunks and yield the runs of each as it finishes."""
        import ray
        from ray.exceptions import RayError, RayTaskError

        waiting = deque((chunk, 0) for chunk in chunks)
        for _ in range(n_workers):
            self.start(n_lost=0)
        n_left = len(chunks)
        while n_left:
            [done], _ = ray.wait(list(self.tasks), num_returns=1)
            task = self.tasks.pop(done)
            runs: list[FinishedRun] | None = None
            try:
                runs = ray.get(done)
                self.idle.append(task.worker)
            except RayTaskError as error:
                raise self.cause(task, error) from error
            except RayError as error:
                ray.kill(task.worker)  # it may be unreachable but alive
                if task.n_lost == RETRIES:
                    runs = self.given_up(task, error)
                elif task.chunk:
                    waiting.appendleft((task.chunk, task.n_lost + 1))
                self.start(n_lost=0 if task.chunk else task.n_lost + 1)
            while self.idle and waiting:
                worker, (chunk, n_lost) = self.idle.pop(), waiting.popleft()
                self.tasks[worker.trace.remote(chunk)] = _Task(worker, chunk, n_lost)
            if runs is not None:
                n_left -= 1
                yield runs

    def start(self, *, n_lost: int) -> None:
        """Start another worker. It loads outside its constructor because Ray hides what a constructor raises."""
        worker = self.actor.remote()
        self.tasks[worker.load.remote(*self.load_arguments)] = _Task(worker, None, n_lost)

    def cause(self, task: _Task, error: Any) -> Exception:
        """The exception to raise for an error in a worker that is still alive."""
        if task.chunk is None:
            return ModelError(f"a worker cannot load {self.model!r}: {_first_line(error.cause)}")
        cause: Exception = error.cause if isinstance(error.cause, StraceError) else error
        return cause

    def given_up(self, task: _Task, error: Exception) -> list[FinishedRun]:
        """Failed runs for a chunk on which too many workers were lost."""
        reason = f"its worker was lost {RETRIES + 1} times, the last time because: {_reason(error)}"
        if task.chunk is None:
            raise ModelError(f"{self.model!r} cannot be loaded: {reason}") from error
        lost = StraceError(f"chunk given up: {reason}")
        chunk = task.chunk
        return [failed_run(prompt, self.model, chunk.score, chunk.search, lost) for prompt in chunk.prompts]

    def stop(self) -> None:
        """Stop all workers at once."""
        import ray

        for worker in [*self.idle, *(task.worker for task in self.tasks.values())]:
            ray.kill(worker)
        self.idle, self.tasks = [], {}


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _reason(error: BaseException) -> str:
    """The last line of Ray's message, which names the reason, without its general advice."""
    return str(error).strip().splitlines()[-1].split(" Some common causes")[0]
