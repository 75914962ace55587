"""A real store with one coming session, and a small list of people for it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rollcall import connections, person
from rollcall.importing import checking, drafting, lines, planning
from rollcall.outbox.states import Verdict
from rollcall.outbox.wishes import LinkTemplates
from rollcall.roster import readings, registrants, sessions
from rollcall.roster.readings import What
from rollcall.roster.registrants import Seen
from rollcall.roster.sessions import SeenSession
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


def verdicts(store: Store, batch_id: int) -> dict[Verdict, int]:
    with store.read() as db:
        return lines.verdicts(db, batch_id)
