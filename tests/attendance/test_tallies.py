"""What each session came to, kept in the store: when it is counted, when again, and what pages read of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import pytest

from rollcall.attendance import counting, tallies
from rollcall.attendance.facts import ParticipantsRead
from rollcall.attendance.matching import Provisional
from rollcall.attendance.sources import COUNTS
from rollcall.attendance.tallies import State
from rollcall.outbox.states import Lane
from rollcall.roster import readings, registrants, sessions
from rollcall.roster.readings import What
from rollcall.roster.registrants import Seen
from rollcall.roster.sessions import SeenSession
from rollcall.store.database import Store
from rollcall.store.tables import Reading
from tests.attendance.examples import ELEVEN, HALF_PAST, NEXT_DAY, TEN
from tests.attendance.stored import SESSION, Stored, a_participant, a_registrant, people

LATER = NEXT_DAY + timedelta(days=1)


@pytest.fixture
def stored(store: Store, connection_id: int) -> Stored:
    """A session that has ended and was not read."""
    found = Stored(store, connection_id)
    found.session()
    return found


def count(stored: Stored, *, now: datetime = NEXT_DAY, at_most: int = 10, people: int = 10_000) -> int:
    turn = counting.bring_up_to_date(stored.store, stored.connection_id, now=now, at_most=at_most, people=people)
    assert not turn.failed
    return turn.made


def row(stored: Stored, *, now: datetime = NEXT_DAY) -> pd.Series:
    with stored.store.read() as db:
        return tallies.sessions(db, stored.connection_id, now=now).iloc[0]


def read(stored: Stored, *, begun_at: datetime = NEXT_DAY) -> None:
    """Both lists: of five registrants the first two came, for 60 and 30 minutes."""
    listed = [a_registrant(number, source="ads" if number < 3 else None) for number in range(1, 6)]
    stored.list_registrants(*listed, begun_at=begun_at)
    stored.list_participants(a_participant(1, of=1), a_participant(2, of=2, left=30), begun_at=begun_at)


def another_session(stored: Stored, session_id: str, seen: list[Seen], *, at: datetime = TEN) -> None:
    """A second session, whose registrants were read."""
    shown = SeenSession(
        session_id, "7", "Other", None, None, None, at, at + timedelta(hours=1), None, "Finished", None, {}
    )
    with stored.store.write() as db:
        sessions.keep(db, stored.connection_id, [shown], now=NEXT_DAY)
        reading = begun(stored, db, What.REGISTRANTS, session_id)
        registrants.keep(db, stored.connection_id, session_id, seen, now=NEXT_DAY, reading=reading)
        readings.turn_page(db, reading, cursor=None, records=len(seen), now=NEXT_DAY)


def begun(stored: Stored, db: object, what: What, session_id: str = SESSION) -> Reading:
    """A reading whose first call has left."""
    reading_id = readings.ask(
        db,
        stored.connection_id,
        what,
        session_id,
        lane=Lane.BACKGROUND,
        asked_by="test",
        now=NEXT_DAY,  # type: ignore[arg-type]
    )
    reading: Reading = db.get_one(Reading, reading_id)  # type: ignore[attr-defined]
    readings.begin(db, reading, cursor={}, now=NEXT_DAY)  # type: ignore[arg-type]
    return reading


class TestCounting:
    def test_a_session_whose_registrants_were_never_read_is_not_counted(self, stored: Stored) -> None:
        """Whoever was met otherwise is not the list: half of a session must not look like a small one."""
        assert count(stored) == 0
        assert not row(stored).is_counted

    def test_it_counts_what_the_attendance_page_shows(self, stored: Stored) -> None:
        """One truth, kept twice."""
        read(stored)

        assert count(stored) == 1
        found, shown = row(stored), stored.reckoned().counts
        assert [int(found[name]) for name in (*COUNTS, "on_demand")] == [
            getattr(shown, name) for name in (*COUNTS, "on_demand")
        ]
        assert found.median_minutes == 45
        assert (round(found.rate, 3), round(found.low, 3), round(found.high, 3)) == (0.4, 0.118, 0.769)
        assert found.is_settled
        assert found.provisional == ()
        assert found.participants_read == ParticipantsRead.YES
        assert found.registrants_read_at == NEXT_DAY

    def test_nothing_is_counted_twice(self, stored: Stored) -> None:
        """It is looked at every two seconds."""
        read(stored)
        count(stored)

        assert count(stored, now=LATER) == 0

    @pytest.mark.parametrize("what", [What.REGISTRANTS, What.PARTICIPANTS])
    def test_another_complete_reading_counts_again(self, stored: Stored, what: What) -> None:
        """Whatever changed in between."""
        read(stored)
        count(stored)

        if what is What.REGISTRANTS:
            stored.list_registrants(*people(range(1, 9)), begun_at=LATER)
        else:
            stored.list_participants(*(a_participant(number, of=number) for number in range(1, 5)), begun_at=LATER)

        assert count(stored, now=LATER) == 1
        assert (row(stored).registered, row(stored).attended) == ((8, 2) if what is What.REGISTRANTS else (5, 4))

    @pytest.mark.parametrize("changed", [{"status": "Active"}, {"ends_at": ELEVEN + timedelta(minutes=5)}])
    def test_another_status_or_end_counts_again(self, stored: Stored, changed: dict[str, object]) -> None:
        """Who is absent hangs on both."""
        read(stored)
        count(stored)

        stored.session(**changed)  # type: ignore[arg-type]

        assert count(stored, now=LATER) == 1

    def test_an_end_that_only_the_clock_has_brought_counts_again(self, stored: Stored) -> None:
        """RingCentral said nothing more: the same readings, the same status, and yet nobody joins any more."""
        stored.session(status="")
        read(stored, begun_at=HALF_PAST)
        assert count(stored, now=HALF_PAST) == 1
        assert Provisional.NOT_OVER in row(stored).provisional

        assert count(stored, now=HALF_PAST) == 0
        assert count(stored, now=NEXT_DAY) == 1
        assert row(stored).provisional == (Provisional.READ_BEFORE_END, Provisional.REGISTRANTS_NOT_READ_SINCE)
        assert count(stored, now=LATER) == 0

    def test_being_told_that_participants_are_forbidden_counts_again(self, stored: Stored) -> None:
        """From then on the list of registrants alone tells who came, and the others are absent."""
        listed = [a_registrant(1, participant_id="p-1"), a_registrant(2)]
        stored.list_registrants(*listed)
        count(stored)
        assert not row(stored).is_settled

        stored.forbid_participants()

        assert count(stored) == 1
        found = row(stored)
        assert (found.attended, found.absent, found.is_settled) == (1, 1, True)
        assert found.participants_read == ParticipantsRead.FORBIDDEN
        assert pd.isna(found.median_minutes)
        assert pd.isna(found.participants_read_at)

    def test_asking_again_takes_nothing_back_of_what_is_forbidden(self, stored: Stored) -> None:
        """Else everybody who stayed away would be "not yet known" as long as the second attempt waits."""
        stored.list_registrants(a_registrant(1, participant_id="p-1"), a_registrant(2))
        stored.forbid_participants()
        count(stored)
        with stored.store.write() as db:
            readings.ask(
                db, stored.connection_id, What.PARTICIPANTS, SESSION, lane=Lane.CLICK, asked_by="test", now=LATER
            )

        assert count(stored, now=LATER) == 0
        assert stored.reckoned(now=LATER).counts.absent == 1

    def test_a_session_that_is_being_read_waits_for_the_end_of_it(self, stored: Stored) -> None:
        """Between two pages half of the list is of then and half of now."""
        read(stored)
        with stored.store.write() as db:
            begun(stored, db, What.PARTICIPANTS)
        assert count(stored) == 0

        stored.list_participants()

        assert count(stored) == 1

    def test_a_turn_is_bounded(self, stored: Stored) -> None:
        """The worker waits for it; the latest sessions come first."""
        read(stored)
        for number, days in ((1, 1), (2, 2)):
            another_session(stored, f"900{number}", people([1, 2]), at=TEN + timedelta(days=days))

        assert count(stored, at_most=1) == 1
        assert count(stored, people=1) == 1
        with stored.store.read() as db:
            found = tallies.sessions(db, stored.connection_id, now=LATER).set_index("session_id")
        assert found["is_counted"].to_dict() == {"8001": False, "9001": True, "9002": True}
        assert count(stored) == 1
        assert count(stored) == 0


class TestSessions:
    def test_a_running_session_has_a_rate_so_far(self, stored: Stored) -> None:
        """And is not settled."""
        stored.session(status="Active", ends_at=LATER)
        read(stored, begun_at=HALF_PAST)
        count(stored, now=HALF_PAST)

        found = row(stored, now=HALF_PAST)
        assert found.state == State.RUNNING
        assert (found.rate, found.not_yet_known, found.is_settled) == (0.4, 3, False)

    def test_a_session_to_come_has_no_rate(self, stored: Stored) -> None:
        """Nobody can have come, which is not 0 %."""
        stored.session(status="Scheduled", starts_at=LATER, ends_at=LATER + timedelta(hours=1))
        stored.list_registrants(*people([1, 2]))
        count(stored)

        found = row(stored)
        assert found.state == State.TO_COME
        assert pd.isna(found.rate)
        assert found.registered == 2

    def test_a_session_that_never_started_is_called_so_once_a_list_has_told(self, stored: Stored) -> None:
        """Before that, RingCentral's list may only be old."""
        stored.session(status="Scheduled", seen_at=HALF_PAST)
        read(stored)
        count(stored)
        assert row(stored).state == State.OVER
        assert not row(stored).is_settled

        stored.session(status="Scheduled", seen_at=NEXT_DAY)

        assert row(stored).state == State.NEVER_STARTED
        assert not row(stored).is_settled

    def test_nobody_registered_is_no_rate(self, stored: Stored) -> None:
        """0 of 0 is nothing."""
        stored.list_registrants()
        stored.list_participants()
        count(stored)

        found = row(stored)
        assert found.is_settled
        assert found.registered == 0
        assert pd.isna(found.rate)

    def test_open_leave_times_keep_a_session_provisional(self, stored: Stored) -> None:
        """Known from the people alone, so it is kept with the tally."""
        stored.list_registrants(*people([1]))
        stored.list_participants(a_participant(1, of=1, left=None))
        count(stored)

        assert row(stored).provisional == (Provisional.OPEN_LEAVE_TIMES,)
        assert row(stored).is_settled

    def test_sessions_come_in_the_order_of_their_begin(self, stored: Stored) -> None:
        """The same on both databases, unknown begins first."""
        another_session(stored, "9001", [], at=TEN - timedelta(days=3))
        stored.session(starts_at=None)

        with stored.store.read() as db:
            found = tallies.sessions(db, stored.connection_id, now=NEXT_DAY)
            one = tallies.sessions(db, stored.connection_id, ["9001"], now=NEXT_DAY)
        assert found["session_id"].tolist() == ["8001", "9001"]
        assert one["session_id"].tolist() == ["9001"]


