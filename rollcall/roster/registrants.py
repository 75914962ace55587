"""The registrants of a session as RingCentral's list showed them, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from rollcall.search_text import search_text, source_key
from rollcall.store.database import upsert
from rollcall.store.tables import Reading, Registrant, Registration

STORED_LATE = timedelta(seconds=120)  # judgement, as in reconciling: a list may lag this much behind a write


@dataclass(frozen=True, slots=True)
class Seen:
    """One registrant as received; `raw` is the whole JSON."""

    registrant_id: str
    email: str
    email_key: str
    first_name: str
    last_name: str
    source: str | None
    external_id: str | None
    join_uri: str | None
    cancellation_uri: str | None
    registered_at: datetime | None
    participant_id: str | None
    post_webinar: bool | None
    raw: dict[str, Any]


def keep(
    db: Session,
    connection_id: int,
    session_id: str,
    seen: Sequence[Seen],
    *,
    now: datetime,
    reading: Reading | None = None,
) -> None:
    """Write down registrants that a page of a listing, or the answer to a call, showed.

    One that we removed stays removed while the list may still lag behind the removal.
    """
    if not seen:
        return
    shown_at = reading.begun_at if reading is not None and reading.begun_at is not None else now
    rows = [
        {
            **asdict(one),
            "search_text": _search_text(one),
            "source_key": source_key(one.source),
            "connection_id": connection_id,
            "session_id": session_id,
            "first_seen_at": now,
            "seen_at": now,
            "seen_reading_id": reading.id if reading is not None else None,
        }
        for one in {one.registrant_id: one for one in seen}.values()
    ]
    upsert(
        db,
        Registrant,
        rows,
        key=("connection_id", "session_id", "registrant_id"),
        keep=("first_seen_at",),
        instead={"gone_at": case((Registrant.gone_at > shown_at - STORED_LATE, Registrant.gone_at), else_=None)},
    )
    _follow(db, connection_id, session_id, seen)


def _search_text(one: Seen) -> str:
    return search_text(
        first_name=one.first_name,
        last_name=one.last_name,
        email=one.email,
        source=one.source or "",
        external_id=one.external_id or "",
    )


def _follow(db: Session, connection_id: int, session_id: str, seen: Sequence[Seen]) -> None:
    """Whoever is shown and is in our book is registered, unless we have cancelled them a moment ago."""
    gone = set(
        db.scalars(
            select(Registrant.registrant_id).where(
                Registrant.connection_id == connection_id,
                Registrant.session_id == session_id,
                Registrant.email_key.in_({one.email_key for one in seen}),
                Registrant.gone_at.is_not(None),
            )
        )
    )
    there = {one.email_key: one.registrant_id for one in seen if one.registrant_id not in gone}
    for registration in db.scalars(
        select(Registration).where(
            Registration.connection_id == connection_id,
            Registration.session_id == session_id,
            Registration.email_key.in_(there),
        )
    ):
        registration.standing, registration.registrant_id = "registered", there[registration.email_key]


def close_listing(db: Session, reading: Reading, *, since: datetime | None = None) -> None:
    """After a complete listing: whoever it did not show, and was not written within its lag, is gone.

    Args:
        since: when the pass began that showed everybody; None: as long as it was read, on whichever pass.
    """
    if reading.begun_at is None:
        return
    since = since or reading.begun_at
    gone = db.scalars(
        update(Registrant)
        .where(
            Registrant.connection_id == reading.connection_id,
            Registrant.session_id == reading.session_id,
            Registrant.gone_at.is_(None),
            # Not by the reading's id: an attempt that was broken off may have shown them long ago, under the same one.
            # Whom an earlier pass of this very list showed was in it, so that no lag excuses them now.
            (Registrant.seen_at < since - STORED_LATE)
            | (
                (Registrant.seen_reading_id == reading.id)
                & (Registrant.seen_at < since)
                & (Registrant.first_seen_at < since - STORED_LATE)
            ),
        )
        # Dated so early that the next list which shows the person brings them back at once: only for whom we removed
        # ourselves may a list be behind.
        .values(gone_at=since - STORED_LATE)
        .returning(Registrant.registrant_id)
        .execution_options(synchronize_session=False)
    ).all()
    for start in range(0, len(gone), 500):
        db.execute(
            update(Registration)
            .where(
                Registration.connection_id == reading.connection_id,
                Registration.session_id == reading.session_id,
                Registration.registrant_id.in_(gone[start : start + 500]),
                Registration.standing == "registered",
            )
            .values(standing="gone", registrant_id=None)
            .execution_options(synchronize_session=False)
        )


def remove(db: Session, connection_id: int, session_id: str, registrant_id: str, *, now: datetime) -> None:
    """Mark a registrant as gone: we have cancelled it, or RingCentral says there is none of that id."""
    db.execute(
        update(Registrant)
        .where(
            Registrant.connection_id == connection_id,
            Registrant.session_id == session_id,
            Registrant.registrant_id == registrant_id,
        )
        .values(gone_at=now)
        .execution_options(synchronize_session=False)
    )


def of(db: Session, connection_id: int, session_id: str, registrant_id: str) -> Registrant | None:
    """One registrant, None if no list and no answer has shown it."""
    return db.get(Registrant, (connection_id, session_id, registrant_id))


def with_email(db: Session, connection_id: int, session_id: str, email_key: str) -> list[Registrant]:
    """Everybody of this email on the list, the one seen last first."""
    return list(
        db.scalars(
            select(Registrant)
            .where(
                Registrant.connection_id == connection_id,
                Registrant.session_id == session_id,
                Registrant.email_key == email_key,
                Registrant.gone_at.is_(None),
            )
            .order_by(Registrant.seen_at.desc())
        )
    )


def on_list(db: Session, connection_id: int, session_id: str) -> int:
    """How many the last reading showed."""
    return (
        db.scalar(
            select(func.count()).where(
                Registrant.connection_id == connection_id,
                Registrant.session_id == session_id,
                Registrant.gone_at.is_(None),
            )
        )
        or 0
    )


def known_sources(db: Session, connection_id: int, *, most: int = 50) -> list[str]:
    """The source campaigns seen so far, the most used first."""
    return [
        source
        for source in db.scalars(
            select(Registrant.source)
            .where(Registrant.connection_id == connection_id, Registrant.source.is_not(None), Registrant.source != "")
            .group_by(Registrant.source)
            .order_by(func.count().desc(), Registrant.source)
            .limit(most)
        )
        if source
    ]
