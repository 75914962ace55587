"""Rows become lines with verdicts, which follow RingCentral's list."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from rollcall.importing import checking, lines, planning, starting
from rollcall.outbox.states import Verdict
from rollcall.outbox.wishes import LinkTemplates
from rollcall.roster import readings
from rollcall.roster.readings import ReadingState, What
from rollcall.store.database import Store
from rollcall.store.tables import Batch, BatchLine, Reading
from tests.importing.conftest import NINE, PEOPLE, SESSION, STARTS, a_draft, a_listing, verdicts


def first_person(store: Store, batch_id: int) -> dict[str, Any]:
    with store.read() as db:
        return dict(db.scalars(select(BatchLine.person).where(BatchLine.batch_id == batch_id)).one() or {})


class TestCheck:
    def test_every_row_has_a_verdict_and_its_problems_their_column(self, store: Store) -> None:
        """The table of problems says row, column, value and reason."""
        data = b"Vorname,Nachname,E-Mail\nAnna,Novak,anna@example.com\nBen,,ben@acme\nAnna,N.,ANNA@example.com\n"

        batch_id = a_draft(store, data)

        assert verdicts(store, batch_id) == {Verdict.TO_SEND: 1, Verdict.INVALID: 1, Verdict.DUPLICATE: 1}
        with store.read() as db:
            found = lines.troubles(db, batch_id)
        assert [(one.line, one.column, one.problem.code) for one in found] == [
            (3, "Nachname", "required"),
            (3, "E-Mail", "no_ending"),
        ]

    def test_who_opted_out_is_left_out_and_so_is_who_repeats_them(self, store: Store) -> None:
        """Writing to people who said no is the costliest mistake an import can make."""
        data = (
            b"First name,Last name,Email,Unsubscribed\n"
            b"Anna,Novak,anna@example.com,yes\nBen,Ode,ben@example.com,no\nAnna,Novak,anna@example.com,\n"
        )

        batch_id = a_draft(store, data)

        assert verdicts(store, batch_id) == {Verdict.LEFT_OUT: 1, Verdict.TO_SEND: 1, Verdict.DUPLICATE: 1}

    def test_an_opt_out_column_may_be_ignored(self, store: Store) -> None:
        """Only the marketer knows what their column means."""
        data = b"First name,Last name,Email,Unsubscribed\nAnna,Novak,anna@example.com,yes\n"

        batch_id = a_draft(store, data, leave_out=())

        assert verdicts(store, batch_id) == {Verdict.TO_SEND: 1}

    def test_links_of_the_file_are_sent_only_once_switched_on(self, store: Store) -> None:
        """A column that happens to be called "Join link" must not decide what RingCentral mails to people."""
        data = b"First name,Last name,Email,Join link\nAnna,Novak,anna@example.com,https://acme.com/1\n"
        batch_id = a_draft(store, data)
        with store.read() as db:
            plan = planning.plan_of(db.get_one(Batch, batch_id))
        off = first_person(store, batch_id)

        planning.decide(store, batch_id, replace(plan, file_links=True), LinkTemplates())
        checking.check(store, batch_id, now=NINE)

        assert (plan.columns.join_uri, off["join_uri"]) == (3, "")
        assert first_person(store, batch_id)["join_uri"] == "https://acme.com/1"

    def test_a_link_that_needs_a_key_a_row_has_not_makes_the_row_wrong(self, store: Store) -> None:
        """Found now and not when the worker unfolds the line an hour later."""
        data = PEOPLE.replace(b",18\n", b",\n")
        links = LinkTemplates(join="https://acme.com/{key:lid}/{ref}")

        batch_id = a_draft(store, data, links=links)

        assert verdicts(store, batch_id) == {Verdict.TO_SEND: 1, Verdict.INVALID: 1}
        with store.read() as db:
            assert lines.troubles(db, batch_id)[0].problem.code == "missing_key"

    def test_a_check_files_the_two_readings_it_needs_once(self, store: Store) -> None:
        """The calls of an import are counted: two checks in a row must not list twice."""
        batch_id = a_draft(store)

        checking.check(store, batch_id, now=NINE)

        with store.read() as db:
            filed = db.scalars(select(Reading)).all()
        assert sorted((one.what, one.state) for one in filed) == [
            (What.REGISTRANTS, "waiting"),
            (What.REGISTRATION, "waiting"),
        ]

    def test_a_young_listing_is_used_again(self, store: Store) -> None:
        """A listing of a minute ago is as good as a new one, and costs nothing."""
        a_listing(store, "anna@example.com", begun_at=NINE - timedelta(seconds=100))

        batch_id = a_draft(store)

        assert verdicts(store, batch_id) == {Verdict.ALREADY_THERE: 1, Verdict.TO_SEND: 1}
        with store.read() as db:
            latest = readings.latest(db, 1, What.REGISTRANTS, SESSION)
        assert latest is not None
        assert latest.state == ReadingState.COMPLETE

    def test_what_is_decided_anew_has_to_be_checked_anew(self, store: Store) -> None:
        """Lines checked under other columns must never be sent."""
        batch_id = a_draft(store)
        with store.read() as db:
            plan = planning.plan_of(db.get_one(Batch, batch_id))

        is_new = planning.decide(store, batch_id, plan, LinkTemplates(join="https://acme.com/{ref}"))

        assert is_new
        assert not starting.start(store, batch_id, again_cancelled=False, now=NINE)

    def test_deciding_the_same_again_keeps_the_check(self, store: Store) -> None:
        """Every run of the page says what is chosen; only a change may cost a new check."""
        batch_id = a_draft(store)
        a_listing(store, "anna@example.com")
        checking.compare(store, batch_id)
        with store.read() as db:
            plan = planning.plan_of(db.get_one(Batch, batch_id))

        is_new = planning.decide(store, batch_id, plan, LinkTemplates())

        assert not is_new
        assert starting.start(store, batch_id, again_cancelled=False, now=NINE)


class TestCompare:
    def test_a_listing_that_arrives_later_moves_people_who_are_there(self, store: Store) -> None:
        """The check does not wait for RingCentral; the tiles follow when the list is there."""
        batch_id = a_draft(store)
        a_listing(store, "anna@example.com")

        first, second = checking.compare(store, batch_id), checking.compare(store, batch_id)

        assert (first, second) == (True, False)
        assert verdicts(store, batch_id) == {Verdict.ALREADY_THERE: 1, Verdict.TO_SEND: 1}

    def test_a_started_batch_is_left_alone(self, store: Store) -> None:
        """From Start on the worker decides, line by line."""
        batch_id = a_draft(store)
        starting.start(store, batch_id, again_cancelled=False, now=NINE)
        a_listing(store, "anna@example.com", begun_at=NINE + timedelta(minutes=5))

        assert not checking.compare(store, batch_id)


def test_a_long_list_is_written_in_chunks_between_which_others_write(store: Store) -> None:
    """A big upload must not keep the worker from its rows."""
    many = b"First name,Last name,Email\n" + b"".join(b"P,N,p%d@example.com\n" % one for one in range(1_200))
    batch_id = a_draft(store, many, checked=False)
    chunks: list[int] = []

    def write_between(written: int) -> None:
        chunks.append(written)
        with store.write() as db:
            starting.set_deadline(db, batch_id, STARTS)

    checking.check(store, batch_id, now=NINE, progress=write_between)

    assert chunks == [500, 1000]
    assert verdicts(store, batch_id) == {Verdict.TO_SEND: 1_200}
