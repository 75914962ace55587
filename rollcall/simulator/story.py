"""The demo opened on a later day: its webinars lie around that day again, with everybody in them.

Each webinar is planned anew, at its local time of day; what belongs to it moves as far as it does, what the marketer
added included. Ids stay, and nothing that has happened lies ahead.
"""

import sqlite3
from dataclasses import replace
from datetime import datetime
from math import ceil

from rollcall.simulator.demo import DAY
from rollcall.simulator.demo_plans import PLANS, session_id, start_of
from rollcall.simulator.sessions import WebinarSession, insert_session, read_session


def bring_to(db: sqlite3.Connection, now: datetime) -> None:
    """Move the demo's webinars, those that are there, to where they are planned from `now`."""
    for number, plan in enumerate(PLANS):
        session = read_session(db, session_id(number))
        if session is not None:
            by = start_of(plan, now).timestamp() - session.starts_at
            _move_session(db, session, by, now.timestamp())
            _move_registrants(db, session.id, by, now.timestamp())
            _move_cancellations(db, session.id, by)
            _move_panel_and_participants(db, session.id, by, now.timestamp())


def _move_session(db: sqlite3.Connection, session: WebinarSession, by: float, now: float) -> None:
    moved = replace(
        session,
        starts_at=session.starts_at + by,
        started_at=session.started_at + by,
        ended_at=session.ended_at + by,
        created_at=session.created_at + by,
        changed_at=min(session.changed_at + by, now),
        status_set_at=min(session.status_set_at + by, now) if session.status_set_at else 0.0,
    )
    insert_session(db, moved)


def _move_registrants(db: sqlite3.Connection, session_id: str, by: float, now: float) -> None:
    """A registration that would lie ahead is so many days earlier; who has not shown in lists yet shows now."""
    rows = db.execute("SELECT created_at, id FROM registrant WHERE session_id = ?", (session_id,)).fetchall()
    db.executemany(
        "UPDATE registrant SET registered_at = registered_at + :moved, created_at = created_at + :moved,"
        " listed_at = min(listed_at + :moved, :now), attended_at = attended_at + :by WHERE id = :id",
        [
            {"moved": by - _days_ahead(created_at + by, now) * DAY, "by": by, "now": now, "id": number}
            for created_at, number in rows
        ],
    )


def _move_cancellations(db: sqlite3.Connection, session_id: str, by: float) -> None:
    """Who was about to cancel on that day is about to on this one."""
    db.execute(
        "UPDATE cancellation SET at = at + ? WHERE registrant_id IN (SELECT id FROM registrant WHERE session_id = ?)",
        (by, session_id),
    )


def _days_ahead(at: float, now: float) -> int:
    return max(0, ceil((at - now) / DAY))


def _move_panel_and_participants(db: sqlite3.Connection, session_id: str, by: float, now: float) -> None:
    moved = {"by": by, "now": now, "session": session_id}
    db.execute(
        "UPDATE participant SET joined_at = joined_at + :by, left_at = left_at + :by WHERE session_id = :session",
        moved,
    )
    db.execute(
        "UPDATE invitee SET created_at = min(created_at + :by, :now), changed_at = min(changed_at + :by, :now)"
        " WHERE session_id = :session",
        moved,
    )
