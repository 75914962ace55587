"""Registrations over the days before a session, laid over earlier sessions."""

from datetime import datetime, timedelta

import pandas as pd
import pytest

from rollcall.attendance.run_up import DAYS, EARLIER, Arrivals, RunUp, earlier_arrivals, run_up
from rollcall.outbox.states import Lane
from rollcall.roster import readings, registrants, sessions
from rollcall.roster.readings import What
from rollcall.roster.sessions import SeenSession
from rollcall.store.database import Store
from rollcall.store.tables import Reading
from tests.attendance.examples import TEN
from tests.attendance.stored import a_registrant

Place = tuple[Store, int]  # a store, and a connection in it

DAY = timedelta(days=1)
LATER = TEN + DAY


def laid(*before: float | None, until: datetime = LATER, earlier: tuple[Arrivals, ...] = ()) -> RunUp:
    """People who registered so many days before TEN; None: nobody knows when."""
    at = [pd.NaT if days is None else pd.Timestamp(TEN - timedelta(days=days)) for days in before]
    moments = pd.Series(at, dtype="datetime64[us, UTC]")
    return run_up(moments, TEN, known_until=until, earlier=earlier)


def by_day(found: RunUp, column: str = "registered") -> dict[int, float]:
    return dict(zip(found.days["days"].tolist(), found.days[column].tolist(), strict=True))


class TestThisSession:
    def test_it_counts_whoever_had_registered_by_a_day(self) -> None:
        """Two days and an hour before is before "2 days", and not before "3 days"."""
        found = by_day(laid(2 + 1 / 24, 2 - 1 / 24, 0.5))

        assert (found[3], found[2], found[1], found[0]) == (0, 1, 2, 3)

    def test_a_session_to_come_ends_where_it_was_read(self) -> None:
        """A line that falls flat for the days to come would look like nobody registers any more."""
        found = by_day(laid(6, 5, until=TEN - 3.5 * DAY))

        assert found[4] == 2
        assert all(pd.isna(found[day]) for day in (3, 2, 1, 0))

    def test_whoever_registered_when_it_had_begun_is_counted_apart(self) -> None:
        """The curve ends at the start; the people must not get lost."""
        found = laid(1, -0.01)

        assert by_day(found)[0] == 1
        assert found.after_start == 1

    def test_a_registration_without_time_is_counted_apart(self) -> None:
        """It cannot be drawn, and is not nobody."""
        found = laid(1, None)

        assert by_day(found)[0] == 1
        assert found.without_time == 1

    def test_those_of_long_ago_stand_at_the_first_day(self) -> None:
        """A year of days would be a line along the bottom."""
        found = laid(300, 1)

        assert len(found.days) == DAYS + 1
        assert by_day(found)[DAYS] == 1

    def test_nobody_at_all_is_a_line_of_nobody(self) -> None:
        """No registrants is a session like others."""
        assert set(by_day(laid()).values()) == {0}


class TestEarlierSessions:
    def test_the_median_is_of_what_each_had_by_that_day(self) -> None:
        """Not of the registrations of that day alone."""
        earlier = ({5: 10, 0: 10}, {5: 30}, {1: 50})

        found = by_day(laid(1, earlier=earlier), "median")

        assert (found[5], found[1], found[0]) == (10, 30, 30)

    def test_a_session_that_nobody_registered_for_is_not_compared_with(self) -> None:
        """An all-hands webinar without registration would pull the median down."""
        found = laid(1, earlier=({1: 4}, {}))

        assert found.earlier == 1
        assert by_day(found, "median")[0] == 4

    def test_without_earlier_sessions_there_is_no_median(self) -> None:
        """Not available is not 0."""
        assert laid(1).days["median"].isna().all()


def a_session(
    place: Place, session_id: str, *, starts_at: datetime, read_at: datetime | None, days: list[float]
) -> None:
    """A session whose list was read to its end at that time, with people who registered so many days before it."""
    seen = SeenSession(
        session_id=session_id, webinar_id="7", title="Spring", description=None, host_id=None, host_name=None,
        starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), time_zone="UTC", status="Finished",
        runtime_status=None, raw={},
    )  # fmt: skip
    people = [
        a_registrant(number, registered_at=starts_at - timedelta(days=before)) for number, before in enumerate(days)
    ]
    with place[0].write() as db:
        sessions.keep(db, place[1], [seen], now=LATER)
        registrants.keep(db, place[1], session_id, people, now=LATER)
        if read_at is not None:
            reading_id = readings.ask(
                db, place[1], What.REGISTRANTS, session_id, lane=Lane.CLICK, asked_by="test", now=read_at
            )
            reading = db.get_one(Reading, reading_id)
            readings.begin(db, reading, cursor={}, now=read_at)
            readings.turn_page(db, reading, cursor=None, records=len(people), now=read_at)


@pytest.fixture
def place(store: Store, connection_id: int) -> Place:
    return store, connection_id


class TestFromTheStore:
    def test_arrivals_are_counted_by_whole_days_before_the_start(self, place: Place) -> None:
        """As `run_up` lays them over one another."""
        a_session(place, "1", starts_at=TEN - 7 * DAY, read_at=TEN, days=[2.5, 2.1, 0.2, -1])

        with place[0].read() as db:
            assert earlier_arrivals(db, place[1], TEN) == {"1": {2: 2, 0: 1}}

    def test_a_list_read_before_the_start_is_left_out(self, place: Place) -> None:
        """Whoever registered after that reading is missing from it."""
        a_session(place, "1", starts_at=TEN - 7 * DAY, read_at=TEN - 8 * DAY, days=[2])
        a_session(place, "2", starts_at=TEN - 7 * DAY, read_at=None, days=[2])

        with place[0].read() as db:
            assert earlier_arrivals(db, place[1], TEN) == {}

    def test_neither_the_session_itself_nor_later_ones_are_earlier(self, place: Place) -> None:
        """A session compared with itself is never behind."""
        a_session(place, "1", starts_at=TEN, read_at=LATER, days=[2])
        a_session(place, "2", starts_at=TEN + DAY, read_at=LATER + DAY, days=[2])

        with place[0].read() as db:
            assert earlier_arrivals(db, place[1], TEN) == {}

    def test_only_the_latest_sessions_are_looked_at(self, place: Place) -> None:
        """What was two years ago says little, and costs as much."""
        for number in range(1, EARLIER + 3):
            a_session(place, str(number), starts_at=TEN - number * DAY, read_at=TEN, days=[1])

        with place[0].read() as db:
            found = earlier_arrivals(db, place[1], TEN)

        assert list(found) == [str(number) for number in range(1, EARLIER + 1)]
