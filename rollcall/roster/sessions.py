"""The sessions of a connection and their registration, as last read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rollcall.store.database import upsert
from rollcall.store.tables import RegistrationSettings, WebinarSession


class RegistrationStatus(StrEnum):
    """Whether people can be registered. The first two words are RingCentral's, the others ours."""

    OPEN = "Open"
    CLOSED = "Closed"
    OFF = "Off"  # an all-hands webinar: everybody shares one link, nobody registers
    GONE = "Gone"  # RingCentral does not know the session (any more)
    NO_RIGHT = "NoRight"  # 403: not the host, and no right to the company's webinars


WITHOUT_LIST = (RegistrationStatus.OFF.value, RegistrationStatus.GONE.value)  # nobody is on a list there


@dataclass(frozen=True, slots=True)
class SeenSession:
    """A session as a list showed it; `raw` is the whole JSON."""

    session_id: str
    webinar_id: str | None
    title: str
    description: str | None
    host_id: str | None
    host_name: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    time_zone: str | None
    status: str | None
    runtime_status: str | None
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SeenRegistration:
    """A session's registration as read; all but `status` may be unknown."""

    status: str
    registrant_count: int | None = None
    post_webinar_registrant_count: int | None = None
    auto_close_limit: int | None = None
    suppress_emails: bool | None = None
    work_email_required: bool | None = None
    page_uri: str | None = None
    raw: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A session with what is known of its registration, for pages."""

    session: WebinarSession
    registration: RegistrationSettings | None

    @property
    def session_id(self) -> str:
        """RingCentral's id."""
        return self.session.session_id

    def is_past(self, now: datetime) -> bool:
        """Whether it is over: RingCentral says so, or its end lies behind us."""
        if self.session.status == "Finished":
            return True
        return self.session.ends_at is not None and self.session.ends_at < now and self.session.status != "Active"


def keep(db: Session, connection_id: int, seen: Sequence[SeenSession], *, now: datetime) -> None:
    """Write down sessions that a page of a list showed."""
    rows = [
        {
            "connection_id": connection_id,
            "session_id": one.session_id,
            "webinar_id": one.webinar_id,
            "title": one.title,
            "description": one.description,
            "host_id": one.host_id,
            "host_name": one.host_name,
            "starts_at": one.starts_at,
            "ends_at": one.ends_at,
            "time_zone": one.time_zone,
            "status": one.status,
            "runtime_status": one.runtime_status,
            "raw": one.raw,
            "read_at": now,
            "gone_at": None,
        }
        for one in {one.session_id: one for one in seen}.values()
    ]
    if rows:
        upsert(db, WebinarSession, rows, key=("connection_id", "session_id"))


def close_listing(db: Session, connection_id: int, *, begun_at: datetime) -> None:
    """After all lists were read: a session to come that none of them showed has been deleted."""
    for session in db.scalars(
        select(WebinarSession).where(
            WebinarSession.connection_id == connection_id,
            WebinarSession.read_at < begun_at,
            WebinarSession.gone_at.is_(None),
            WebinarSession.starts_at > begun_at - timedelta(days=1),
        )
    ):
        session.gone_at = begun_at


def keep_registration(
    db: Session, connection_id: int, session_id: str, seen: SeenRegistration, *, now: datetime
) -> None:
    """Write down what a session's registration was when it was read."""
    row = {
        "connection_id": connection_id,
        "session_id": session_id,
        "status": seen.status,
        "registrant_count": seen.registrant_count,
        "post_webinar_registrant_count": seen.post_webinar_registrant_count,
        "auto_close_limit": seen.auto_close_limit,
        "suppress_emails": seen.suppress_emails,
        "work_email_required": seen.work_email_required,
        "page_uri": seen.page_uri,
        "raw": seen.raw or {},
        "read_at": now,
    }
    upsert(db, RegistrationSettings, [row], key=("connection_id", "session_id"))


def of(db: Session, connection_id: int, session_id: str) -> Listing | None:
    """One session, None if no list has shown it."""
    session = db.get(WebinarSession, (connection_id, session_id))
    return Listing(session, registration_of(db, connection_id, session_id)) if session is not None else None


def registration_of(db: Session, connection_id: int, session_id: str) -> RegistrationSettings | None:
    """A session's registration as it was read last, also of a session that no list has shown; None: never read."""
    return db.get(RegistrationSettings, (connection_id, session_id))


def all_of(db: Session, connection_id: int) -> list[Listing]:
    """Every session that is still there, by its start, the earliest first."""
    found = db.execute(
        select(WebinarSession, RegistrationSettings)
        .outerjoin(
            RegistrationSettings,
            (RegistrationSettings.connection_id == WebinarSession.connection_id)
            & (RegistrationSettings.session_id == WebinarSession.session_id),
        )
        .where(WebinarSession.connection_id == connection_id, WebinarSession.gone_at.is_(None))
        .order_by(WebinarSession.starts_at, WebinarSession.session_id)
    ).all()
    return [Listing(session, registration) for session, registration in found]