class TestSources:
    def test_spellings_are_kept_as_they_came_and_merged_when_read(self, stored: Stored) -> None:
        """A merge must not need the people again, and its undoing neither."""
        given = ["ads", "Ads", None, " ", "ads"]
        stored.list_registrants(*(a_registrant(number, source=source) for number, source in enumerate(given)))
        stored.list_participants(a_participant(1, of=1))
        count(stored)

        with stored.store.read() as db:
            raw = tallies.by_source(db, stored.connection_id, [SESSION], {})
            merged = tallies.by_source(db, stored.connection_id, [SESSION], {"Ads": "ads"})
        assert dict(zip(raw["source"], raw["registered"], strict=True)) == {"(none)": 2, "Ads": 1, "ads": 2}
        assert merged.to_dict("records") == [
            {"session_id": SESSION, "source": "(none)", "registered": 2, "attended": 0, "absent": 2, "cancelled": 0,
             "not_yet_known": 0},
            {"session_id": SESSION, "source": "ads", "registered": 3, "attended": 1, "absent": 2, "cancelled": 0,
             "not_yet_known": 0},
        ]  # fmt: skip

    def test_sources_that_are_gone_leave_no_tally_behind(self, stored: Stored) -> None:
        """Else a source's people would be counted for ever."""
        stored.list_registrants(a_registrant(1, source="old"))
        count(stored)
        stored.list_registrants(a_registrant(1, source="new"), begun_at=LATER)
        count(stored, now=LATER)

        with stored.store.read() as db:
            found = tallies.by_spelling(db, stored.connection_id)
        assert found["raw"].tolist() == ["new"]

    def test_spellings_are_summed_over_all_sessions(self, stored: Stored) -> None:
        """The most frequent first; a source of 10,000 characters is one of them."""
        long = "x" * 10_000
        stored.list_registrants(a_registrant(1, source=long), a_registrant(2, source="ads"))
        another_session(stored, "9001", [a_registrant(1, source="ads")])
        count(stored)

        with stored.store.read() as db:
            found = tallies.spellings(db, stored.connection_id)
        assert found[["raw", "sessions", "registered"]].values.tolist() == [["ads", 2, 2], [long, 1, 1]]

    def test_without_any_tally_the_frames_are_empty_and_whole(self, stored: Stored) -> None:
        """Pages ask before the first reading too."""
        with stored.store.read() as db:
            assert tallies.by_source(db, stored.connection_id, [], {}).empty
            assert tallies.spellings(db, stored.connection_id).empty
            assert tallies.sessions(db, stored.connection_id, [], now=NEXT_DAY).empty
