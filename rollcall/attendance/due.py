"""Which tallies are missing, or no longer hold: one query over sessions, readings, tallies, and ends of indexes.

A tally holds for two readings, a status and an end. Between readings, people of ours come and go on the list as well:
their sessions are counted again too, though not at every one of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, RowMapping, and_, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from rollcall.roster.readings import FORBIDDEN, ReadingState, What
from rollcall.store.tables import Reading, Registrant, SessionTally, WebinarSession

AGAIN_AFTER = timedelta(minutes=1)  # judgement: while an import runs, its session is counted no oftener
WRITTEN_LATE = timedelta(seconds=10)  # judgement: a change is seen so long at most after the moment it is dated by


def due(
    db: Session,
    connection_id: int,
    *,
    now: datetime,
    at_most: int,
    session_ids: Sequence[str] | None = None,
    but_not: Collection[str] = (),
) -> Sequence[RowMapping]:
    """What a tally has to hold for, of each session whose tally does not; the latest first.

    Args:
        session_ids: of these alone; None: of all.
        but_not: sessions to leave out.
    """
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
                _others_are_listed(connection_id, holds.c.session_id, now),
            ),
            ~_is_being_read(connection_id, holds.c.session_id),
        )
        .order_by(holds.c.starts_at.desc(), holds.c.session_id)
        .limit(at_most)
    )
    if session_ids is not None:
        query = query.where(holds.c.session_id.in_(session_ids))
    if but_not:
        query = query.where(holds.c.session_id.not_in(list(but_not)))
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


def _readings(connection_id: int, what: What, state: ReadingState) -> Any:
    return (
        select(Reading.id)
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
    found = _readings(connection_id, what, ReadingState.COMPLETE)
    return found.order_by(Reading.begun_at.desc(), Reading.id.desc()).scalar_subquery()


def _forbidden(connection_id: int) -> Any:
    """The last reading of participants that told us that we may not; as `frames.session_facts`, within a query."""
    found = _readings(connection_id, What.PARTICIPANTS, ReadingState.FAILED).where(Reading.error_code == FORBIDDEN)
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


def _others_are_listed(connection_id: int, session_id: Any, now: datetime) -> Any:
    """Whether somebody was put on the list or taken off it by a call of ours since it was counted, some time ago.

    By the ends of two indexes of registrants, so that it costs the same whether two or 50,000 are on the list.
    """
    of_session = and_(Registrant.connection_id == connection_id, Registrant.session_id == session_id)
    counted_at = type_coerce(SessionTally.counted_at, BigInteger) - WRITTEN_LATE // timedelta(milliseconds=1)
    came = select(Registrant.session_id).where(
        of_session, Registrant.seen_reading_id.is_(None), type_coerce(Registrant.seen_at, BigInteger) > counted_at
    )
    left = select(Registrant.session_id).where(of_session, type_coerce(Registrant.gone_at, BigInteger) > counted_at)
    return and_(SessionTally.counted_at <= now - AGAIN_AFTER, or_(came.exists(), left.exists()))


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
