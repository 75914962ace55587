"""The journal: every deed leaves one line that says who, what and when, and nothing about anybody."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import inspect, select

from rollcall import connections
from rollcall.attendance import handing_over
from rollcall.outbox import batch as batches
from rollcall.outbox import drafts
from rollcall.outbox.states import Pause, State
from rollcall.roster import source_names, spend
from rollcall.roster.money import Money
from rollcall.store.database import Store
from rollcall.store.journal import WORKER, Deed
from rollcall.store.tables import Journal
from tests.databases import NINE
from tests.outbox import rows
from tests.outbox.rows import SESSION

NOON = NINE + timedelta(hours=3)
FILE = "guests of ada.csv"

Prepare = Callable[[Store, int], int]
Do = Callable[[Store, int, int], object]


def journal(store: Store) -> list[Journal]:
    """Everything written so far, in its order."""
    with store.read() as db:
        return list(db.scalars(select(Journal).order_by(Journal.id)))


def in_one(do: Callable[..., object], **more: object) -> Do:
    """A deed of a batch, at noon, in a transaction of its own."""

    def deed(store: Store, _: int, batch_id: int) -> None:
        with store.write() as db:
            do(db, batch_id, now=NOON, **more)

    return deed


def nothing(_: Store, connection_id: int) -> int:
    return connection_id


def draft(store: Store, connection_id: int) -> int:
    return rows.a_draft(store, connection_id, [rows.a_line(1)], name=FILE)


def running(store: Store, connection_id: int) -> int:
    return rows.a_running(store, connection_id, [rows.a_line(1)], name=FILE)


def paused(store: Store, connection_id: int) -> int:
    batch_id = running(store, connection_id)
    with store.write() as db:
        batches.pause(db, batch_id, Pause.LINKS_REFUSED, now=NINE)
    return batch_id


def ended_as(state: State) -> Prepare:
    def prepare(store: Store, connection_id: int) -> int:
        batch_id = running(store, connection_id)
        (action_id,) = rows.action_ids(store, batch_id)
        with store.write() as db:
            rows.bring(db, action_id, state)
        return batch_id

    return prepare


def one_registered(store: Store, connection_id: int) -> int:
    """The person's registration."""
    with store.write() as db:
        action_id = rows.register(db, connection_id)
        rows.bring(db, action_id, State.DONE)
        return rows.registration_of(db, action_id).id


def register(store: Store, connection_id: int, _: int) -> None:
    with store.write() as db:
        rows.register(db, connection_id, now=NOON)


def cancel(store: Store, connection_id: int, registration_id: int) -> None:
    with store.write() as db:
        rows.cancel(db, connection_id, registration_id, now=NOON)


def upload(store: Store, connection_id: int, _: int) -> None:
    with store.write() as db:
        drafts.draft(db, connection_id, SESSION, name=FILE, file=rows.A_FILE, actor="marketer", now=NOON)


def go_on(store: Store, connection_id: int, _: int) -> None:
    with store.write() as db:
        connections.go_on(db, connection_id, now=NOON)


def discard(store: Store, _: int, batch_id: int) -> None:
    with store.write() as db:
        drafts.discard(db, batch_id, actor="local", now=NOON)


def export(store: Store, connection_id: int, _: int) -> None:
    handing_over.note(store, connection_id, SESSION, whom="attended", file="salesforce", people=3, now=NOON)


def two_sources(store: Store, connection_id: int) -> int:
    """One counts as the other, and two are kept apart."""
    with store.write() as db:
        source_names.decide(db, connection_id, ["ada mail"], "ada-mail", actor="local", now=NINE)
        source_names.decline(db, connection_id, [("ada ad", "ada-ad")], actor="local", now=NINE)
    return connection_id


def of_sources(do: Callable[..., object], *what: object) -> Do:
    """A deed about sources, at noon, in a transaction of its own."""

    def deed(store: Store, connection_id: int, _: int) -> None:
        with store.write() as db:
            do(db, connection_id, *what, actor="marketer", now=NOON)

    return deed


