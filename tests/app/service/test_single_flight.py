"""Sessions that ask for the same value, leave while it is computed, or see it fail."""

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator

import pytest

from strace_core import Progress
from strace_explorer.service.single_flight import Report, SingleFlight, Workers, ignore

SECONDS = 30
"""Longer than anything here takes; a test that waits this long has failed."""


class LeavingError(BaseException):
    """Ends a session as Streamlit does: no handler of errors stops it."""


class Block:
    """A megabyte of memory, to see whether it is still held."""

    def __init__(self) -> None:
        self.content = bytearray(2**20)


class Work:
    """A computation that keeps reporting until it may end."""

    def __init__(self, value: object = "value") -> None:
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.ended = threading.Event()
        self.n_runs = 0
        self.value = value
        self.held: weakref.ref[Block] | None = None

    def __call__(self, report: Report) -> object:
        self.n_runs += 1
        block = Block()
        self.held = weakref.ref(block)
        self.begun.set()
        try:
            while not self.may_end.wait(0.005):
                report(Progress("capture", self.n_runs, 9))
        finally:
            self.ended.set()
        return self.value


class Session(threading.Thread):
    """A thread that asks, and records what it got or how it ended."""

    def __init__(self, ask: Callable[[Report], object]) -> None:
        super().__init__(daemon=True)
        self._ask = ask
        self.leaves = False
        self.received: list[Progress] = []
        self.got: object = None
        self.ended_by: BaseException | None = None
        self.waits = threading.Event()
        self.start()

    def run(self) -> None:
        try:
            self.got = self._ask(self._receive)
        except BaseException as error:  # noqa: BLE001 - checked by the test
            self.ended_by = error

    def _receive(self, progress: Progress) -> None:
        self.received.append(progress)
        self.waits.set()
        if self.leaves:
            raise LeavingError

    def leave(self) -> None:
        self.leaves = True
        self.join(SECONDS)
        assert isinstance(self.ended_by, LeavingError)


@pytest.fixture
def flights() -> SingleFlight:
    return SingleFlight({}, Workers(2, "test"))


@pytest.fixture
def work() -> Iterator[Work]:
    made = Work()
    yield made
    made.may_end.set()


def finished(session: Session) -> object:
    session.join(SECONDS)
    assert not session.is_alive() and session.ended_by is None
    return session.got


def test_a_value_is_computed_once_and_kept(flights: SingleFlight) -> None:
    values = iter(["first", "second"])
    assert [flights.get("key", lambda _: next(values), ignore) for _ in range(2)] == ["first", "first"]
    assert flights.get("other", lambda _: next(values), ignore) == "second"
    assert (flights.look_up("key"), flights.look_up("unknown")) == ("first", None)


def test_everyone_who_asks_meanwhile_gets_the_one_value_and_its_progress(flights: SingleFlight, work: Work) -> None:
    sessions = [Session(lambda report: flights.get("key", work, report)) for _ in range(4)]
    for session in sessions:
        assert session.waits.wait(SECONDS)
    work.may_end.set()
    assert [finished(session) for session in sessions] == ["value"] * 4
    assert work.n_runs == 1
    assert all({progress.stage for progress in session.received} <= {"wait", "capture"} for session in sessions)
    assert any(progress.stage == "capture" for session in sessions for progress in session.received)


def test_work_nobody_waits_for_is_cancelled_and_leaves_nothing(flights: SingleFlight, work: Work) -> None:
    session = Session(lambda report: flights.get("key", work, report))
    assert session.waits.wait(SECONDS) and work.begun.wait(SECONDS)
    session.leave()
    assert work.ended.wait(SECONDS), "the work did not stop"
    assert flights.look_up("key") is None
    finished(Session(lambda report: flights.get("after", lambda _: "that thread has moved on", report)))
    gc.collect()
    assert work.held is not None and work.held() is None
    again = Session(lambda report: flights.get("key", work, report))
    work.may_end.set()
    assert finished(again) == "value" and work.n_runs == 2


def test_work_goes_on_for_the_others_when_the_first_waiter_leaves(flights: SingleFlight, work: Work) -> None:
    first = Session(lambda report: flights.get("key", work, report))
    assert first.waits.wait(SECONDS)
    second = Session(lambda report: flights.get("key", work, report))
    assert second.waits.wait(SECONDS)
    first.leave()
    assert not work.ended.is_set()
    work.may_end.set()
    assert finished(second) == "value"
    assert work.n_runs == 1


def test_work_abandoned_in_the_queue_never_begins(flights: SingleFlight, work: Work) -> None:
    busy = [Session(lambda report, key=key: flights.get(key, work, report)) for key in ("one", "two")]
    in_line = Work()
    session = Session(lambda report: flights.get("three", in_line, report))
    assert session.waits.wait(SECONDS)
    session.leave()
    work.may_end.set()
    assert [finished(each) for each in busy] == ["value", "value"]
    assert finished(Session(lambda report: flights.get("four", lambda _: 4, report))) == 4
    assert in_line.n_runs == 0


def test_a_failure_reaches_every_waiter_and_is_not_kept(flights: SingleFlight, work: Work) -> None:
    def fail(report: Report) -> object:
        work(report)
        raise ValueError("broken")

    sessions = [Session(lambda report: flights.get("key", fail, report)) for _ in range(3)]
    for session in sessions:
        assert session.waits.wait(SECONDS)
    work.may_end.set()
    for session in sessions:
        session.join(SECONDS)
        assert isinstance(session.ended_by, ValueError)
    assert flights.get("key", lambda _: "whole again", ignore) == "whole again"


def test_work_that_is_not_cancellable_goes_on_without_waiters(work: Work) -> None:
    flights = SingleFlight({}, Workers(1, "test"), cancellable=False)
    session = Session(lambda report: flights.get("key", work, report))
    assert session.waits.wait(SECONDS)
    session.leave()
    later = Session(lambda report: flights.get("key", work, report))
    work.may_end.set()
    assert finished(later) == "value"
    assert work.n_runs == 1


def test_a_timeout_of_the_work_is_a_failure_like_any_other(flights: SingleFlight) -> None:
    def fail(report: Report) -> object:
        raise TimeoutError("the hub does not answer")

    with pytest.raises(TimeoutError, match="the hub does not answer"):
        flights.get("key", fail, ignore)


def test_worker_threads_end_with_the_process() -> None:
    code = (
        "import threading\n"
        "from strace_explorer.service.single_flight import Workers\n"
        "begun = threading.Event()\n"
        "Workers(1, 'test').submit(lambda: (begun.set(), threading.Event().wait()))\n"
        "assert begun.wait(30)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
