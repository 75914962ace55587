"""An answer our code cannot take in costs what it answers a few tries, and holds nothing else up."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from rollcall.outbox.states import Lane
from rollcall.roster import readings
from rollcall.roster.readings import MOST_ATTEMPTS, What
from rollcall.simulator import LoggedCall
from rollcall.store.tables import Lease
from tests.worker.altered import Altered
from tests.worker.rig import Rig, a_person


class Baffled:
    """Our own code falls over answers, the first so many of them (None: all), as it is about to keep them."""

    def __init__(self, times: int | None = None) -> None:
        self._left = times
        self._mine = threading.local()  # an answer is taken in by the thread that got it
        self._lock = threading.Lock()

    def __call__(self, point: str) -> None:
        if point == "after answer":
            self._mine.has_answer = True
        elif point == "before commit" and getattr(self._mine, "has_answer", False):
            self._mine.has_answer = False
            if self._is_struck():
                raise OverflowError

    def _is_struck(self) -> bool:
        with self._lock:
            if self._left is not None:
                self._left -= 1
            return self._left is None or self._left >= 0


@pytest.fixture
def end_of_time(rig: Rig) -> Iterator[None]:
    """RingCentral's sessions end half an hour after the last moment that can be written down here."""

    def far(method: str, path: str, status: int, document: Any) -> tuple[int, Any]:
        if method == "GET" and "/sessions?" in path and document:
            for one in document.get("records", []):
                one.pop("startTime", None)
                one |= {"scheduledStartTime": "9999-12-31T23:30:00Z", "scheduledDuration": 3600}
        return status, document

    before = Altered(rig.server_url, far)
    rig.server_url = before.url
    yield
    rig.stop()
    before.close()


def calls_for_sessions(rig: Rig) -> list[LoggedCall]:
    return [call for call in rig.world.calls(method="GET") if call.path.endswith("/sessions")]


def starts_of_the_worker(rig: Rig) -> int:
    """How often it had to take its lease."""
    with rig.store.read() as db:
        return db.get_one(Lease, rig.connection_id).epoch


def test_a_list_that_cannot_be_taken_in_is_given_up(rig: Rig) -> None:
    """The worker fell over it and began it anew at once, call after call, for as long as it ran."""
    rig.start(passing=Baffled())
    reading = rig.until(lambda: rig.last_reading(What.SESSIONS))

    rig.let_pass(lambda: rig.reading(reading.id).state == "failed", most=1200, step=15)

    assert len(calls_for_sessions(rig)) == MOST_ATTEMPTS
    assert starts_of_the_worker(rig) == 1


def test_registrations_whose_answers_cannot_be_taken_in_are_looked_for_on_the_list(rig: Rig) -> None:
    """RingCentral had registered her: nobody is sent twice, and the others do not wait."""
    rig.start()
    rig.until(rig.has_sessions)
    rig.stop()
    rig.start(passing=Baffled(times=1))

    action_id = rig.register()
    rig.until_state(action_id, "unconfirmed")
    other = rig.settle(rig.register(a_person("bob@example.com")))
    action = rig.settle(action_id)

    assert (action.outcome, other.outcome) == ("registered", "registered")
    assert len(rig.posts()) == 2
    assert starts_of_the_worker(rig) == 2  # once for each of the two workers


@pytest.mark.usefixtures("end_of_time")
def test_a_session_that_ends_after_the_end_of_time_is_read_all_the_same(rig: Rig) -> None:
    """Somebody typed 9999 for "for ever": no list of sessions could be read any more, by nobody."""
    rig.start()

    rig.until(rig.has_sessions, within=20)

    assert len(calls_for_sessions(rig)) <= MOST_ATTEMPTS
    assert starts_of_the_worker(rig) == 1


@pytest.mark.usefixtures("end_of_time")
def test_an_import_goes_on_beside_a_list_that_is_hard_to_take_in(rig: Rig) -> None:
    """Somebody presses Refresh beside a running import: nobody was registered any more, the list took all the quota."""
    batch_id = rig.import_of(30)
    with rig.store.write() as db:
        readings.ask(db, rig.connection_id, What.SESSIONS, lane=Lane.CLICK, asked_by="local", now=rig.clock())
    rig.start()

    rig.let_pass(lambda: rig.batch(batch_id).state == "finished", most=120)

    assert rig.counts(batch_id) == {"registered": 30}
    assert len(calls_for_sessions(rig)) <= MOST_ATTEMPTS
