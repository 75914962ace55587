"""The outlook on both databases: what lies ahead of an import or a single wish, from the rows of this moment."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from rollcall import callbook, outlook
from rollcall.callbook import HEAVY, Headers
from rollcall.outbox import batch as batches
from rollcall.outbox import drafts
from rollcall.outbox.states import Lane, State
from rollcall.outlook import Outlook, Place
from rollcall.ringcentral.pace import MARGIN, USUAL_ANSWER
from rollcall.roster import readings, registrants
from rollcall.roster.readings import What
from rollcall.store.database import Store
from rollcall.store.tables import Batch, Reading, WebinarSession
from tests.databases import NINE, a_connection
from tests.outbox.rows import (
    SESSION,
    a_draft,
    a_line,
    a_person,
    a_running,
    a_seen,
    action_ids,
    an_action,
    bring,
    register,
    the,
)

EVERY = (timedelta(seconds=60) + MARGIN + USUAL_ANSWER) / 10
HOUR = timedelta(hours=1)


def people(numbers: Iterable[int]) -> list[drafts.Line]:
    return [a_line(position, a_person(number)) for position, number in enumerate(numbers, start=1)]


def of_batch(store: Store, batch_id: int) -> Outlook:
    with store.read() as db:
        return outlook.of_batch(db, db.get_one(Batch, batch_id), now=NINE)


def turn(store: Store, batch_id: int, **values: object) -> None:
    with store.write() as db:
        batch = db.get_one(Batch, batch_id)
        for name, value in values.items():
            setattr(batch, name, value)


def a_listing(store: Store, connection_id: int, *, begun_at: datetime = NINE) -> None:
    """The session's people, read to the end."""
    with store.write() as db:
        reading_id = readings.ask(
            db, connection_id, What.REGISTRANTS, SESSION, lane=Lane.BATCH, asked_by="test", now=begun_at
        )
        reading = db.get_one(Reading, reading_id)
        readings.begin(db, reading, cursor={}, now=begun_at)
        readings.turn_page(db, reading, cursor=None, records=0, now=begun_at)


def a_session(store: Store, connection_id: int, *, starts_at: datetime) -> None:
    with store.write() as db:
        session = WebinarSession(
            connection_id=connection_id, session_id=SESSION, webinar_id="70", title="Tour", raw={}, read_at=NINE
        )
        session.starts_at = starts_at
        db.add(session)


def some_calls(
    store: Store, connection_id: int, *results: str | None, seconds_ago: float = 30.0, for_wishes: bool = True
) -> None:
    """Calls that ended a while ago, or are in flight (None)."""
    ended_at = NINE - timedelta(seconds=seconds_ago)
    with store.write() as db:
        for result in results:
            call_id = callbook.depart(
                db,
                connection_id,
                HEAVY,
                "create",
                epoch=1,
                now=ended_at - USUAL_ANSWER,
                action_id=1 if for_wishes else None,
            )
            if result is not None:
                callbook.end(db, call_id, status=None, result=result, request_id=None, now=ended_at)


