"""From an uploaded file to a started batch and back to a receipt, on a real store."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from components import people_table
from rollcall import connections, person
from rollcall.contact_file.problem import FileProblem
from rollcall.importing import afterwards, checking, drafting, finding, lines, planning, starting
from rollcall.importing.receipt import receipt_of
from rollcall.outbox import batch as batches
from rollcall.outbox import ledger, wishes
from rollcall.outbox import unfold as unfolding
from rollcall.outbox.progress import Status
from rollcall.outbox.states import BatchState, Origin, Outcome, Priority, State, Verdict
from rollcall.outbox.wishes import LinkTemplates, Wish
from rollcall.roster import readings, registrants, sessions
from rollcall.roster.readings import ReadingState, What
from rollcall.roster.registrants import Seen
from rollcall.roster.sessions import SeenRegistration, SeenSession
from rollcall.store.database import Store, open_store
from rollcall.store.tables import Batch, Reading
from rollcall.store.upgrade import upgrade

NINE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
SESSION = "8001"
STARTS = NINE + timedelta(days=2)

PEOPLE = b"First name,Last name,Email,Lead ID\nAnna,Novak,anna@example.com,17\nBen,Ode,ben@example.com,18\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'test.sqlite'}")
    upgrade(opened, now=NINE)
    with opened.write() as db:
        connections.find_or_make(db, connections.account("demo", "demo", "app"), now=NINE)
        sessions.keep(db, 1, [a_session()], now=NINE)
    yield opened
    opened.close()


def a_session() -> SeenSession:
    return SeenSession(
        session_id=SESSION,
        webinar_id="70",
        title="Autumn tour",
        description=None,
        host_id=None,
        host_name=None,
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=1),
        time_zone="Europe/Berlin",
        status="Scheduled",
        runtime_status=None,
        raw={},
    )


def a_seen(email: str) -> Seen:
    return Seen(
        registrant_id=f"r-{email}",
        email=email,
        email_key=person.email_key(email),
        first_name="Anna",
        last_name="Novak",
        source=None,
        external_id=None,
        join_uri="https://rc.example.com/j/1",
        cancellation_uri="https://rc.example.com/c/1",
        registered_at=NINE,
        participant_id=None,
        post_webinar=None,
        raw={},
    )


def a_draft(store: Store, data: bytes = PEOPLE, *, checked: bool = True, **decided: object) -> int:
    batch_id = drafting.begin(store, 1, SESSION, name="people.csv", data=data, actor="local", now=NINE)
    if decided:
        with store.read() as db:
            plan = planning.plan_of(db.get_one(Batch, batch_id))
        links = decided.pop("links", LinkTemplates())
        assert isinstance(links, LinkTemplates)
        planning.decide(store, batch_id, replace(plan, **decided), links)  # type: ignore[arg-type]
    if checked:
        checking.check(store, batch_id, now=NINE)
    return batch_id


def a_listing(store: Store, *emails: str, begun_at: datetime = NINE) -> None:
    """A complete listing that shows exactly these people."""
    with store.write() as db:
        reading_id = readings.ask(db, 1, What.REGISTRANTS, SESSION, lane=1, asked_by="test", now=begun_at)
        reading = db.get_one(Reading, reading_id)
        readings.begin(db, reading, cursor={}, now=begun_at)
        registrants.keep(db, 1, SESSION, [a_seen(email) for email in emails], now=begun_at, reading=reading)
        readings.turn_page(db, reading, cursor=None, records=len(emails), now=begun_at)


def settings_seen(store: Store, **seen: object) -> None:
    with store.write() as db:
        sessions.keep_registration(db, 1, SESSION, SeenRegistration("Open", **seen), now=NINE)  # type: ignore[arg-type]


def verdicts(store: Store, batch_id: int) -> dict[Verdict, int]:
    with store.read() as db:
        return lines.verdicts(db, batch_id)


def before(store: Store, batch_id: int, *, again_cancelled: bool = False) -> starting.BeforeStart:
    with store.read() as db:
        return starting.before_start(db, db.get_one(Batch, batch_id), again_cancelled=again_cancelled, now=NINE)


def no_reason(_: object) -> str:
    return ""


class TestBegin:
    def test_a_file_is_a_draft_at_once_with_its_columns_matched(self, store: Store) -> None:
        """Whoever reloads right after the upload finds their file."""
        batch_id = a_draft(store, checked=False)

        with store.read() as db:
            batch = finding.draft_of(db, 1, SESSION, None)

        assert batch is not None
        assert (batch.id, batch.state, batch.name) == (batch_id, BatchState.DRAFT, "people.csv")
        assert planning.plan_of(batch).columns.email == 2
        assert planning.plan_of(batch).columns.keys == ((3, "lid"),)

    def test_a_file_that_is_no_list_leaves_nothing_behind(self, store: Store) -> None:
        """The answer says how to save it as CSV; no half draft lies about."""
        with pytest.raises(FileProblem) as refused:
            drafting.begin(store, 1, SESSION, name="x.xlsx", data=b"PK\x03\x04xl/", actor="local", now=NINE)

        with store.read() as db:
            left = finding.draft_of(db, 1, SESSION, None)

        assert (refused.value.code, left) == ("not_csv", None)

    def test_a_hostile_name_is_kept_as_short_text(self, store: Store) -> None:
        """File names come from outside, too, and PostgreSQL keeps no NUL."""
        batch_id = drafting.begin(store, 1, SESSION, name="a\0\n" + "b" * 999, data=PEOPLE, actor="local", now=NINE)

        with store.read() as db:
            name = db.get_one(Batch, batch_id).name

        assert name == ("a " + "b" * 999)[: drafting.NAME_LIMIT]


class TestAddress:
    @pytest.mark.parametrize("asked", ["", "0", "999", "-1", "1e3", "٣", "9" * 40, "1 OR 1=1"])
    def test_an_address_that_names_no_batch_finds_none(self, store: Store, asked: str) -> None:
        """Anybody can type anything behind ?batch=."""
        a_draft(store, checked=False)

        with store.read() as db:
            found = finding.batch_of(db, 1, asked)

        assert found is None

    def test_a_batch_of_another_connection_or_session_is_not_shown(self, store: Store) -> None:
        """A copied address must not show one account's people in another."""
        batch_id = str(a_draft(store, checked=False))

        with store.read() as db:
            elsewhere = finding.batch_of(db, 2, batch_id), finding.draft_of(db, 1, "8002", batch_id)

        assert elsewhere == (None, None)


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

        assert (by_session.is_in_time, by_session.due_at) == (True, STARTS)
        assert not by_deadline.is_in_time
        assert 80 <= by_deadline.by_due <= 110

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


