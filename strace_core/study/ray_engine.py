"""A study's chunks on a Ray cluster: workers that load a model once, each with one chunk at a time.

A worker is a Ray actor. Where it runs is Ray's business; here each is given its next chunk when it has finished one, so
that no more results are under way than there are workers. A chunk's runs come back together or not at all: when a
worker is lost its chunk is begun again by any other, which also works where the lost node does not come back (Ray's own
retries wait for the same actor on a new node), and no run comes twice.
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
from strace_core.study.run import Chunk, Engine, Runs
from strace_core.study.settings import StudySettings, versions
from strace_core.study.tracing import Tracer

RETRIES = 3
"""How often a chunk, or the loading of a model, is begun again after its worker was lost."""

ANSWER_SECONDS = 10
"""How long a cluster may take to answer at all."""

OBJECT_STORE = 128 * 2**20
"""Bytes that a cluster of ours sets aside for results, of which a chunk has far less than one MiB."""

# What Ray reads when it is imported and when it starts a node. The second, in spite of its name, is what keeps a node
# from looking for an address other than 127.0.0.1, and from listening on it.
_NO_USAGE_STATS = {"RAY_USAGE_STATS_ENABLED": "0"}
_THIS_MACHINE_ONLY = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}


def ray_engine(address: str | None, *, n_workers: int | None, cpus_each: float, gpus_each: float) -> Engine:
    """The engine that runs chunks on ``n_workers`` workers of a Ray cluster, by default as many as it holds.

    ``address`` is "auto", "HOST:6379" or "ray://HOST:10001"; without one a cluster is started on this machine, reached
    from nowhere else, and shut down when the study ends. In a process that is connected to a cluster already, that one
    is used, and left as it is. A worker has ``cpus_each`` cores, as many threads (at least one), and ``gpus_each``
    GPUs, of which four workers may share one (0.25); without any it computes on the CPU. Workers beyond what the
    cluster holds join when there is room.

    A chunk whose worker is lost is begun again, ``RETRIES`` times; then its prompts have failed. Raises SettingError
    where Ray is not installed, no cluster answers, or no node can hold a worker, and ModelError where a worker cannot
    load a model or has other versions of what computes.
    """
    _check(n_workers, cpus_each, gpus_each)
    return partial(_trace, address=address, n_workers=n_workers, cpus_each=cpus_each, gpus_each=gpus_each)


def _check(n_workers: int | None, cpus_each: float, gpus_each: float) -> None:
    try:
        found = find_spec("ray") is not None
    except ValueError:  # something that calls itself ray has been imported, and is no package
        found = False
    if not found:
        raise SettingError("the engine 'ray' needs Ray, which is not installed: pip install 'strace-explorer[ray]'.")
    if n_workers is not None and n_workers < 1:
        raise SettingError(f"there are {n_workers} workers; give at least one.")
    if not (0 <= cpus_each < math.inf and 0 <= gpus_each < math.inf and cpus_each + gpus_each > 0):
        raise SettingError(f"a worker cannot have {cpus_each} cores and {gpus_each} GPUs; give it some of one.")


def _trace(
    settings: StudySettings,
    chunks: Sequence[Chunk],
    *,
    address: str | None,
    n_workers: int | None,
    cpus_each: float,
    gpus_each: float,
) -> Runs:
    """One model after the other, so that two never share a worker's memory."""
    if not chunks:
        return
    if gpus_each == 0:
        if settings.device.startswith("cuda"):
            raise SettingError(f"device {settings.device!r} needs workers with a GPU, and they have 0 each.")
        settings = replace(settings, device="cpu" if settings.device == "auto" else settings.device)
    with _cluster(address):
        import ray

        room = _room(ray.nodes(), {"CPU": cpus_each, "GPU": gpus_each})
        if not room:
            raise SettingError(f"no node of the cluster has {cpus_each:g} cores and {gpus_each:g} GPUs for a worker.")
        actor = ray.remote(_Worker).options(num_cpus=cpus_each, num_gpus=gpus_each)
        for model, of_model in groupby(chunks, lambda chunk: chunk.model):
            ours = list(of_model)
            workers = _Workers(actor, model, settings, n_threads=max(1, math.floor(cpus_each)))
            try:
                yield from workers.trace(ours, n_workers=min(n_workers or room, len(ours)))
            finally:
                workers.stop()


