"""Readings: each list that is read from RingCentral, or is to be, and how fresh the last one is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from rollcall.store.database import insert_ignoring
from rollcall.store.journal import WORKER
from rollcall.store.tables import Reading

BACKOFF = timedelta(seconds=5)  # judgement: doubled with every failed attempt,
LONGEST_BACKOFF = timedelta(minutes=5)  # up to this
MOST_ATTEMPTS = 8


class What(StrEnum):
    """What is read."""

    SESSIONS = "sessions"  # the connection's sessions, coming and past
    REGISTRATION = "registration"  # one session's registration: open, closed, off
    REGISTRANTS = "registrants"
    PARTICIPANTS = "participants"  # who was there, in the history of a session


FORBIDDEN = "forbidden"  # error of a reading that RingCentral lets only the host make


class ReadingState(StrEnum):
    """Where a reading stands."""

    WAITING = "waiting"
    RUNNING = "running"  # begun, and some pages may be here
    COMPLETE = "complete"
    FAILED = "failed"


_OPEN = (ReadingState.WAITING, ReadingState.RUNNING)


def ask(
    db: Session,
    connection_id: int,
    what: What,
    session_id: str = "",
    *,
    lane: int,
    asked_by: str,
    now: datetime,
) -> int:
    """File a reading and return its id. A second wish for the same joins the first and makes it as urgent as itself."""
    insert_ignoring(
        db,
        Reading,
        connection_id=connection_id,
        what=what,
        session_id=session_id,
        lane=lane,
        asked_by=asked_by,
        asked_at=now,
        state=ReadingState.WAITING,
    )
    reading = db.scalars(_open_of(connection_id).where(Reading.what == what, Reading.session_id == session_id)).one()
    if lane < reading.lane:
        reading.lane = lane
    if asked_by == WORKER:
        reading.asked_by = asked_by  # what it shows answers a question of ours as well
    return int(reading.id)


def next_due(
    db: Session, connection_id: int, *, now: datetime, lanes: tuple[int, int], but_not: Collection[int] = ()
) -> Reading | None:
    """The most urgent reading whose time has come, of the lanes from the first to the second."""
    return db.scalars(
        _open_of(connection_id)
        .where(Reading.lane >= lanes[0], Reading.lane <= lanes[1])
        .where(or_(Reading.not_before.is_(None), Reading.not_before <= now), Reading.id.not_in(list(but_not)))
        .order_by(Reading.lane, Reading.id)
        .limit(1)
    ).one_or_none()


def may_be_filed(
    db: Session,
    connection_id: int,
    what: What,
    session_id: str,
    *,
    lane: int,
    now: datetime,
    wished_at: datetime | None = None,
) -> bool:
    """Whether the worker should file such a reading: none is open that is as urgent, and none has just failed.

    Args:
        wished_at: when somebody pressed Start or Resume; a failure before that holds nothing up.
    """
    filed = latest(db, connection_id, what, session_id)
    if filed is None or filed.state == ReadingState.COMPLETE:
        return True
    if filed.state == ReadingState.FAILED:
        return filed.ended_at is None or filed.ended_at <= max(now - LONGEST_BACKOFF, wished_at or filed.asked_at)
    return filed.lane > lane


def begin(db: Session, reading: Reading, *, cursor: dict[str, Any], now: datetime) -> None:
    """waiting → running: its first call leaves now, which dates what it will show."""
    reading.state, reading.begun_at, reading.cursor = ReadingState.RUNNING, now, cursor
    reading.pages, reading.records = 0, 0


def turn_page(db: Session, reading: Reading, *, cursor: dict[str, Any] | None, records: int, now: datetime) -> None:
    """A page is here; without a cursor it was the last: running → complete."""
    reading.pages += 1
    reading.records += records
    reading.cursor = cursor
    if cursor is None:
        reading.state, reading.ended_at = ReadingState.COMPLETE, now
        reading.error_code, reading.error_message = None, None


def fail(db: Session, reading: Reading, *, code: str, message: str, again: bool, now: datetime) -> None:
    """A call for it failed: begun again from its first page after a pause, or given up with the reason.

    From the first page: nobody documents how long a page token lives, and half a list of then and half of now is none.
    """
    reading.attempts += 1
    reading.error_code, reading.error_message = code[:64], message
    if again and reading.attempts < MOST_ATTEMPTS:
        reading.state = ReadingState.WAITING
        reading.not_before = now + min(BACKOFF * 2 ** (reading.attempts - 1), LONGEST_BACKOFF)
    else:
        reading.state, reading.ended_at = ReadingState.FAILED, now


def start_over(db: Session, connection_id: int) -> None:
    """running → waiting for all that a holder before us was reading."""
    db.execute(
        update(Reading)
        .where(Reading.connection_id == connection_id, Reading.state == ReadingState.RUNNING)
        .values(state=ReadingState.WAITING, begun_at=None, cursor=None)
        .execution_options(synchronize_session=False)
    )


def last_complete(db: Session, connection_id: int, what: What, session_id: str = "") -> Reading | None:
    """The latest reading of this that was read to its end, by when it began."""
    return db.scalars(
        select(Reading)
        .where(
            Reading.connection_id == connection_id,
            Reading.what == what,
            Reading.session_id == session_id,
            Reading.state == ReadingState.COMPLETE,
        )
        .order_by(Reading.begun_at.desc())
        .limit(1)
    ).one_or_none()


def latest(db: Session, connection_id: int, what: What, session_id: str = "") -> Reading | None:
    """The reading filed last, whatever its state: what a page watches."""
    return db.scalars(
        select(Reading)
        .where(Reading.connection_id == connection_id, Reading.what == what, Reading.session_id == session_id)
        .order_by(Reading.id.desc())
        .limit(1)
    ).one_or_none()


def _open_of(connection_id: int) -> Any:
    return select(Reading).where(
        Reading.connection_id == connection_id, Reading.state.in_([state.value for state in _OPEN])
    )
