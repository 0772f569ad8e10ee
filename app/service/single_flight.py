"""Work that sessions share: each thing is computed once, by a few threads of the process, and kept.

The thread of a session never computes. It naps until the thing is there, and between naps hears of progress and can be
ended by Streamlit. What nobody waits for any longer stops at its next report of progress, and nothing of it stays.
"""

import threading
from collections.abc import Callable, Hashable
from queue import SimpleQueue
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

from strace_core import Progress

from .stopping import yield_to_streamlit

NAP_SECONDS = 0.05
"""How long a session waits before it looks up: what it takes, at most, to notice that it is to end."""

IN_LINE = Progress("wait", 0, 1)
"""What is reported of work that has not begun."""

Report = Callable[[Progress], None]
"""Hears of progress. An exception it raises ends the waiting, and the work if nobody else waits for it."""

Value = TypeVar("Value")


def unheard(progress: Progress) -> None:
    """The report of somebody who only waits."""


class Workers:
    """Threads that take up jobs in the order in which they come. They end with the process, whatever they do."""

    def __init__(self, n_threads: int, name: str) -> None:
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        for number in range(n_threads):
            threading.Thread(target=self._work, name=f"{name} {number}", daemon=True).start()

    def take_up(self, job: Callable[[], None]) -> None:
        """Have a job done, which must not raise."""
        self._jobs.put(job)

    def _work(self) -> None:
        while True:
            self._jobs.get()()


class Store(Protocol):
    """Where values are kept; what stays, and for how long, is its own affair."""

    def get(self, key: Any, /) -> Any:
        """The value of a key, or None."""

    def __contains__(self, key: Any, /) -> bool: ...

    def __setitem__(self, key: Any, value: Any, /) -> None: ...


class BesideOwners:
    """A store of values by (owner, what), each kept as long as its owner lives."""

    def __init__(self) -> None:
        self._values: WeakKeyDictionary[Any, dict[Hashable, Any]] = WeakKeyDictionary()

    def get(self, key: tuple[Any, Hashable], /) -> Any:
        """The value of a key, or None."""
        owner, what = key
        return self._values.get(owner, {}).get(what)

    def __contains__(self, key: tuple[Any, Hashable], /) -> bool:
        return self.get(key) is not None

    def __setitem__(self, key: tuple[Any, Hashable], value: Any, /) -> None:
        owner, what = key
        self._values.setdefault(owner, {})[what] = value


class SingleFlight:
    """Values by key, each computed once for all who ask while it is under way or kept.

    ``kept`` is touched under ``lock`` alone. ``workers`` compute. Work that is not ``stoppable`` goes on when those who
    asked have left.
    """

    def __init__(self, kept: Store, workers: Workers, *, stoppable: bool = True) -> None:
        self.kept = kept
        self.lock = threading.Lock()
        self._workers = workers
        self._stoppable = stoppable
        self._under_way: dict[Hashable, _Flight[Any]] = {}

    def look_up(self, key: Hashable) -> Any:
        """The value of ``key`` if it is kept, else None."""
        with self.lock:
            return self.kept.get(key)

    def get(self, key: Hashable, compute: Callable[[Report], Value], on_progress: Report) -> Value:
        """The value of ``key``. Raises what ``compute`` raises, to all who wait for it; a failure is not kept."""
        with self.lock:
            found: Value | None = self.kept.get(key)
            if found is not None:
                return found
            flight = self._join(key, compute)
            flight.n_waiting += 1
        try:
            while not flight.landed.wait(NAP_SECONDS):
                yield_to_streamlit()
                on_progress(flight.progress)
        finally:
            with self.lock:
                flight.n_waiting -= 1
        return flight.outcome()

    def start(self, key: Hashable, compute: Callable[[Report], Any]) -> None:
        """Have the value of ``key`` computed, unless it is kept or under way, and wait for nothing."""
        with self.lock:
            if key not in self.kept:
                self._join(key, compute)

    def _join(self, key: Hashable, compute: Callable[[Report], Value]) -> "_Flight[Value]":
        """The work on ``key``, put in line if it is not under way. Call under the lock."""
        flight = self._under_way.get(key)
        if flight is None:
            flight = self._under_way[key] = _Flight()
            self._workers.take_up(lambda: self._fly(key, flight, compute))
        return flight

    def _fly(self, key: Hashable, flight: "_Flight[Value]", compute: Callable[[Report], Value]) -> None:
        """Compute, in a thread of the workers, and leave what came of it with the flight."""

        def report(progress: Progress) -> None:
            with self.lock:
                if self._stoppable and not flight.n_waiting:
                    self._under_way.pop(key, None)  # before it ends, so that nobody joins what is ending
                    raise _NobodyWaits
            flight.progress = progress

        try:
            report(IN_LINE)
            flight.value = compute(report)
        except _NobodyWaits:
            return
        except BaseException as error:  # noqa: BLE001 - raised again in the threads that wait
            flight.error = error
        with self.lock:
            self._under_way.pop(key, None)
            if flight.error is None:
                self.kept[key] = flight.value
        flight.landed.set()


class _NobodyWaits(BaseException):
    """Ends work that nobody waits for. No handler of errors catches it on its way out."""


class _Flight(Generic[Value]):
    """Work under way: who waits, how far it is, and in the end a value or an error."""

    def __init__(self) -> None:
        self.n_waiting = 0
        self.progress = IN_LINE
        self.landed = threading.Event()
        self.value: Value | None = None
        self.error: BaseException | None = None

    def outcome(self) -> Value:
        """The value, once landed; raises the error."""
        if self.error is not None:
            raise self.error
        value = self.value
        assert value is not None
        return value