DEEDS: dict[Deed, tuple[Prepare, Do]] = {
    Deed.REGISTER: (nothing, register),
    Deed.CANCEL: (one_registered, cancel),
    Deed.UPLOAD: (nothing, upload),
    Deed.DISCARD: (draft, discard),
    Deed.START: (draft, in_one(batches.start, listed_at=None, again_cancelled=False)),
    Deed.PAUSE: (running, in_one(batches.pause)),
    Deed.RESUME: (paused, in_one(batches.resume)),
    Deed.STOP: (running, in_one(batches.stop)),
    Deed.FIRST: (running, in_one(batches.go_first)),
    Deed.WITHOUT_LINKS: (paused, in_one(batches.without_own_links)),
    Deed.RETRY: (ended_as(State.REFUSED), in_one(batches.retry_refused, actor="local")),
    Deed.UNDO: (ended_as(State.DONE), in_one(batches.cancel_registered, actor="local")),
    Deed.FORGET_FILE: (running, in_one(batches.forget_file)),
    Deed.GO_ON: (nothing, go_on),
    Deed.EXPORT: (nothing, export),
    Deed.COUNT_SOURCE: (nothing, of_sources(source_names.decide, ["ada invite"], "ada-invite")),
    Deed.UNCOUNT_SOURCE: (two_sources, of_sources(source_names.undo, ["ada mail"])),
    Deed.PART_SOURCES: (nothing, of_sources(source_names.decline, [("ada-1", "ada-2")])),
    Deed.UNPART_SOURCES: (two_sources, of_sources(source_names.reconsider, [("ada ad", "ada-ad")])),
    Deed.SPEND: (nothing, of_sources(spend.keep, SESSION, {"ada-mail": Money(1_250, "EUR")})),
}


@pytest.mark.parametrize("deed", list(Deed))
def test_every_deed_leaves_a_line(store: Store, connection_id: int, deed: Deed) -> None:
    """“Who stopped it?” has an answer also a month later. Sending without links is a deed, and so is its resuming."""
    prepare, do = DEEDS[deed]
    subject = prepare(store, connection_id)
    before = len(journal(store))

    do(store, connection_id, subject)

    written = journal(store)[before:]
    expected = [deed, Deed.RESUME] if deed is Deed.WITHOUT_LINKS else [deed]
    assert [one.deed for one in written] == expected
    assert {one.connection_id for one in written} == {connection_id}
    assert {one.actor for one in written} <= {"local", "marketer"}
    assert {one.at for one in written} == {NOON}


def test_a_line_names_its_batch_its_session_or_its_action(store: Store, connection_id: int) -> None:
    """By their ids it is found what was meant."""
    batch_id = running(store, connection_id)
    with store.write() as db:
        action_id = rows.register(db, connection_id, rows.a_person(7), now=NOON)

    uploaded, started, registered = journal(store)

    assert [(one.batch_id, one.session_id) for one in (uploaded, started)] == [(batch_id, SESSION)] * 2
    assert (registered.action_id, registered.session_id, registered.batch_id) == (action_id, SESSION, None)


@pytest.mark.parametrize(
    ("prepare", "do"), [DEEDS[Deed.START], DEEDS[Deed.PAUSE], DEEDS[Deed.RESUME], DEEDS[Deed.STOP]]
)
def test_a_second_press_leaves_no_second_line(store: Store, connection_id: int, prepare: Prepare, do: Do) -> None:
    """It did nothing."""
    subject = prepare(store, connection_id)
    before = len(journal(store))

    do(store, connection_id, subject)
    do(store, connection_id, subject)

    assert len(journal(store)) == before + 1


def test_people_of_an_import_leave_no_line_each(store: Store, connection_id: int) -> None:
    """Fifty thousand lines would hide the one that counts: who started it."""
    rows.a_running(store, connection_id, [rows.a_line(number) for number in range(1, 21)])

    assert [one.deed for one in journal(store)] == [Deed.UPLOAD, Deed.START]


def test_what_the_worker_does_is_not_put_down_to_a_person(store: Store, connection_id: int) -> None:
    """Registration was closed in RingCentral: nobody here pressed Pause."""
    running(store, connection_id)
    with store.write() as db:
        batches.pause_session(db, connection_id, SESSION, Pause.CLOSED, now=NOON)

    assert [(one.deed, one.actor) for one in journal(store)][-1] == (Deed.PAUSE, WORKER)


def test_no_line_holds_a_name_an_address_or_a_file_name(store: Store, connection_id: int) -> None:
    """The journal outlives a deleted file and a cancelled person, so it may know nothing of them."""
    for number, deed in enumerate(one for one in Deed if one not in (Deed.REGISTER, Deed.CANCEL)):
        with store.write() as db:
            rows.register(db, connection_id, rows.a_person(100 + number))
        prepare, do = DEEDS[deed]
        do(store, connection_id, prepare(store, connection_id))
    columns = [column.key for column in inspect(Journal).columns]

    written = json.dumps([[str(getattr(one, name)) for name in columns] for one in journal(store)]).lower()

    assert not [secret for secret in ("ada", "lovelace", "@", ".csv", "guests") if secret in written]
