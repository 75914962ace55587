"""What Start means before it is pressed, and what pressing it does."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from rollcall.importing import starting
from rollcall.outbox import wishes
from rollcall.outbox.states import Origin, Priority
from rollcall.outbox.wishes import Wish
from rollcall.roster import sessions
from rollcall.roster.sessions import SeenRegistration
from rollcall.store.database import Store
from rollcall.store.tables import Batch, WebinarSession
from tests.importing.conftest import NINE, PEOPLE, SESSION, STARTS, a_draft, a_listing


def settings_seen(store: Store, **seen: object) -> None:
    with store.write() as db:
        sessions.keep_registration(db, 1, SESSION, SeenRegistration("Open", **seen), now=NINE)  # type: ignore[arg-type]


def before(store: Store, batch_id: int, *, again_cancelled: bool = False) -> starting.BeforeStart:
    with store.read() as db:
        return starting.before_start(db, db.get_one(Batch, batch_id), again_cancelled=again_cancelled, now=NINE)


class TestBeforeStart:
    def test_mails_are_counted_only_when_ringcentral_sends_them(self, store: Store) -> None:
        """A list of 2,000 people that are mailed by surprise cannot be taken back."""
        batch_id = a_draft(store)
        unknown = before(store, batch_id).mails
        settings_seen(store, suppress_emails=False)
        mailed = before(store, batch_id).mails
        settings_seen(store, suppress_emails=True)
        silent = before(store, batch_id).mails

        assert (unknown, mailed, silent) == (None, 2, 0)

    def test_people_beyond_the_limit_are_named(self, store: Store) -> None:
        """Registration closes itself at its limit, and the rest would wait before a closed door."""
        batch_id = a_draft(store)
        settings_seen(store, suppress_emails=True, auto_close_limit=200, registrant_count=199)

        assert before(store, batch_id).beyond_limit == 1

    @pytest.mark.parametrize(
        ("new", "registered", "limit", "beyond"),
        [(10, 0, None, 0), (10, 0, 10, 0), (10, 1, 10, 1), (3, 500, 200, 3), (0, 500, 200, 0), (5, 9, 0, 0)],
    )
    def test_beyond_the_limit(self, new: int, registered: int, limit: int | None, beyond: int) -> None:
        """Never more than the new people, never less than none; RingCentral's 0 means no limit."""
        assert starting.beyond_limit(new, registered, limit) == beyond

    def test_private_addresses_are_counted_where_work_email_is_required(self, store: Store) -> None:
        """RingCentral would refuse them one by one, each for a call."""
        batch_id = a_draft(store, PEOPLE.replace(b"ben@example.com", b"ben@gmail.com"))
        settings_seen(store, work_email_required=True)
        required = before(store, batch_id).free_mail
        settings_seen(store, work_email_required=False)

        assert (required, before(store, batch_id).free_mail) == (1, 0)

    def test_a_deadline_of_the_marketer_counts_before_the_start(self, store: Store) -> None:
        """Two thousand people by tomorrow noon is another question than by the session."""
        many = b"First name,Last name,Email\n" + b"".join(b"P,N,p%d@example.com\n" % one for one in range(200))
        batch_id = a_draft(store, many)
        by_session = before(store, batch_id)
        with store.write() as db:
            starting.set_deadline(db, batch_id, NINE + timedelta(minutes=10))
        by_deadline = before(store, batch_id)

        assert (by_session.is_in_time, by_session.starts_at) == (True, STARTS)
        assert (by_deadline.is_in_time, by_deadline.meets(STARTS)) == (False, True)
        assert 80 <= by_deadline.by_due <= 110

    def test_a_deadline_after_the_start_hides_no_start_that_is_missed(self, store: Store) -> None:
        """ "In time" for tomorrow's deadline said nothing of the webinar that begins in an hour."""
        many = b"First name,Last name,Email\n" + b"".join(b"P,N,p%d@example.com\n" % one for one in range(40))
        batch_id = a_draft(store, many)
        with store.write() as db:
            db.execute(update(WebinarSession).values(starts_at=NINE + timedelta(minutes=2)))
            starting.set_deadline(db, batch_id, NINE + timedelta(days=1))

        facts = before(store, batch_id)

        assert (facts.is_in_time, facts.meets(facts.own_deadline_at), facts.meets(facts.starts_at)) == (
            False,
            True,
            False,
        )
        assert 10 <= facts.by_due <= 25

    def test_people_cancelled_earlier_count_only_when_wished(self, store: Store) -> None:
        """Somebody who was taken out on purpose comes back only on purpose."""
        cancelled_earlier(store, "anna@example.com")
        batch_id = a_draft(store)

        left_out, again = before(store, batch_id), before(store, batch_id, again_cancelled=True)

        assert (left_out.new, again.new) == (1, 2)


def cancelled_earlier(store: Store, email: str) -> None:
    wish = Wish(1, SESSION, Origin.FORM, "local", Priority.CLICK)
    with store.write() as db:
        wishes.registration_for(db, wish, email, now=NINE).standing = "cancelled"


class TestStart:
    def test_pressed_twice_it_starts_once(self, store: Store) -> None:
        """A double-click, or two browsers."""
        batch_id = a_draft(store)

        pressed = [starting.start(store, batch_id, again_cancelled=False, now=NINE) for _ in range(2)]

        assert pressed == [True, False]

    def test_the_listing_of_the_check_is_reused(self, store: Store) -> None:
        """One listing less, when Start follows within two minutes."""
        a_listing(store)
        batch_id = a_draft(store)

        starting.start(store, batch_id, again_cancelled=False, now=NINE + timedelta(minutes=1))

        with store.read() as db:
            assert db.get_one(Batch, batch_id).list_after == NINE
