"""Readings on both databases: one per target, joined and hurried, read page by page or failed with a reason."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from rollcall.outbox.states import Lane
from rollcall.roster import readings
from rollcall.roster.readings import BACKOFF, LONGEST_BACKOFF, MOST_ATTEMPTS, ReadingState, What
from rollcall.store.database import Store, open_store
from rollcall.store.tables import Reading
from tests.databases import NINE, a_connection, in_threads
from tests.outbox.rows import SESSION

ALL = (Lane.SETTLE_CLICK, Lane.BACKGROUND)


def ask(
    store: Store,
    connection_id: int,
    what: What = What.REGISTRANTS,
    session_id: str = SESSION,
    *,
    lane: Lane = Lane.BACKGROUND,
) -> int:
    with store.write() as db:
        return readings.ask(db, connection_id, what, session_id, lane=lane, asked_by="test", now=NINE)


def the(store: Store, reading_id: int) -> Reading:
    with store.read() as db:
        return db.get_one(Reading, reading_id)


def begin(store: Store, reading_id: int, *, after: timedelta = timedelta()) -> None:
    with store.write() as db:
        readings.begin(db, db.get_one(Reading, reading_id), cursor={"page_token": None}, now=NINE + after)


def turn(store: Store, reading_id: int, *, last: bool, after: timedelta = timedelta()) -> None:
    cursor = None if last else {"page_token": "2"}
    with store.write() as db:
        readings.turn_page(db, db.get_one(Reading, reading_id), cursor=cursor, records=100, now=NINE + after)


def complete(store: Store, reading_id: int, *, after: timedelta = timedelta()) -> None:
    begin(store, reading_id, after=after)
    turn(store, reading_id, last=True, after=after)


def fail(store: Store, reading_id: int, *, again: bool = True, after: timedelta = timedelta()) -> None:
    with store.write() as db:
        reading = db.get_one(Reading, reading_id)
        readings.fail(db, reading, code="CMN-201", message="busy", again=again, now=NINE + after)


def due(
    store: Store,
    connection_id: int,
    *,
    lanes: tuple[int, int] = ALL,
    but_not: tuple[int, ...] = (),
    after: timedelta = timedelta(),
) -> int | None:
    with store.read() as db:
        found = readings.next_due(db, connection_id, now=NINE + after, lanes=lanes, but_not=but_not)
        return found.id if found else None


class TestAsking:
    def test_a_second_wish_joins_the_first_and_makes_it_as_urgent(self, store: Store, connection_id: int) -> None:
        """A page is opened while a background reading waits; it is not read twice."""
        first = ask(store, connection_id, lane=Lane.BACKGROUND)

        second = ask(store, connection_id, lane=Lane.CLICK)
        third = ask(store, connection_id, lane=Lane.BATCH)

        assert first == second == third
        assert the(store, first).lane == Lane.CLICK

    def test_it_is_joined_while_it_is_being_read(self, store: Store, connection_id: int) -> None:
        """Its end answers both."""
        first = ask(store, connection_id)
        begin(store, first)

        assert ask(store, connection_id) == first

    def test_after_its_end_it_is_a_new_one(self, store: Store, connection_id: int) -> None:
        """What is asked now wants to know what is so now."""
        first = ask(store, connection_id)
        complete(store, first)

        assert ask(store, connection_id) != first

    def test_each_target_is_its_own(self, store: Store, connection_id: int) -> None:
        """Another session, another list, another user."""
        other = a_connection(store, owner_id="4002")

        ids = {
            ask(store, connection_id),
            ask(store, connection_id, session_id="8002"),
            ask(store, connection_id, What.REGISTRATION),
            ask(store, connection_id, What.SESSIONS, ""),
            ask(store, other),
        }

        assert len(ids) == 5

    def test_eight_that_ask_at_once_join(self, store: Store, connection_id: int) -> None:
        """Eight tabs after a restart of the browser."""
        url = store.engine.url.render_as_string(hide_password=False)
        stores, ids = [open_store(url) for _ in range(8)], list[int]()

        in_threads(8, lambda which: ids.append(ask(stores[which], connection_id)))

        assert len(ids) == 8
        assert len(set(ids)) == 1
        for one in stores:
            one.close()

    def test_the_database_refuses_a_second_open_one(self, store: Store, connection_id: int) -> None:
        """Whatever the code above it does."""
        ask(store, connection_id)
        second = {"connection_id": connection_id, "what": What.REGISTRANTS, "session_id": SESSION, "lane": 3}

        with store.write() as db, pytest.raises(IntegrityError), db.begin_nested():
            db.add(Reading(**second, asked_by="test", asked_at=NINE, state="running"))


class TestOrder:
    def test_the_most_urgent_goes_first_then_first_come(self, store: Store, connection_id: int) -> None:
        """Somebody waits for the one, an import for the next, nobody for the last."""
        lanes = [Lane.BACKGROUND, Lane.BATCH, Lane.SETTLE_CLICK, Lane.CLICK, Lane.BATCH]
        ids = [ask(store, connection_id, session_id=str(number), lane=lane) for number, lane in enumerate(lanes)]

        found = []
        while (reading_id := due(store, connection_id, but_not=tuple(found))) is not None:
            found.append(reading_id)

        assert found == [ids[2], ids[3], ids[1], ids[4], ids[0]]

    def test_only_the_lanes_asked_for(self, store: Store, connection_id: int) -> None:
        """Background readings go after imports, so they are asked for separately."""
        ask(store, connection_id, lane=Lane.BACKGROUND)
        batch = ask(store, connection_id, session_id="8002", lane=Lane.BATCH)

        assert due(store, connection_id, lanes=(Lane.BATCH, Lane.BATCH)) == batch
        assert due(store, connection_id, lanes=(Lane.SETTLE_CLICK, Lane.CLICK)) is None

    def test_one_under_way_goes_on_and_one_that_has_ended_does_not(self, store: Store, connection_id: int) -> None:
        """Every page is a call of its own."""
        reading_id = ask(store, connection_id)
        begin(store, reading_id)
        turn(store, reading_id, last=False)
        under_way = due(store, connection_id)
        turn(store, reading_id, last=True)

        assert (under_way, due(store, connection_id)) == (reading_id, None)


class TestPages:
    def test_pages_add_up_until_the_last(self, store: Store, connection_id: int) -> None:
        """The begin dates what the list shows, also when reading it took minutes."""
        reading_id = ask(store, connection_id)
        begin(store, reading_id)
        turn(store, reading_id, last=False)
        half = the(store, reading_id)
        turn(store, reading_id, last=True, after=timedelta(minutes=5))
        whole = the(store, reading_id)

        assert (half.state, half.pages, half.records, half.cursor) == ("running", 1, 100, {"page_token": "2"})
        assert (whole.state, whole.pages, whole.records, whole.cursor) == ("complete", 2, 200, None)
        assert (whole.begun_at, whole.ended_at) == (NINE, NINE + timedelta(minutes=5))

    def test_a_new_holder_begins_again_from_the_first_page(self, store: Store, connection_id: int) -> None:
        """Half a list of then and half of now is none; another connection's goes on."""
        other = a_connection(store, owner_id="4002")
        ids = [ask(store, connection_id), ask(store, other)]
        for reading_id in ids:
            begin(store, reading_id)
            turn(store, reading_id, last=False)

        with store.write() as db:
            readings.start_over(db, connection_id)

        ours, theirs = (the(store, reading_id) for reading_id in ids)
        assert (ours.state, ours.begun_at, ours.cursor) == ("waiting", None, None)
        assert theirs.state == "running"
        begin(store, ids[0], after=timedelta(minutes=1))
        assert (the(store, ids[0]).pages, the(store, ids[0]).records) == (0, 0)

    def test_the_last_complete_one_is_the_one_begun_last(self, store: Store, connection_id: int) -> None:
        """A failed or an unfinished one later than that proves nothing."""
        for minutes in (0, 10):
            complete(store, ask(store, connection_id), after=timedelta(minutes=minutes))
        failed = ask(store, connection_id)
        begin(store, failed, after=timedelta(minutes=20))
        fail(store, failed, again=False, after=timedelta(minutes=20))
        open_one = ask(store, connection_id)
        begin(store, open_one, after=timedelta(minutes=30))

        with store.read() as db:
            last = readings.last_complete(db, connection_id, What.REGISTRANTS, SESSION)
            assert last is not None
            assert last.begun_at == NINE + timedelta(minutes=10)
            latest = readings.latest(db, connection_id, What.REGISTRANTS, SESSION)
            assert latest is not None
            assert latest.id == open_one
            assert readings.last_complete(db, connection_id, What.REGISTRANTS, "8002") is None


