"""Who of a session's registrants had registered for an earlier one: what makes somebody new or returning."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from rollcall.roster.readings import ReadingState, What
from rollcall.roster.sessions import WITHOUT_LIST
from rollcall.store.tables import Reading, Registrant, RegistrationSettings, WebinarSession


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the earlier sessions tell. Its repr shows nobody.

    Attributes:
        email_keys: of those registrants of the session who had registered before, also if they cancelled.
        read: earlier sessions whose registrants are known.
        unread: earlier sessions whose registrants were never read, and can be: somebody called new may have been there.
    """

    email_keys: frozenset[str] = field(repr=False)
    read: int
    unread: int

    @property
    def known_before(self) -> frozenset[str] | None:
        """The addresses, as `follow_up.people_of` takes them; None: no earlier session is known."""
        return self.email_keys if self.read else None


def of_session(db: Session, connection_id: int, session_id: str) -> Earlier:
    """Look at the sessions that began before this one; sessions without a begin are never earlier.

    One query for the people: it gives the addresses that both lists have, not those of all earlier sessions.
    """
    session = db.get(WebinarSession, (connection_id, session_id))
    if session is None or session.starts_at is None:
        return Earlier(frozenset(), 0, 0)
    before = _sessions_before(connection_id, session_id, session.starts_at)
    here = select(Registrant.email_key).where(
        Registrant.connection_id == connection_id, Registrant.session_id == session_id, Registrant.email_key != ""
    )
    known = (
        select(Registrant.email_key)
        .where(
            Registrant.connection_id == connection_id,
            Registrant.session_id.in_(before),
            # Not the bare column: SQLite would look up every address in every session, ten times as slow as going
            # through the index once.
            func.coalesce(Registrant.email_key, "").in_(here),
        )
        .distinct()
    )
    read, unread = _counted(db, connection_id, before)
    return Earlier(frozenset(db.scalars(known)) if read else frozenset(), read, unread)


def _sessions_before(connection_id: int, session_id: str, starts_at: datetime) -> Any:
    return select(WebinarSession.session_id).where(
        WebinarSession.connection_id == connection_id,
        WebinarSession.starts_at < starts_at,
        WebinarSession.session_id != session_id,
    )


def _counted(db: Session, connection_id: int, before: Any) -> tuple[int, int]:
    """How many of these sessions had their registrants read, and of how many it could be done and was not."""
    is_read = exists().where(
        and_(
            Reading.connection_id == connection_id,
            Reading.what == What.REGISTRANTS.value,
            Reading.session_id == WebinarSession.session_id,
            Reading.state == ReadingState.COMPLETE.value,
        )
    )
    has_none = exists().where(
        and_(
            RegistrationSettings.connection_id == connection_id,
            RegistrationSettings.session_id == WebinarSession.session_id,
            RegistrationSettings.status.in_(WITHOUT_LIST),
        )
    )
    unread = before.where(~is_read, ~has_none, WebinarSession.gone_at.is_(None))
    return _number_of(db, before.where(is_read)), _number_of(db, unread)


def _number_of(db: Session, query: Any) -> int:
    return db.scalar(select(func.count()).select_from(query.subquery())) or 0