class TestOfABatch:
    def test_a_running_import_alone_is_done_after_its_people(self, store: Store, connection_id: int) -> None:
        """Listed already: one call each, one interval between two."""
        a_listing(store, connection_id)
        batch_id = a_running(store, connection_id, people(range(20)))

        found = of_batch(store, batch_id)

        assert (found.people_left, found.calls_ahead, found.late) == (20, 0, ())
        assert (found.forecast.first_at, found.forecast.last_at) == (NINE, NINE + EVERY * 19)
        assert found.forecast.calls == 20

    def test_a_draft_counts_the_pages_of_the_list_as_well(self, store: Store, connection_id: int) -> None:
        """1,001 people on the list are two pages at Start."""
        with store.write() as db:
            listed = [a_seen(f"r-{number}", f"p{number}@example.com") for number in range(1_001)]
            registrants.keep(db, connection_id, SESSION, listed, now=NINE)

        found = of_batch(store, a_draft(store, connection_id, people(range(5))))

        assert (found.people_left, found.forecast.calls) == (5, 7)
        assert found.forecast.last_at == NINE + EVERY * 6

    def test_one_that_waits_for_a_new_listing_counts_it(self, store: Store, connection_id: int) -> None:
        """Resumed: its old listing is not good any more."""
        a_listing(store, connection_id, begun_at=NINE - HOUR)
        batch_id = a_running(store, connection_id, people(range(5)))

        assert of_batch(store, batch_id).forecast.calls == 6

    def test_clicks_and_earlier_imports_go_before(self, store: Store, connection_id: int) -> None:
        """Two clicks, and the three people of the import with the earlier deadline."""
        a_listing(store, connection_id)
        first = a_running(store, connection_id, people(range(3)))
        second = a_running(store, connection_id, people(range(10, 15)))
        turn(store, first, deadline_at=NINE + HOUR)
        with store.write() as db:
            for number in (90, 91):
                register(db, connection_id, a_person(number))

        assert [of_batch(store, one).calls_ahead for one in (first, second)] == [2, 5]
        assert of_batch(store, second).forecast.first_at == NINE + EVERY * 5

    def test_this_one_first_changes_who_goes_before(self, store: Store, connection_id: int) -> None:
        """At once, in every browser."""
        first, second = (a_running(store, connection_id, people(range(at, at + 3))) for at in (0, 10))
        with store.write() as db:
            batches.go_first(db, second, now=NINE)

        assert [of_batch(store, one).calls_ahead for one in (first, second)] == [3, 0]

    def test_another_connection_s_imports_do_not_count(self, store: Store, connection_id: int) -> None:
        """They spend another quota."""
        a_running(store, a_connection(store, owner_id="4002"), people(range(50)))

        assert of_batch(store, a_running(store, connection_id, people(range(3)))).calls_ahead == 0

    def test_lost_answers_so_far_make_it_longer(self, store: Store, connection_id: int) -> None:
        """One of four latest writes ended without a clear answer; readings are not writes."""
        a_listing(store, connection_id)
        some_calls(store, connection_id, "ok", "ok", "Refused", "OutcomeUnknown", seconds_ago=300)
        some_calls(store, connection_id, *["OutcomeUnknown"] * 9, seconds_ago=400, for_wishes=False)

        found = of_batch(store, a_running(store, connection_id, people(range(20))))

        assert found.forecast.calls == 25

    def test_the_last_unconfirmed_ones_take_their_two_listings(self, store: Store, connection_id: int) -> None:
        """Nobody waits any more, and it is not done yet."""
        a_listing(store, connection_id)
        batch_id = a_running(store, connection_id, people(range(2)))
        with store.write() as db:
            for action_id, state in zip(action_ids(store, batch_id), (State.DONE, State.UNCONFIRMED), strict=True):
                bring(db, action_id, state)

        found = of_batch(store, batch_id)

        assert (found.people_left, found.forecast.last_at) == (0, NINE + timedelta(seconds=120))

    def test_a_penalty_moves_everything_back(self, store: Store, connection_id: int) -> None:
        """And so does a window that is full."""
        a_listing(store, connection_id)
        batch_id = a_running(store, connection_id, people(range(2)))
        some_calls(store, connection_id, *["ok"] * 10, seconds_ago=20)
        full = of_batch(store, batch_id).forecast.first_at
        with store.write() as db:
            until = callbook.penalise(db, connection_id, HEAVY, retry_after=0, now=NINE)

        assert full == NINE - timedelta(seconds=20) + timedelta(seconds=60) + MARGIN
        assert of_batch(store, batch_id).forecast.first_at == until

    def test_a_raised_limit_makes_it_shorter(self, store: Store, connection_id: int) -> None:
        """What the headers said goes before the documents."""
        a_listing(store, connection_id)
        batch_id = a_running(store, connection_id, people(range(20)))
        with store.write() as db:
            callbook.heed(db, connection_id, HEAVY, Headers(120, 120, timedelta(seconds=60)), now=NINE)

        assert of_batch(store, batch_id).forecast.every == EVERY * 10 / 120