class TestReceipt:
    def test_every_row_comes_back_with_its_status_and_links(self, store: Store) -> None:
        """What the marketer takes back to their CRM: same rows, same order, five columns more."""
        data = b"\xef\xbb\xbfFirst name;Last name;Email\r\nAnna;Novak;anna@example.com\r\nBen;;ben@example.com\r\n"
        batch_id = a_draft(store, data)
        starting.start(store, batch_id, again_cancelled=False, now=NINE)
        registered(store, batch_id, "anna@example.com")

        receipt = receipt_of(store, batch_id, lambda line: "no last name" if line.problems else "")

        assert receipt is not None
        assert receipt.startswith(b"\xef\xbb\xbfFirst name;Last name;Email;rollcall_status")
        rows = list(csv.DictReader(io.StringIO(receipt.decode("utf-8-sig")), delimiter=";"))
        assert [(row["rollcall_status"], row["rollcall_reason"]) for row in rows] == [
            ("registered", ""),
            ("invalid", "no last name"),
        ]
        assert rows[0]["rollcall_join_link"] == "https://rc.example.com/j/1"
        assert rows[0]["rollcall_cancel_link"] == "https://rc.example.com/c/1"

    def test_a_receipt_uploaded_again_gives_the_same_people(self, store: Store) -> None:
        """Its five columns are never taken for the list's own."""
        batch_id = a_draft(store)
        receipt = receipt_of(store, batch_id, no_reason)
        assert receipt is not None

        again = a_draft(store, receipt)

        with store.read() as db:
            plans = [planning.plan_of(db.get_one(Batch, one)).columns for one in (batch_id, again)]
        assert plans[0] == plans[1]
        assert verdicts(store, again) == {Verdict.TO_SEND: 2}

    def test_who_was_left_out_or_not_sent_any_more_has_a_reason(self, store: Store) -> None:
        """An empty cell beside a state sends the marketer to look for a fault."""
        data = b"First name,Last name,Email,Unsubscribed\nAnna,Novak,anna@example.com,yes\nBen,Ode,ben@example.com,\n"
        batch_id = a_draft(store, data)
        starting.start(store, batch_id, again_cancelled=False, now=NINE)
        with store.write() as db:
            batches.stop(db, batch_id, now=NINE)

        receipt = receipt_of(store, batch_id, people_table.reason)

        assert receipt is not None
        rows = list(csv.DictReader(io.StringIO(receipt.decode())))
        assert [(row["rollcall_status"], row["rollcall_reason"]) for row in rows] == [
            ("left_out", "Left out: the column “Unsubscribed” marks them."),
            ("withdrawn", "The import was stopped."),
        ]

    def test_a_deleted_file_gives_no_receipt(self, store: Store) -> None:
        """Deleted means deleted."""
        batch_id = a_draft(store)
        with store.write() as db:
            batches.forget_file(db, batch_id, now=NINE)

        assert receipt_of(store, batch_id, no_reason) is None


class TestTally:
    def test_a_stopped_import_stays_where_it_was(self) -> None:
        """A full bar would say that everybody was registered."""
        tally = afterwards.tally({Status.REGISTERED: 131, Status.REFUSED: 1, Status.WITHDRAWN: 468})

        assert (tally.total, tally.fulfilled) == (600, 131)
        assert round(tally.share, 2) == 0.22


def registered(store: Store, batch_id: int, email: str) -> None:
    """Let a line of a running batch be sent and answered."""
    with store.write() as db:
        batch = db.get_one(Batch, batch_id)
        unfolding.unfold(db, batch, now=NINE)
        registrants.keep(db, 1, SESSION, [a_seen(email)], now=NINE)
        action, _ = ledger.next_of_batch(db, batch, now=NINE)
        assert action is not None
        ledger.claim(db, action, call_id=1, epoch=1, now=NINE)
        ledger.finish(
            db, action.id, Outcome.REGISTERED, registrant_id=f"r-{email}", now=NINE,
            coming_from=frozenset({State.SENDING}),
        )  # fmt: skip


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
