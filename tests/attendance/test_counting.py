"""Tallies are made beside everybody else: one that cannot be made costs no other, and none makes the worker wait."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection, event, text

from rollcall.attendance import counting, tallies
from rollcall.attendance.counting import Turn
from rollcall.attendance.facts import ParticipantsRead
from rollcall.roster import readings, registrants
from rollcall.roster.readings import What
from rollcall.store.database import Store
from rollcall.store.tables import Reading
from tests.attendance.examples import NEXT_DAY, TEN
from tests.attendance.stored import SESSION, Stored, a_participant, a_registrant, people
from tests.databases import POSTGRESQL

LATER = NEXT_DAY + timedelta(hours=1)
BEFORE_CLOCKS = datetime(1, 1, 1, tzinfo=UTC)
OLDER = "8000"


@pytest.fixture
def stored(store: Store, connection_id: int) -> Stored:
    """A session of three people, read after its end."""
    found = Stored(store, connection_id)
    found.session()
    found.list_registrants(*people([1, 2, 3], source="ads"))
    return found


def count(stored: Stored, *, now: datetime = LATER, **more: Any) -> Turn:
    return counting.bring_up_to_date(stored.store, stored.connection_id, now=now, **more)


def shown(stored: Stored, *, now: datetime = LATER) -> pd.DataFrame:
    """The tallies of all sessions, by id."""
    with stored.store.read() as db:
        return tallies.sessions(db, stored.connection_id, now=now).set_index("session_id")


def by_source(stored: Stored) -> int:
    """How many registered, as the sources tell it."""
    with stored.store.read() as db:
        return int(tallies.by_spelling(db, stored.connection_id)["registered"].sum())


def spoil(stored: Stored, session_id: str) -> None:
    """Write what no release of ours can read."""
    with stored.store.write() as db:
        db.execute(
            text("UPDATE webinar_session SET raw = :raw WHERE session_id = :id"), {"raw": "[1]", "id": session_id}
        )


class TestOneThatCannotBeMade:
    def test_it_is_logged_and_costs_no_other_its_tally(self, stored: Stored, caplog: pytest.LogCaptureFixture) -> None:
        """One odd session of years ago must not stop every figure of Compare for ever."""
        older = replace(stored, session_id=OLDER)
        older.session(starts_at=TEN - timedelta(days=30))
        older.list_registrants(*people([1, 2]))
        spoil(stored, SESSION)

        with caplog.at_level(logging.ERROR):
            first = count(stored)
        second = count(stored, but_not=[first.failed])

        assert (first, second) == (Turn(0, failed=SESSION), Turn(1))
        assert shown(stored)["is_counted"].to_dict() == {OLDER: True, SESSION: False}
        assert [record.getMessage() for record in caplog.records] == [
            "the tally of a session could not be made: AttributeError"
        ]

    @pytest.mark.parametrize("starts_at", [TEN, None])
    @pytest.mark.parametrize(
        "times",
        [{"joined_at": BEFORE_CLOCKS}, {"left_at": datetime(9999, 1, 1, tzinfo=UTC)}],
    )
    def test_a_clock_that_was_centuries_wrong_leaves_a_tally(
        self, stored: Stored, times: dict[str, datetime], starts_at: datetime | None
    ) -> None:
        """Such minutes were more than a column of PostgreSQL holds, where the broadcast's times are not known."""
        stored.session(broadcast=(None, None), starts_at=starts_at)
        stored.list_participants(replace(a_participant(1, of=1), **times))

        assert count(stored) == Turn(1)

        found = shown(stored).loc[SESSION]
        assert found.attended == 1
        assert pd.isna(found.median_minutes) or found.median_minutes < 2 * 24 * 60