class TestWhoBecomesLate:
    def test_before_start_those_are_named_that_this_one_pushes_past_their_deadline(
        self, store: Store, connection_id: int
    ) -> None:
        """Ten people before them cost a minute: the one due in half a minute is late then, the other is not."""
        tight, easy = (a_running(store, connection_id, people(range(at, at + 3))) for at in (0, 10))
        turn(store, tight, deadline_at=NINE + timedelta(seconds=31))
        turn(store, easy, deadline_at=NINE + HOUR)
        draft = a_draft(store, connection_id, people(range(20, 30)))
        turn(store, draft, own_deadline_at=NINE + timedelta(seconds=30))

        found = of_batch(store, draft)

        assert (found.late, found.calls_ahead) == ((tight,), 0)

    def test_a_session_s_start_is_a_draft_s_deadline_if_the_marketer_set_none(
        self, store: Store, connection_id: int
    ) -> None:
        """Exactly as Start will set it."""
        other = a_running(store, connection_id, people(range(3)))
        turn(store, other, deadline_at=NINE + HOUR)
        draft = a_draft(store, connection_id, people(range(20, 25)))
        assert of_batch(store, draft).calls_ahead == 3

        a_session(store, connection_id, starts_at=NINE + HOUR / 2)

        assert of_batch(store, draft).calls_ahead == 0
        with store.write() as db:
            batches.start(db, draft, listed_at=NINE, again_cancelled=False, now=NINE)
        assert of_batch(store, draft).calls_ahead == 0

    def test_those_that_go_before_this_one_anyway_are_not_its_fault(self, store: Store, connection_id: int) -> None:
        """Theirs is the earlier deadline, and they miss it by themselves."""
        hopeless = a_running(store, connection_id, people(range(30)))
        turn(store, hopeless, deadline_at=NINE + timedelta(seconds=10))
        draft = a_draft(store, connection_id, people(range(40, 45)))
        turn(store, draft, own_deadline_at=NINE + HOUR)

        assert of_batch(store, draft).late == ()


class TestOfAWish:
    def test_it_goes_at_the_next_slot_after_those_before_it(self, store: Store, connection_id: int) -> None:
        """Imports give way, so only clicks stand before it."""
        a_running(store, connection_id, people(range(50)))
        with store.write() as db:
            wishes = [register(db, connection_id, a_person(number)) for number in (90, 91, 92)]

        with store.read() as db:
            places = [outlook.of_wish(db, the(db, one), now=NINE) for one in wishes]

        assert places == [Place(ahead, NINE + EVERY * ahead) for ahead in range(3)]

    def test_a_full_window_is_waited_for(self, store: Store, connection_id: int) -> None:
        """The page says when."""
        some_calls(store, connection_id, *["ok"] * 10, seconds_ago=20)
        with store.write() as db:
            wish = register(db, connection_id)

        with store.read() as db:
            place = outlook.of_wish(db, the(db, wish), now=NINE)

        assert place == Place(0, NINE + timedelta(seconds=40) + MARGIN)

    def test_one_that_is_repeated_later_says_so(self, store: Store, connection_id: int) -> None:
        """A cancellation with a pause between two tries."""
        with store.write() as db:
            action = an_action(db, connection_id, State.WAITING)
            action.not_before = NINE + HOUR

        with store.read() as db:
            assert outlook.of_wish(db, the(db, action.id), now=NINE).at == NINE + HOUR


class TestQuota:
    def test_what_is_free_now(self, store: Store, connection_id: int) -> None:
        """Counted calls of the last window, those in flight, and those of others."""
        some_calls(store, connection_id, *["ok"] * 3)
        some_calls(store, connection_id, "ok", seconds_ago=61)
        some_calls(store, connection_id, None)

        with store.read() as db:
            found = outlook.quota(db, connection_id, now=NINE)

        assert (found.limit, found.window, found.free) == (10, timedelta(seconds=60), 6)
        assert (found.from_headers, found.others, found.penalty_until) == (False, 0, None)

    def test_others_on_the_same_credential_are_shown(self, store: Store, connection_id: int) -> None:
        """The marketer wonders why it is so slow."""
        with store.write() as db:
            callbook.heed(db, connection_id, HEAVY, Headers(10, 4, timedelta(seconds=60)), now=NINE)

        with store.read() as db:
            found = outlook.quota(db, connection_id, now=NINE)

        assert (found.free, found.others, found.from_headers) == (4, 6, True)

    @pytest.mark.parametrize(("after", "shown"), [(timedelta(), True), (HOUR, False)])
    def test_a_penalty_is_shown_while_it_lasts(
        self, store: Store, connection_id: int, after: timedelta, shown: bool
    ) -> None:
        """Its moment stays in the store."""
        with store.write() as db:
            callbook.penalise(db, connection_id, HEAVY, retry_after=0, now=NINE)

        with store.read() as db:
            found = outlook.quota(db, connection_id, now=NINE + after)

        assert (found.penalty_until is not None) is shown
