"""Registrants as rows: read, add, and show as RingCentral shows them."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from rollcall.simulator.answers import stamp

LINKS = "https://webinar.example.com"  # plainly not RingCentral's: a demo's link must not open anything real


@dataclass(frozen=True, slots=True)
class Person:
    """What is sent about one person; None for what was not sent."""

    first_name: str
    last_name: str
    email: str
    external_id: str | None = None
    source: str | None = None
    visitor_id: str | None = None
    ip_address: str | None = None
    questionnaire: str | None = None  # JSON
    join_uri: str | None = None
    cancellation_uri: str | None = None

    @property
    def email_key(self) -> str:
        return email_key(self.email)


@dataclass(frozen=True, slots=True)
class Registrant:
    """One stored registrant; times are epoch seconds."""

    id: int
    session_id: str
    email_key: str
    first_name: str
    last_name: str
    email: str
    external_id: str | None
    source: str | None
    visitor_id: str | None
    ip_address: str | None
    questionnaire: str | None
    join_uri: str | None  # None: RingCentral's own
    cancellation_uri: str | None
    registered_at: float
    created_at: float
    listed_at: float
    post_webinar: int
    participant_id: str | None
    attended_at: float | None


COLUMNS = (
    "id, session_id, email_key, first_name, last_name, email, external_id, source, visitor_id, ip_address,"
    " questionnaire, join_uri, cancellation_uri, registered_at, created_at, listed_at, post_webinar,"
    " participant_id, attended_at"
)
_INSERT = (
    f"INSERT INTO registrant ({COLUMNS.removeprefix('id, ')})"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)"
)


def email_key(email: str) -> str:
    """Our reading: addresses are the same whatever their case; plus-tags and dots count."""
    return email.strip().casefold()


def insert_person(
    db: sqlite3.Connection, session_id: str, person: Person, *, at: float, listed_at: float, post_webinar: bool
) -> int:
    """Store one registrant and return its id."""
    row = _row(session_id, person, at=at, listed_at=listed_at, post_webinar=post_webinar)
    registrant_id = db.execute(_INSERT, row).lastrowid
    assert registrant_id is not None  # noqa: S101  (an INSERT has one; for the type checker)
    return registrant_id


def add_people(db: sqlite3.Connection, session_id: str, people: Iterable[Person], *, at: float) -> None:
    rows = (_row(session_id, person, at=at, listed_at=at, post_webinar=False) for person in people)
    db.executemany(_INSERT, rows)


def _row(session_id: str, person: Person, *, at: float, listed_at: float, post_webinar: bool) -> tuple[object, ...]:
    return (
        session_id, person.email_key, person.first_name, person.last_name, person.email, person.external_id,
        person.source, person.visitor_id, person.ip_address, person.questionnaire, person.join_uri,
        person.cancellation_uri, at, at, listed_at, int(post_webinar),
    )  # fmt: skip


def read_registrants(db: sqlite3.Connection, session_id: str) -> list[Registrant]:
    rows = db.execute(f"SELECT {COLUMNS} FROM registrant WHERE session_id = ? ORDER BY id", (session_id,))
    return [Registrant(*row) for row in rows]


def read_page(
    db: sqlite3.Connection,
    session_id: str,
    *,
    after: int,
    count: int,
    listed_until: float,
    by_position: bool = False,
) -> list[Registrant]:
    """At most `count` registrants with a higher id than `after`, or behind so many, of those that lists show by now."""
    above, behind = (0, after) if by_position else (after, 0)
    rows = db.execute(
        f"SELECT {COLUMNS} FROM registrant WHERE session_id = ? AND id > ? AND listed_at <= ?"
        " ORDER BY id LIMIT ? OFFSET ?",
        (session_id, above, listed_until, count, behind),
    )
    return [Registrant(*row) for row in rows]


def read_registrant(db: sqlite3.Connection, session_id: str, registrant_id: str) -> Registrant | None:
    row = db.execute(
        f"SELECT {COLUMNS} FROM registrant WHERE session_id = ? AND id = ?",
        (session_id, registrant_id),
    ).fetchone()
    return None if row is None else Registrant(*row)


def remove_registrant(db: sqlite3.Connection, registrant_id: str, now: float) -> None:
    """Forget one registrant, who will not come any more; where they have been, they have been."""
    db.execute("DELETE FROM registrant WHERE id = ?", (registrant_id,))
    db.execute("DELETE FROM cancellation WHERE registrant_id = ?", (registrant_id,))
    db.execute("DELETE FROM participant WHERE registrant_id = ? AND joined_at > ?", (registrant_id, now))


def carry_out_cancellations(db: sqlite3.Connection, now: float) -> None:
    """Remove whoever has cancelled by themselves meanwhile."""
    for (registrant_id,) in db.execute("SELECT registrant_id FROM cancellation WHERE at <= ?", (now,)).fetchall():
        remove_registrant(db, str(registrant_id), now)


def shown(one: Registrant, now: float, *, with_questionnaire: bool) -> dict[str, Any]:
    """A registrant as RegistrantModelWithQuestionnaire; what is not known is left out."""
    secret = blake2b(f"{one.session_id}/{one.id}".encode(), digest_size=12).hexdigest()
    record: dict[str, Any] = {
        "id": str(one.id),
        "creationTime": stamp(one.created_at),
        "lastModifiedTime": stamp(one.created_at),
        "firstName": one.first_name,
        "lastName": one.last_name,
        "email": one.email,
        "registrationTime": stamp(one.registered_at),
        "joinUri": one.join_uri or f"{LINKS}/join/{one.session_id}/{secret}",
        "cancellationUri": one.cancellation_uri or f"{LINKS}/cancel/{one.session_id}/{secret}",
        "registeredPostWebinar": bool(one.post_webinar),
    }
    optional = {
        "externalId": one.external_id,
        "source": one.source,
        "visitorId": one.visitor_id,
        "ipAddress": one.ip_address,
        "participantId": one.participant_id if (one.attended_at or now + 1) <= now else None,
    }
    record |= {name: value for name, value in optional.items() if value is not None}
    if with_questionnaire:
        record["questionnaire"] = json.loads(one.questionnaire or "[]")
    return record