class TestFailing:
    def test_it_is_begun_again_with_longer_and_longer_pauses_and_then_given_up(
        self, store: Store, connection_id: int
    ) -> None:
        """RingCentral is down: the page shows why, and the quota is not burnt."""
        reading_id = ask(store, connection_id)
        pauses = []
        for _ in range(MOST_ATTEMPTS):
            begin(store, reading_id)
            fail(store, reading_id)
            found = the(store, reading_id)
            pauses.append(found.not_before - NINE if found.not_before and found.state == "waiting" else None)

        assert pauses == [
            *(min(BACKOFF * 2**number, LONGEST_BACKOFF) for number in range(MOST_ATTEMPTS - 1)),
            None,
        ]
        assert the(store, reading_id).state == ReadingState.FAILED
        assert (the(store, reading_id).error_code, the(store, reading_id).ended_at) == ("CMN-201", NINE)

    def test_until_its_pause_is_over_it_is_not_due(self, store: Store, connection_id: int) -> None:
        """Others go meanwhile."""
        reading_id = ask(store, connection_id)
        begin(store, reading_id)
        fail(store, reading_id)

        assert due(store, connection_id, after=BACKOFF - timedelta(seconds=1)) is None
        assert due(store, connection_id, after=BACKOFF) == reading_id

    def test_what_would_be_answered_the_same_again_is_given_up_at_once(self, store: Store, connection_id: int) -> None:
        """403: no right. The next wish is a new reading."""
        reading_id = ask(store, connection_id)
        begin(store, reading_id)
        fail(store, reading_id, again=False)

        assert the(store, reading_id).state == ReadingState.FAILED
        assert ask(store, connection_id) != reading_id

    def test_once_read_it_shows_no_error_of_an_earlier_attempt(self, store: Store, connection_id: int) -> None:
        """The page reads state and reason together."""
        reading_id = ask(store, connection_id)
        begin(store, reading_id)
        fail(store, reading_id)
        complete(store, reading_id, after=BACKOFF)

        found = the(store, reading_id)
        assert (found.state, found.error_code, found.error_message) == ("complete", None, None)

    @pytest.mark.parametrize(
        ("wished_before", "after", "may"),
        [
            (None, timedelta(seconds=1), False),
            (None, LONGEST_BACKOFF, True),
            (timedelta(minutes=9), timedelta(seconds=1), False),
            (-timedelta(seconds=1), timedelta(seconds=1), True),
        ],
        ids=["at once", "after a while", "wished before", "wished since"],
    )
    def test_the_worker_files_it_again_after_a_while_or_when_somebody_wishes_it_anew(
        self, store: Store, connection_id: int, wished_before: timedelta | None, after: timedelta, may: bool
    ) -> None:
        """One that has just failed for good would be filed, and fail, in a circle; Resume says: try it now."""
        reading_id = ask(store, connection_id)
        begin(store, reading_id)
        took = timedelta(seconds=2)
        fail(store, reading_id, again=False, after=took)
        wished_at = NINE + took - wished_before if wished_before is not None else None

        with store.read() as db:
            found = readings.may_be_filed(
                db,
                connection_id,
                What.REGISTRANTS,
                SESSION,
                lane=Lane.BATCH,
                now=NINE + took + after,
                wished_at=wished_at,
            )

        assert found is may

    def test_the_worker_files_what_is_not_open_or_less_urgent(self, store: Store, connection_id: int) -> None:
        """Joined in `ask`, so that nothing is read twice."""
        found = []
        for state in ("none", "background", "batch", "complete"):
            if state == "complete":
                complete(store, ask(store, connection_id))
            elif state != "none":
                ask(store, connection_id, lane=Lane[state.upper()])
            with store.read() as db:
                found.append(
                    readings.may_be_filed(db, connection_id, What.REGISTRANTS, SESSION, lane=Lane.BATCH, now=NINE)
                )

        assert found == [True, True, False, True]


def test_states_nobody_knows_are_refused(store: Store, connection_id: int) -> None:
    """By the database itself."""
    reading_id = ask(store, connection_id)

    with store.write() as db:
        reading = db.scalars(select(Reading).where(Reading.id == reading_id)).one()
        with pytest.raises(IntegrityError), db.begin_nested():
            reading.state = "lost"
