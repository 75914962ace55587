"""Sessions that are over, with everybody who registered and came, written straight into the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert

from rollcall.roster import readings, sessions
from rollcall.roster.readings import What
from rollcall.roster.sessions import SeenRegistration, SeenSession
from rollcall.search_text import search_text, source_key
from rollcall.store.database import Store
from rollcall.store.tables import Participant, Reading, Registrant

BROADCAST = timedelta(hours=1)
SOURCES, SPELLINGS = 15, 2
PEOPLE = 60_000  # from whom a session's registrants are drawn, so that many come back
ROWS_AT_ONCE = 5_000


def fill(
    store: Store, connection_id: int, session_id: str, *, registrants: int, participants: int, ended_at: datetime
) -> None:
    """A session that ended then, both of its lists read a day later; three of four records are of different people."""
    rng = Random(session_id)
    read_at = ended_at + timedelta(days=1)
    begun_at = ended_at - BROADCAST
    with store.write() as db:
        sessions.keep(db, connection_id, [_session(session_id, begun_at, ended_at)], now=read_at)
        seen = SeenRegistration("Closed", registrant_count=registrants, auto_close_limit=0, suppress_emails=False)
        sessions.keep_registration(db, connection_id, session_id, seen, now=read_at)
    people = rng.sample(range(PEOPLE), registrants) if registrants <= PEOPLE else list(range(registrants))
    came = people[: participants * 3 // 4]
    for what, table, rows in (
        (What.REGISTRANTS, Registrant, _registrants(people, set(came), session_id, begun_at, rng)),
        (What.PARTICIPANTS, Participant, _participants(came, participants, session_id, begun_at, rng)),
    ):
        given = {"connection_id": connection_id, "session_id": session_id, "seen_at": read_at, "raw": {}}
        _write(store, connection_id, what, session_id, table, rows, given=given, now=read_at)


def _session(session_id: str, begun_at: datetime, ended_at: datetime) -> SeenSession:
    return SeenSession(
        session_id=session_id,
        webinar_id=f"7{session_id}",
        title=f"Webinar {session_id}",
        description=None,
        host_id=None,
        host_name=None,
        starts_at=begun_at - timedelta(minutes=5),
        ends_at=ended_at,
        time_zone="Europe/Berlin",
        status="Finished",
        runtime_status=None,
        raw={"broadcastingStartTime": begun_at.isoformat(), "broadcastingEndTime": ended_at.isoformat()},
    )


def _registrants(
    people: list[int], came: set[int], session_id: str, begun_at: datetime, rng: Random
) -> Iterator[dict[str, Any]]:
    for place, number in enumerate(people):
        email, campaign = f"person{number}@corp{number % 997}.example.com", rng.randrange(SOURCES)
        source = f"Campaign {campaign}" if rng.random() < 0.8 else f"campaign_{campaign}"
        texts = {"first_name": "Ann", "last_name": f"Lee {number}", "email": email, "source": source}
        external_id = f"lid={number}&oid={number % 997}"
        yield {
            **texts,
            "registrant_id": f"{session_id}-{place}",
            "email_key": email,
            "external_id": external_id,
            "join_uri": f"https://example.com/join/{session_id}/{place}",
            "cancellation_uri": f"https://example.com/cancel/{session_id}/{place}",
            "registered_at": begun_at - timedelta(minutes=rng.randrange(60 * 24 * 28)),
            "participant_id": f"p-{session_id}-{place}" if number in came else None,
            "post_webinar": False,
            "first_seen_at": begun_at,
            "search_text": search_text(**texts, external_id=external_id),
            "source_key": source_key(source),
        }


def _participants(
    came: list[int], participants: int, session_id: str, begun_at: datetime, rng: Random
) -> Iterator[dict[str, Any]]:
    """Everybody who came, as many of them again until there are enough records, and ten of the panel."""
    for number in range(participants):
        place = number % max(len(came), 1)
        joined = begun_at + timedelta(seconds=rng.randrange(-300, 1_500) + 900 * (number // max(len(came), 1)))
        is_panel = number >= participants - 10
        yield {
            "participant_id": f"p-{session_id}-{number}",
            "registrant_id": None if is_panel else f"{session_id}-{place}",
            "email_key": None,
            "user_hash": f"hash-{came[place]}",
            "first_name": "Ann",
            "last_name": f"Lee {came[place]}",
            "role": "Panelist" if is_panel else "Attendee",
            "original_role": "Panelist" if is_panel else "Attendee",
            "joined_at": joined,
            "left_at": joined + timedelta(seconds=rng.randrange(120, 3_000)),
        }


def _write(
    store: Store, connection_id: int, what: What, session_id: str, table: Any, rows: Iterator[dict[str, Any]],
    *, given: dict[str, Any], now: datetime,
) -> None:  # fmt: skip
    """A list that was read to its end, with all of its rows."""
    with store.write() as db:
        reading_id = readings.ask(db, connection_id, what, session_id, lane=1, asked_by="bench", now=now)
        reading = db.get_one(Reading, reading_id)
        readings.begin(db, reading, cursor={}, now=now)
        made = [{**given, **row, "seen_reading_id": reading_id} for row in rows]
        for start in range(0, len(made), ROWS_AT_ONCE):
            db.execute(insert(table), made[start : start + ROWS_AT_ONCE])
        readings.turn_page(db, reading, cursor=None, records=len(made), now=now)
