"""Which tallies are missing, or no longer hold: one query over sessions, readings and tallies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, and_, case, func, or_, select
from sqlalchemy.orm import Session

from rollcall.roster.readings import FORBIDDEN, ReadingState, What
from rollcall.store.tables import Reading, SessionTally, WebinarSession


def due(
    db: Session, connection_id: int, *, now: datetime, at_most: int, session_ids: Sequence[str] | None = None
) -> Sequence[RowMapping]:
    """What a tally has to hold for, of each session whose tally does not; of these sessions, or None: of all."""
    holds = _holds(connection_id)
    query = (
        select(holds)
        .outerjoin(SessionTally, tally_of(connection_id, holds.c.session_id))
        .where(
            holds.c.registrants_reading_id.is_not(None),
            or_(
                SessionTally.session_id.is_(None),
                *(
                    holds.c[name].is_distinct_from(getattr(SessionTally, name))
                    for name in ("registrants_reading_id", "participants_reading_id", "status", "ends_at")
                ),
                _ended_since(now),
            ),
            ~_is_being_read(connection_id, holds.c.session_id),
        )
        .order_by(holds.c.starts_at.desc(), holds.c.session_id)
        .limit(at_most)
    )
    if session_ids is not None:
        query = query.where(holds.c.session_id.in_(session_ids))
    return db.execute(query).mappings().all()


def _holds(connection_id: int) -> Any:
    """Per session the readings, the status and the end that a tally of now names."""
    return (
        select(
            WebinarSession.session_id,
            WebinarSession.starts_at,
            WebinarSession.ends_at,
            func.coalesce(WebinarSession.status, "").label("status"),
            _complete(connection_id, What.REGISTRANTS).label("registrants_reading_id"),
            func.coalesce(_complete(connection_id, What.PARTICIPANTS), _forbidden(connection_id)).label(
                "participants_reading_id"
            ),
        )
        .where(WebinarSession.connection_id == connection_id, WebinarSession.gone_at.is_(None))
        .subquery()
    )


def _readings(connection_id: int, what: What, state: ReadingState, chosen: Any) -> Any:
    return (
        select(chosen)
        .where(
            Reading.connection_id == connection_id,
            Reading.what == what,
            Reading.session_id == WebinarSession.session_id,
            Reading.state == state,
        )
        .limit(1)
        .correlate(WebinarSession)
    )


def _complete(connection_id: int, what: What) -> Any:
    """The last reading of this that was read to its end; as `readings.last_complete`, within a query."""
    found = _readings(connection_id, what, ReadingState.COMPLETE, Reading.id)
    return found.order_by(Reading.begun_at.desc(), Reading.id.desc()).scalar_subquery()


def _forbidden(connection_id: int) -> Any:
    """The reading of participants that told us last that we may not; as `frames.session_facts`, within a query."""
    is_forbidden = case((Reading.error_code == FORBIDDEN, Reading.id))
    found = _readings(connection_id, What.PARTICIPANTS, ReadingState.FAILED, is_forbidden)
    return found.order_by(Reading.id.desc()).scalar_subquery()


def tally_of(connection_id: int, session_id: Any) -> Any:
    """What joins a session with its tally."""
    return and_(SessionTally.connection_id == connection_id, SessionTally.session_id == session_id)


def _ended_since(now: datetime) -> Any:
    """Whether nothing but the clock has ended it, after it was counted; see `SessionFacts.is_over`."""
    return and_(
        SessionTally.status.not_in(("Finished", "Active")),
        SessionTally.ends_at >= SessionTally.counted_at,
        SessionTally.ends_at < now,
    )


def _is_being_read(connection_id: int, session_id: Any) -> Any:
    return (
        select(Reading.id)
        .where(
            Reading.connection_id == connection_id,
            Reading.what.in_((What.REGISTRANTS.value, What.PARTICIPANTS.value)),
            Reading.session_id == session_id,
            Reading.state == ReadingState.RUNNING,
        )
        .exists()
    )
