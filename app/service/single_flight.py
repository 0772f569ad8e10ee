"""Shared work: each value is computed once, by a few worker threads, for every session that asks for it.

A session's own thread never computes. It polls for the value, receives progress in between, and can be ended by
Streamlit between two polls. Work that nobody waits for any more is cancelled at its next progress report, and nothing
of it is kept.
"""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

from strace_core import Progress

from .stopping import yield_to_streamlit

POLL_SECONDS = 0.05
"""Time between two polls of a waiting session, so the longest it takes to notice that it has to end."""

QUEUED = Progress("wait", 0, 1)
"""The progress of work that has not begun."""

Report = Callable[[Progress], None]
"""Receives progress. Raising ends the wait, and cancels the work if nobody else waits for it."""

Value = TypeVar("Value")


def ignore(progress: Progress) -> None:
    """No-op report."""


class Workers:
    """A pool of daemon threads that run jobs first come, first served."""

    def __init__(self, n_threads: int, name: str) -> None:
        # Not a ThreadPoolExecutor: the interpreter joins its threads at exit, so Ctrl-C would wait for a running trace.
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        for number in range(n_threads):
            threading.Thread(target=self._work, name=f"{name} {number}", daemon=True).start()

    def submit(self, job: Callable[[], None]) -> None:
        """Queue a job, which must not raise."""
        self._jobs.put(job)

    def _work(self) -> None:
        while True:
            self._jobs.get()()


class Store(Protocol):
    """Where values are kept. The store decides what stays, and for how long."""

    def get(self, key: Any, /) -> Any:
        """Return the value of a key, or None."""

    def __setitem__(self, key: Any, value: Any, /) -> None: ...


@dataclass(eq=False)
class _Flight(Generic[Value]):
    """Work in progress: its outcome, how many sessions wait for it, and its last report."""

    outcome: "Future[Value]" = field(default_factory=Future)
    n_waiting: int = 0
    progress: Progress = QUEUED


class _NobodyWaitsError(BaseException):
    """Cancels work that nobody waits for. A BaseException, so that no error handler on the way catches it."""


class SingleFlight:
    """Values by key, each computed once for all who ask while it is in progress or kept.

    Hold ``lock`` to touch ``kept``. Work that is not ``cancellable`` runs to its end even if everybody has left.
    """

    def __init__(self, kept: Store, workers: Workers, *, cancellable: bool = True) -> None:
        self.kept = kept
        self.lock = threading.Lock()
        self._workers = workers
        self._cancellable = cancellable
        self._flights: dict[Hashable, _Flight[Any]] = {}

    def look_up(self, key: Hashable) -> Any:
        """Return the value of ``key`` if it is kept, otherwise None."""
        with self.lock:
            return self.kept.get(key)

    def get(self, key: Hashable, compute: Callable[[Report], Value], on_progress: Report) -> Value:
        """Return the value of ``key``. Every waiter gets what ``compute`` raises; a failure is not kept."""
        with self.lock:
            found: Value | None = self.kept.get(key)
            if found is not None:
                return found
            flight = self._flights.get(key)
            if flight is None:
                flight = self._flights[key] = _Flight()
                self._workers.submit(lambda: self._run(key, flight, compute))
            flight.n_waiting += 1
        try:
            while not wait([flight.outcome], POLL_SECONDS).done:
                yield_to_streamlit()
                on_progress(flight.progress)
        finally:
            with self.lock:
                flight.n_waiting -= 1
        return flight.outcome.result()

    def _run(self, key: Hashable, flight: "_Flight[Value]", compute: Callable[[Report], Value]) -> None:
        """Compute in a worker thread, and settle the flight."""

        def report(progress: Progress) -> None:
            with self.lock:
                if self._cancellable and not flight.n_waiting:
                    self._flights.pop(key, None)  # now rather than later, so that nobody joins cancelled work
                    raise _NobodyWaitsError
            flight.progress = progress

        try:
            report(QUEUED)
            value = compute(report)
        except _NobodyWaitsError:
            return
        except BaseException as error:  # noqa: BLE001 - raised again in the waiting threads
            with self.lock:
                self._flights.pop(key, None)
            flight.outcome.set_exception(error)
            return
        with self.lock:
            self._flights.pop(key, None)
            self.kept[key] = value
        flight.outcome.set_result(value)