class TestWriting:
    def test_whoever_writes_need_not_wait_while_it_is_reckoned(
        self, stored: Stored, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """SQLite has one lock for writing, and the worker's lease has to be renewed meanwhile."""
        written = []

        def meanwhile() -> None:
            with stored.store.write() as db:
                written.append(db.execute(text("UPDATE connection SET mode = mode")))

        _meanwhile(monkeypatch, meanwhile)

        assert count(stored) == Turn(1)
        assert len(written) == 1

    def test_what_no_longer_holds_is_not_written(self, stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
        """A list that was read to its end while the one before was counted: the next turn counts that one."""
        _meanwhile(monkeypatch, lambda: stored.list_registrants(*people(range(1, 11)), begun_at=LATER))

        assert count(stored) == Turn(0)
        assert not shown(stored).loc[SESSION].is_counted

        assert count(stored) == Turn(1)
        assert shown(stored).loc[SESSION].registered == 10

    @pytest.mark.parametrize("database", [pytest.param(POSTGRESQL, marks=pytest.mark.postgres)])
    def test_two_who_write_one_tally_leave_one_that_agrees_with_itself(
        self, stored: Stored, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """SQLite lets nobody write beside another; here the sources of both would stand beside each other."""
        kept, second_is_in, second = counting._keep, threading.Event(), threading.Thread(target=count, args=(stored,))

        def slowly(*given: Any) -> None:
            if threading.current_thread() is second:
                second_is_in.set()
                kept(*given)
                return
            kept(*given)
            stored.list_registrants(*people(range(1, 11), source="ads"), begun_at=LATER)
            second.start()
            second_is_in.wait(5)
            second.join(0.3)  # it either waits for us to end, or has written its half

        monkeypatch.setattr(counting, "_keep", slowly)
        count(stored)
        second.join(10)

        assert shown(stored).loc[SESSION].registered == by_source(stored) == 10


def _meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Let something happen once, after a tally was reckoned and before it is written."""
    reckoned, waiting = counting._by_raw, [happens]

    def then(*given: Any) -> Any:
        while waiting:
            waiting.pop()()
        return reckoned(*given)

    monkeypatch.setattr(counting, "_by_raw", then)


class TestForbidden:
    def test_an_outage_takes_nothing_back_of_what_was_settled(self, stored: Stored) -> None:
        """The 403 has told that the list alone tells who came; a 503 to a later attempt tells nothing else."""
        stored.forbid_participants()
        count(stored)
        reading_id = stored._begun(What.PARTICIPANTS, LATER)
        with stored.store.write() as db:
            reading = db.get_one(Reading, reading_id)
            readings.fail(db, reading, code="OutcomeUnknown", message="", again=False, now=LATER)

        later = LATER + timedelta(hours=1)
        assert count(stored, now=later) == Turn(0)
        assert stored.reckoned(now=later).counts.absent == 3
        assert stored.reckoned(now=later).facts.participants_read is ParticipantsRead.FORBIDDEN


class TestOurOwnChanges:
    """An import, a form and a cancellation change the list without anybody reading it."""

    def test_whom_we_register_is_counted(self, stored: Stored) -> None:
        """Three registered, two hundred are imported: the tally must not stay at three until the next reading."""
        count(stored)
        with stored.store.write() as db:
            registrants.keep(db, stored.connection_id, SESSION, people(range(10, 15), source="mail"), now=LATER)

        later = LATER + timedelta(minutes=2)
        assert count(stored, now=later) == Turn(1)
        assert shown(stored).loc[SESSION].registered == by_source(stored) == 8
        assert count(stored, now=later + timedelta(hours=1)) == Turn(0)

    def test_whom_we_cancel_is_counted(self, stored: Stored) -> None:
        """The same the other way round."""
        count(stored)
        with stored.store.write() as db:
            registrants.remove(db, stored.connection_id, SESSION, "r-2", now=LATER)

        assert count(stored, now=LATER + timedelta(minutes=2)) == Turn(1)
        assert shown(stored).loc[SESSION].cancelled == 1

    def test_a_running_import_is_counted_once_a_minute(self, stored: Stored) -> None:
        """At each of its people it would be counted every two seconds, however many there are."""
        count(stored)
        made = 0
        for second in range(1, 181, 2):
            at = LATER + timedelta(seconds=second)
            with stored.store.write() as db:
                registrants.keep(db, stored.connection_id, SESSION, [a_registrant(100 + second)], now=at)
            made += count(stored, now=at).made

        assert 2 <= made <= 3

    def test_one_who_is_written_a_moment_late_is_not_missed(self, stored: Stored) -> None:
        """Whoever writes takes the time first and is seen when it is done."""
        count(stored, now=LATER)
        with stored.store.write() as db:
            registrants.keep(
                db, stored.connection_id, SESSION, [a_registrant(9)], now=LATER - timedelta(milliseconds=500)
            )

        assert count(stored, now=LATER + timedelta(minutes=2)) == Turn(1)

    def test_it_is_looked_up_at_the_ends_of_indexes(self, stored: Stored) -> None:
        """Every two seconds: 400,000 people must not be gone through for it."""
        asked: list[tuple[str, Any]] = []

        def note(_connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            asked.append((statement, parameters))

        event.listen(stored.store.engine, "before_cursor_execute", note)
        try:
            count(stored)
            asked.clear()
            count(stored)
        finally:
            event.remove(stored.store.engine, "before_cursor_execute", note)

        [(statement, parameters)] = [one for one in asked if "registrant" in one[0]]
        if stored.store.is_sqlite:
            with stored.store.engine.connect() as connection:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            used = " ".join(str(row[-1]) for row in plan)
            assert "ix_registrant_ours (connection_id=? AND session_id=? AND seen_at>?)" in used
            assert "ix_registrant_search (connection_id=? AND session_id=? AND gone_at>?)" in used
