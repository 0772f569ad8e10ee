"""Sessions that ask for the same thing, leave while it is made, or find it broken."""

import gc
import threading
import weakref
from collections.abc import Callable, Iterator

import pytest
from strace_explorer.service.single_flight import BesideOwners, Report, SingleFlight, Workers, unheard

from strace_core import Progress

SECONDS = 30
"""Longer than anything here takes; a test that waits this long has failed."""


class LeavingError(BaseException):
    """Ends a session as Streamlit does: no handler of errors stops it."""


class Block:
    """Some 1 MB of work, to see whether it is still held."""

    def __init__(self) -> None:
        self.content = bytearray(2**20)


class Work:
    """A computation that reports again and again until it may end."""

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
    """A thread that asks and notes what it got or how it ended."""

    def __init__(self, ask: Callable[[Report], object]) -> None:
        super().__init__(daemon=True)
        self._ask = ask
        self.leaves = False
        self.heard: list[Progress] = []
        self.got: object = None
        self.ended_by: BaseException | None = None
        self.waits = threading.Event()
        self.start()

    def run(self) -> None:
        try:
            self.got = self._ask(self._hear)
        except BaseException as error:  # noqa: BLE001 - looked at by the test
            self.ended_by = error

    def _hear(self, progress: Progress) -> None:
        self.heard.append(progress)
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
    assert [flights.get("key", lambda report: next(values), unheard) for _ in range(2)] == ["first", "first"]
    assert flights.get("other", lambda report: next(values), unheard) == "second"
    assert (flights.look_up("key"), flights.look_up("unknown")) == ("first", None)


def test_all_who_ask_meanwhile_get_the_one_value_and_hear_of_progress(flights: SingleFlight, work: Work) -> None:
    sessions = [Session(lambda hear: flights.get("key", work, hear)) for _ in range(4)]
    for session in sessions:
        assert session.waits.wait(SECONDS)
    work.may_end.set()
    assert [finished(session) for session in sessions] == ["value"] * 4
    assert work.n_runs == 1
    assert all({progress.stage for progress in session.heard} <= {"wait", "capture"} for session in sessions)
    assert any(progress.stage == "capture" for session in sessions for progress in session.heard)


def test_what_nobody_waits_for_stops_and_leaves_nothing(flights: SingleFlight, work: Work) -> None:
    session = Session(lambda hear: flights.get("key", work, hear))
    assert session.waits.wait(SECONDS) and work.begun.wait(SECONDS)
    session.leave()
    assert work.ended.wait(SECONDS), "the work did not stop"
    assert flights.look_up("key") is None
    finished(Session(lambda hear: flights.get("after", lambda report: "that thread has moved on", hear)))
    gc.collect()
    assert work.held is not None and work.held() is None
    again = Session(lambda hear: flights.get("key", work, hear))
    work.may_end.set()
    assert finished(again) == "value" and work.n_runs == 2


def test_when_the_first_who_asked_leaves_the_work_goes_on_for_the_others(flights: SingleFlight, work: Work) -> None:
    first = Session(lambda hear: flights.get("key", work, hear))
    assert first.waits.wait(SECONDS)
    second = Session(lambda hear: flights.get("key", work, hear))
    assert second.waits.wait(SECONDS)
    first.leave()
    assert not work.ended.is_set()
    work.may_end.set()
    assert finished(second) == "value"
    assert work.n_runs == 1


def test_what_was_left_before_its_turn_never_begins(flights: SingleFlight, work: Work) -> None:
    busy = [Session(lambda hear, key=key: flights.get(key, work, hear)) for key in ("one", "two")]
    in_line = Work()
    session = Session(lambda hear: flights.get("three", in_line, hear))
    assert session.waits.wait(SECONDS)
    session.leave()
    work.may_end.set()
    assert [finished(each) for each in busy] == ["value", "value"]
    assert finished(Session(lambda hear: flights.get("four", lambda report: 4, hear))) == 4
    assert in_line.n_runs == 0


def test_a_failure_reaches_all_who_wait_and_is_not_kept(flights: SingleFlight, work: Work) -> None:
    def fail(report: Report) -> object:
        work(report)
        raise ValueError("broken")

    sessions = [Session(lambda hear: flights.get("key", fail, hear)) for _ in range(3)]
    for session in sessions:
        assert session.waits.wait(SECONDS)
    work.may_end.set()
    for session in sessions:
        session.join(SECONDS)
        assert isinstance(session.ended_by, ValueError)
    assert flights.get("key", lambda report: "whole again", unheard) == "whole again"


def test_work_that_cannot_stop_goes_on_without_those_who_asked(work: Work) -> None:
    flights = SingleFlight({}, Workers(1, "test"), stoppable=False)
    session = Session(lambda hear: flights.get("key", work, hear))
    assert session.waits.wait(SECONDS)
    session.leave()
    later = Session(lambda hear: flights.get("key", work, hear))
    work.may_end.set()
    assert finished(later) == "value"
    assert work.n_runs == 1


def test_work_started_ahead_is_joined(work: Work) -> None:
    flights = SingleFlight({}, Workers(1, "test"), stoppable=False)
    flights.start("key", work)
    flights.start("key", work)
    assert work.begun.wait(SECONDS)
    session = Session(lambda hear: flights.get("key", work, hear))
    work.may_end.set()
    assert finished(session) == "value"
    flights.start("key", work)
    assert work.n_runs == 1


def test_values_beside_an_owner_go_with_it() -> None:
    store = BesideOwners()
    owner, other = Block(), Block()
    store[owner, "view"] = "picture"
    assert store.get((owner, "view")) == "picture" and (owner, "view") in store
    assert store.get((owner, "another")) is None and (other, "view") not in store
    value = Block()
    store[owner, "large"] = value
    held = weakref.ref(value)
    del owner, value
    gc.collect()
    assert held() is None