@contextmanager
def _cluster(address: str | None) -> Iterator[None]:
    """Connected to a cluster: the one this process is connected to, the one of that name, or a new one."""
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
    """Raise SettingError where nothing listens at "HOST:PORT": Ray itself would try for minutes."""
    host, colon, port = (address or "").rpartition(":")
    if not colon or "/" in host or not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise SettingError(f"no Ray cluster answers at {address!r}: {_first_line(error)}") from error


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """With these variables, and then without them."""
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
    """How many workers that need so much of each resource the nodes hold."""
    return sum(
        min(math.floor(node["Resources"].get(name, 0) / much + 1e-9) for name, much in each.items() if much)
        for node in nodes
        if node["Alive"]
    )


class _Worker:
    """What runs in an actor: one model, loaded once."""

    def load(self, model: str, settings: StudySettings, wanted: Mapping[str, str], n_threads: int) -> None:
        """Make ready to trace. Raises what loading raises, and SettingError for versions other than ``wanted``."""
        here = versions()
        for name, version in wanted.items():
            if here[name].split("+")[0] != version.split("+")[0]:  # a build for another device is the same version
                raise SettingError(f"it has {name} {here[name]}, and the study is run with {version}.")
        torch.set_num_threads(n_threads)
        self.tracer = Tracer.load(model, settings)

    def trace(self, chunk: Chunk) -> list[FinishedRun]:
        """The runs of a chunk."""
        return [run for runs in self.tracer.trace(chunk.score, chunk.search, chunk.prompts) for run in runs]


@dataclass(frozen=True)
class _Task:
    """What a worker is at: a chunk, or None while it loads; ``n_lost`` workers have been lost over it."""

    worker: Any
    chunk: Chunk | None
    n_lost: int


class _Workers:
    """Workers with one model."""

    def __init__(self, actor: Any, model: str, settings: StudySettings, *, n_threads: int) -> None:
        self.actor, self.model = actor, model
        self.how_to_load = (model, settings, versions(), n_threads)
        self.tasks: dict[Any, _Task] = {}
        self.idle: list[Any] = []

    def trace(self, chunks: Sequence[Chunk], *, n_workers: int) -> Iterator[list[FinishedRun]]:
        """The runs of each chunk, in the order in which they are finished."""
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
                raise self.meant(task, error) from error
            except RayError as error:
                ray.kill(task.worker)  # it may be out of reach, and live
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
        """Another worker. It loads outside its constructor, since Ray hides what a constructor raises."""
        worker = self.actor.remote()
        self.tasks[worker.load.remote(*self.how_to_load)] = _Task(worker, None, n_lost)

    def meant(self, task: _Task, error: Any) -> Exception:
        """What to raise for an error in a worker that lives."""
        if task.chunk is None:
            return ModelError(f"a worker cannot load {self.model!r}: {_first_line(error.cause)}")
        meant: Exception = error.cause if isinstance(error.cause, StraceError) else error
        return meant

    def given_up(self, task: _Task, error: Exception) -> list[FinishedRun]:
        """The failed runs of a chunk over which too many workers were lost."""
        said = f"workers were lost {RETRIES + 1} times, the last one because: {_reason(error)}"
        if task.chunk is None:
            raise ModelError(f"{self.model!r} cannot be loaded: {said}") from error
        lost = StraceError(f"given up with its chunk: {said}")
        chunk = task.chunk
        return [failed_run(prompt, self.model, chunk.score, chunk.search, lost) for prompt in chunk.prompts]

    def stop(self) -> None:
        """Let the workers go, whatever they are at."""
        import ray

        for worker in [*self.idle, *(task.worker for task in self.tasks.values())]:
            ray.kill(worker)
        self.idle, self.tasks = [], {}


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _reason(error: BaseException) -> str:
    """The last line of what Ray says about a loss, which holds the reason, without its general advice."""
    return str(error).strip().splitlines()[-1].split(" Some common causes")[0]
