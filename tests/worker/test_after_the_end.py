"""Who came is read without anybody asking: soon after the end, some hours and a day later, and then no more."""

import pytest
from sqlalchemy import select

from rollcall.outbox.states import Lane
from rollcall.roster import after_end, readings
from rollcall.roster.readings import What
from rollcall.simulator import Fault, FaultKind
from rollcall.store.tables import Reading
from tests.worker.conftest import BOTH_DATABASES
from tests.worker.rig import Rig, a_session

PAST = "8009"
ENDED_AGO = 600.0  # seconds: too soon to read
HOUR, DAY = 3600.0, 86400.0


@pytest.fixture(autouse=True)
def a_session_that_ended(rig: Rig) -> None:
    """It lasted an hour, and ended ten minutes ago."""
    rig.world.add_session(a_session(PAST, starts_at=rig.clock.origin - HOUR - ENDED_AGO))
    rig.start()


def read(rig: Rig, what: str) -> int:
    """How often this list of the session was asked for."""
    return len(rig.world.calls(method="GET", path=f"/sessions/{PAST}/{what}"))


def settled(rig: Rig, seconds: float) -> tuple[int, int]:
    """Let so much time pass, and the worker read what is due; how often each list was read by then."""
    rig.stop()
    rig.skip(seconds)
    rig.start()
    rig.let_pass(lambda: _nothing_is_due(rig), most=3000)
    return read(rig, "registrants"), read(rig, "participants")


def _nothing_is_due(rig: Rig) -> bool:
    with rig.store.read() as db:
        due = after_end.wanted(db, rig.connection_id, now=rig.clock())
        is_open = select(Reading.id).where(Reading.session_id == PAST, Reading.state.in_(["waiting", "running"]))
        return next(due, None) is None and db.scalar(is_open) is None


@BOTH_DATABASES
def test_both_lists_are_read_three_times_and_then_left_alone(rig: Rig) -> None:
    """RingCentral's history moves after the end; nobody should have to remember to read it again."""
    rig.look(What.SESSIONS, "")
    assert settled(rig, 0) == (0, 0)

    soon = settled(rig, 900)
    later = settled(rig, 4 * HOUR)
    next_day = settled(rig, DAY)
    in_the_end = settled(rig, DAY)

    assert [soon, later, next_day, in_the_end] == [(1, 1), (2, 2), (3, 3), (3, 3)]


@BOTH_DATABASES
def test_a_reading_still_open_when_the_next_moment_comes_holds_nobody_up(rig: Rig) -> None:
    """An import may keep it waiting for hours; asked for again and again, nothing else would ever leave."""
    rig.look(What.SESSIONS, "")
    rig.stop()
    with rig.store.write() as db:
        readings.ask(
            db, rig.connection_id, What.PARTICIPANTS, PAST, lane=Lane.BACKGROUND, asked_by="page", now=rig.clock()
        )
    rig.skip(900)

    rig.start()
    action = rig.settle(rig.register())

    assert action.outcome == "registered"
    rig.let_pass(lambda: _nothing_is_due(rig), most=3000)
    assert read(rig, "participants") == 1


def test_participants_that_only_the_host_may_read_are_asked_for_once_a_moment(rig: Rig) -> None:
    """A no is an answer; asking every five minutes would spend the quota of everybody else."""
    rig.world.set_switches(attendance=False)
    rig.look(What.SESSIONS, "")

    assert settled(rig, 900) == (1, 1)
    assert settled(rig, HOUR) == (1, 1)


def test_a_machine_that_was_off_reads_once_what_it_missed(rig: Rig) -> None:
    """Two moments have passed; one reading makes up for both."""
    rig.look(What.SESSIONS, "")

    assert settled(rig, 2 * DAY) == (1, 1)


def test_a_list_that_cannot_be_had_now_is_tried_at_the_next_moment(rig: Rig) -> None:
    """An outage that outlasts every attempt must not keep the worker at it for ever, nor give it up for good."""
    rig.look(What.SESSIONS, "")
    rig.world.add_fault(Fault(FaultKind.SERVER_ERROR, method="GET", path=f"{PAST}/participants", times=None))
    settled(rig, 900)
    rig.world.clear_faults()
    before = read(rig, "participants")

    assert settled(rig, HOUR)[1] == before
    assert settled(rig, 4 * HOUR)[1] == before + 1
