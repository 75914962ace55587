"""The roster's people on both databases: who is there, who is gone, and what a list that lags may not undo."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from rollcall.outbox.states import Lane, Standing
from rollcall.roster import readings, registrants
from rollcall.roster.readings import What
from rollcall.roster.registrants import STORED_LATE, Seen
from rollcall.store.database import Store
from rollcall.store.tables import Reading, Registrant, Registration
from tests.databases import NINE, a_connection
from tests.outbox.rows import SESSION, a_seen

ADA, BOB = "ada@example.com", "bob@example.com"


def a_reading(store: Store, connection_id: int, *, begun_at: datetime = NINE) -> int:
    """A listing of the session that has begun."""
    with store.write() as db:
        reading_id = readings.ask(
            db, connection_id, What.REGISTRANTS, SESSION, lane=Lane.BATCH, asked_by="test", now=begun_at
        )
        readings.begin(db, db.get_one(Reading, reading_id), cursor={}, now=begun_at)
    return reading_id


def keep(store: Store, connection_id: int, *seen: Seen, now: datetime = NINE, reading_id: int | None = None) -> None:
    with store.write() as db:
        reading = db.get_one(Reading, reading_id) if reading_id else None
        registrants.keep(db, connection_id, SESSION, list(seen), now=now, reading=reading)


def close(store: Store, reading_id: int, *, now: datetime = NINE) -> None:
    with store.write() as db:
        reading = db.get_one(Reading, reading_id)
        registrants.close_listing(db, reading)
        readings.turn_page(db, reading, cursor=None, records=0, now=now)


def list_whole(store: Store, connection_id: int, *seen: Seen, begun_at: datetime) -> None:
    """A complete listing that shows exactly these."""
    reading_id = a_reading(store, connection_id, begun_at=begun_at)
    keep(store, connection_id, *seen, now=begun_at, reading_id=reading_id)
    close(store, reading_id, now=begun_at)


def gone_at(store: Store, registrant_id: str = "r-1") -> datetime | None:
    with store.read() as db:
        return db.scalars(select(Registrant.gone_at).where(Registrant.registrant_id == registrant_id)).one()


def a_registration(store: Store, connection_id: int, email_key: str = ADA, **changed: str) -> None:
    """Somebody in our book."""
    with store.write() as db:
        made = Registration(
            connection_id=connection_id,
            session_id=SESSION,
            email_key=email_key,
            ref=f"ref-{email_key}",
            standing="none",
            created_at=NINE,
        )
        for name, value in changed.items():
            setattr(made, name, value)
        db.add(made)


def standing(store: Store) -> tuple[str, str | None]:
    with store.read() as db:
        one = db.scalars(select(Registration)).one()
        return one.standing, one.registrant_id


class TestKeeping:
    def test_somebody_shown_again_is_updated_and_first_seen_stays(self, store: Store, connection_id: int) -> None:
        """The latest data counts; since when we know them does not change."""
        later = NINE + timedelta(hours=1)
        keep(store, connection_id, a_seen("r-1", ADA))

        keep(store, connection_id, a_seen("r-1", ADA, last_name="King", source="Fair"), now=later)

        with store.read() as db:
            one = db.scalars(select(Registrant)).one()
            assert (one.last_name, one.source, one.first_seen_at, one.seen_at) == ("King", "Fair", NINE, later)

    def test_two_registrants_of_one_email_are_both_kept(self, store: Store, connection_id: int) -> None:
        """RingCentral may accept a second email; the one seen last comes first."""
        keep(store, connection_id, a_seen("r-1", ADA))
        keep(store, connection_id, a_seen("r-2", ADA), now=NINE + timedelta(minutes=1))

        with store.read() as db:
            assert [one.registrant_id for one in registrants.with_email(db, connection_id, SESSION, ADA)] == [
                "r-2",
                "r-1",
            ]
            assert registrants.on_list(db, connection_id, SESSION) == 2

    def test_one_that_a_page_shows_twice_is_one(self, store: Store, connection_id: int) -> None:
        """Somebody registered while the pages were turned, and everybody moved down by one."""
        keep(store, connection_id, a_seen("r-1", ADA), a_seen("r-2", BOB), a_seen("r-1", ADA))

        with store.read() as db:
            assert registrants.on_list(db, connection_id, SESSION) == 2

    def test_an_empty_page_is_fine(self, store: Store, connection_id: int) -> None:
        """Nobody has registered yet."""
        keep(store, connection_id)

        with store.read() as db:
            assert registrants.on_list(db, connection_id, SESSION) == 0

    def test_a_whole_page_of_a_thousand(self, store: Store, connection_id: int) -> None:
        """More than fits into one statement of either database."""
        keep(store, connection_id, *(a_seen(f"r-{number}", f"p{number}@example.com") for number in range(1_000)))

        with store.read() as db:
            assert registrants.on_list(db, connection_id, SESSION) == 1_000

    def test_each_connection_and_session_has_its_own(self, store: Store, connection_id: int) -> None:
        """The same registrant id under two users is two rows."""
        other = a_connection(store, owner_id="4002")
        keep(store, other, a_seen("r-1", ADA))

        with store.read() as db:
            assert registrants.on_list(db, connection_id, SESSION) == 0
            assert registrants.with_email(db, connection_id, SESSION, ADA) == []

    def test_the_sources_people_use_most_come_first(self, store: Store, connection_id: int) -> None:
        """Offered in the form and the import."""
        sources = ["Fair", "Mail", "Mail", None, ""]
        keep(
            store,
            connection_id,
            *(a_seen(f"r-{number}", f"{number}@example.com", source=one) for number, one in enumerate(sources)),
        )

        with store.read() as db:
            assert registrants.known_sources(db, connection_id) == ["Mail", "Fair"]


class TestGone:
    def test_one_that_a_complete_listing_does_not_show_is_gone(self, store: Store, connection_id: int) -> None:
        """They cancelled by their own link; dated so that the next list which shows them again is believed."""
        keep(store, connection_id, a_seen("r-1", ADA), a_seen("r-2", BOB))
        begun_at = NINE + timedelta(hours=1)

        list_whole(store, connection_id, a_seen("r-2", BOB), begun_at=begun_at)

        assert (gone_at(store, "r-1"), gone_at(store, "r-2")) == (begun_at - STORED_LATE, None)
        with store.read() as db:
            assert registrants.on_list(db, connection_id, SESSION) == 1

    @pytest.mark.parametrize(("lag", "is_gone"), [(STORED_LATE, False), (STORED_LATE + timedelta(seconds=1), True)])
    def test_one_written_within_the_lag_of_the_listing_is_not(
        self, store: Store, connection_id: int, lag: timedelta, is_gone: bool
    ) -> None:
        """RingCentral stores late: the person we have just registered is missing on a list begun right after."""
        keep(store, connection_id, a_seen("r-1", ADA))

        list_whole(store, connection_id, begun_at=NINE + lag)

        assert (gone_at(store) is not None) is is_gone

    def test_somebody_a_listing_missed_is_back_with_the_next_one(self, store: Store, connection_id: int) -> None:
        """Pages shift while somebody else is deleted. Taken for gone, Ada was registered a second time."""
        keep(store, connection_id, a_seen("r-1", ADA), a_seen("r-2", BOB))
        missed_at = NINE + timedelta(hours=1)
        list_whole(store, connection_id, a_seen("r-2", BOB), begun_at=missed_at)

        back_at = missed_at + timedelta(seconds=5)
        list_whole(store, connection_id, a_seen("r-1", ADA), a_seen("r-2", BOB), begun_at=back_at)

        assert gone_at(store, "r-1") is None

    def test_a_listing_that_broke_off_says_nothing_about_those_it_did_not_show(
        self, store: Store, connection_id: int
    ) -> None:
        """Only its end closes it."""
        keep(store, connection_id, a_seen("r-1", ADA))
        begun_at = NINE + timedelta(hours=1)
        reading_id = a_reading(store, connection_id, begun_at=begun_at)

        keep(store, connection_id, a_seen("r-2", BOB), now=begun_at, reading_id=reading_id)

        assert gone_at(store) is None

    def test_one_shown_on_an_earlier_page_of_the_same_listing_stays(self, store: Store, connection_id: int) -> None:
        """A listing of many pages takes minutes."""
        begun_at = NINE + timedelta(hours=1)
        reading_id = a_reading(store, connection_id, begun_at=begun_at)
        keep(store, connection_id, a_seen("r-1", ADA), now=begun_at, reading_id=reading_id)
        keep(store, connection_id, a_seen("r-2", BOB), now=begun_at + timedelta(minutes=9), reading_id=reading_id)

        close(store, reading_id, now=begun_at + timedelta(minutes=9))

        assert (gone_at(store, "r-1"), gone_at(store, "r-2")) == (None, None)

    def test_one_who_came_back_is_there_again(self, store: Store, connection_id: int) -> None:
        """Cancelled and registered again under the same id, or RingCentral had them off the list for a while."""
        keep(store, connection_id, a_seen("r-1", ADA))
        list_whole(store, connection_id, begun_at=NINE + timedelta(hours=1))

        list_whole(store, connection_id, a_seen("r-1", ADA), begun_at=NINE + timedelta(hours=2))

        assert gone_at(store) is None

    @pytest.mark.parametrize(("after", "is_gone"), [(timedelta(seconds=60), True), (STORED_LATE * 1.1, False)])
    def test_one_we_cancelled_stays_gone_while_the_list_may_lag(
        self, store: Store, connection_id: int, after: timedelta, is_gone: bool
    ) -> None:
        """The list still shows them for a minute; they must not look registered again, and then really may be."""
        keep(store, connection_id, a_seen("r-1", ADA))
        with store.write() as db:
            registrants.remove(db, connection_id, SESSION, "r-1", now=NINE)

        list_whole(store, connection_id, a_seen("r-1", ADA), begun_at=NINE + after)

        assert (gone_at(store) is not None) is is_gone

    def test_a_slow_listing_counts_from_its_begin(self, store: Store, connection_id: int) -> None:
        """Its first page is read before our cancellation, its last ten minutes later: it shows the world of before."""
        keep(store, connection_id, a_seen("r-1", ADA))
        reading_id = a_reading(store, connection_id, begun_at=NINE)
        with store.write() as db:
            registrants.remove(db, connection_id, SESSION, "r-1", now=NINE + timedelta(seconds=1))

        keep(store, connection_id, a_seen("r-1", ADA), now=NINE + timedelta(minutes=10), reading_id=reading_id)

        assert gone_at(store) is not None


class TestTheBookFollows:
    def test_somebody_of_ours_who_is_shown_is_registered(self, store: Store, connection_id: int) -> None:
        """Whoever registered them: from then on the registrant's id is known, for cancelling and for links."""
        a_registration(store, connection_id)

        keep(store, connection_id, a_seen("r-1", ADA))

        assert standing(store) == (Standing.REGISTERED, "r-1")

    def test_somebody_of_ours_who_is_gone_is_gone_here(self, store: Store, connection_id: int) -> None:
        """They cancelled by their own link; a new wish sends them again."""
        a_registration(store, connection_id)
        keep(store, connection_id, a_seen("r-1", ADA))

        list_whole(store, connection_id, begun_at=NINE + timedelta(hours=1))

        assert standing(store) == (Standing.GONE, None)

    def test_somebody_we_cancelled_stays_cancelled(self, store: Store, connection_id: int) -> None:
        """On a list that lags, and on one that no longer shows them."""
        a_registration(store, connection_id, standing=Standing.CANCELLED)
        keep(store, connection_id, a_seen("r-1", BOB))
        with store.write() as db:
            db.scalars(select(Registrant)).one().email_key = ADA
            registrants.remove(db, connection_id, SESSION, "r-1", now=NINE)

        list_whole(store, connection_id, a_seen("r-1", ADA), begun_at=NINE + timedelta(seconds=30))
        lagging = standing(store)
        list_whole(store, connection_id, begun_at=NINE + timedelta(hours=1))

        assert (lagging, standing(store)) == ((Standing.CANCELLED, None), (Standing.CANCELLED, None))

    def test_of_two_with_one_email_the_one_that_is_gone_does_not_decide(self, store: Store, connection_id: int) -> None:
        """We cancelled the first; the person has registered again, and the list shows both, the old one last."""
        a_registration(store, connection_id)
        keep(store, connection_id, a_seen("r-1", ADA))
        with store.write() as db:
            registrants.remove(db, connection_id, SESSION, "r-1", now=NINE)
            db.scalars(select(Registration)).one().standing = Standing.CANCELLED

        list_whole(store, connection_id, a_seen("r-2", ADA), a_seen("r-1", ADA), begun_at=NINE + timedelta(seconds=30))

        assert standing(store) == (Standing.REGISTERED, "r-2")
