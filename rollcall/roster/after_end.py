"""Who was there is read by itself: soon after a session's end, some hours later, and a day later.

RingCentral's history may still move after the end (leave times, late records); nobody documents for how long.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import case, func, literal, or_, select
from sqlalchemy.orm import Session

from rollcall.roster.readings import ReadingState, What
from rollcall.roster.sessions import WITHOUT_LIST
from rollcall.store.tables import Reading, RegistrationSettings, WebinarSession

MOMENTS = (timedelta(minutes=15), timedelta(hours=4), timedelta(hours=26))  # after the end; judgement
CAUGHT_UP = timedelta(days=8)  # judgement: a machine that was off so long leaves older sessions to whoever looks


def wanted(db: Session, connection_id: int, *, now: datetime) -> Iterator[tuple[What, str]]:
    """The lists that are due: what, and of which session. Whatever was tried since it was due, is not any more."""
    ended = _ended(db, connection_id, now=now)
    if not ended:
        return
    tried = _tried(db, connection_id, [session_id for session_id, _, _ in ended], now=now)
    for session_id, ends_at, whats in ended:
        due_at = max(ends_at + moment for moment in MOMENTS if ends_at + moment <= now)
        for what in whats:
            last = tried.get((what, session_id))
            if last is None or last < due_at:
                yield what, session_id


def _ended(db: Session, connection_id: int, *, now: datetime) -> list[tuple[str, datetime, list[What]]]:
    """The sessions that ended lately, with what may be read of each. One that never started has no history."""
    rows = db.execute(
        select(WebinarSession.session_id, WebinarSession.ends_at, WebinarSession.status, RegistrationSettings.status)
        .outerjoin(
            RegistrationSettings,
            (RegistrationSettings.connection_id == WebinarSession.connection_id)
            & (RegistrationSettings.session_id == WebinarSession.session_id),
        )
        .where(
            WebinarSession.connection_id == connection_id,
            WebinarSession.ends_at > now - CAUGHT_UP,
            WebinarSession.ends_at <= now - MOMENTS[0],
            WebinarSession.gone_at.is_(None),
            or_(WebinarSession.status.is_(None), WebinarSession.status != "Active"),
        )
        .order_by(WebinarSession.ends_at.desc())
    )
    return [
        (session_id, ends_at, _whats(status, registration))
        for session_id, ends_at, status, registration in rows
        if ends_at is not None
    ]


def _whats(status: str | None, registration: str | None) -> list[What]:
    registrants = [] if registration in WITHOUT_LIST else [What.REGISTRANTS]
    participants = [] if status == "Scheduled" else [What.PARTICIPANTS]
    return registrants + participants


def _tried(
    db: Session, connection_id: int, session_ids: list[str], *, now: datetime
) -> dict[tuple[What, str], datetime]:
    """When each list was last begun, if it was read to its end, or asked for, if it could not be had.

    One that is open is being tried now, whenever it was asked for: asking again would change nothing, for ever.
    """
    at = case(
        (Reading.state == ReadingState.COMPLETE, Reading.begun_at),
        (Reading.state == ReadingState.FAILED, Reading.asked_at),
        else_=literal(now, Reading.asked_at.type),
    )
    rows = db.execute(
        select(Reading.what, Reading.session_id, func.max(at))
        .where(
            Reading.connection_id == connection_id,
            Reading.session_id.in_(session_ids),
            Reading.what.in_([What.REGISTRANTS, What.PARTICIPANTS]),
        )
        .group_by(Reading.what, Reading.session_id)
    )
    return {(What(what), session_id): last for what, session_id, last in rows}
