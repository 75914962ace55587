"""The participants of a session as the history showed them, page by page; a person may have several records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from rollcall.store.database import upsert
from rollcall.store.tables import Participant, Reading


@dataclass(frozen=True, slots=True)
class SeenParticipant:
    """One record as received; `raw` is the whole JSON. Empty texts are None."""

    participant_id: str
    registrant_id: str | None
    email_key: str | None
    user_hash: str | None
    first_name: str | None
    last_name: str | None
    role: str | None
    original_role: str | None
    joined_at: datetime | None  # the earliest
    left_at: datetime | None  # the latest; missing while somebody is still in
    raw: dict[str, Any]


def keep(db: Session, reading: Reading, seen: Sequence[SeenParticipant], *, now: datetime) -> None:
    """Write down the records that a page of the list showed; one that is shown twice counts once."""
    rows = [
        {
            **asdict(one),
            "connection_id": reading.connection_id,
            "session_id": reading.session_id,
            "seen_at": now,
            "seen_reading_id": reading.id,
            "gone_at": None,
        }
        for one in {one.participant_id: one for one in seen}.values()
    ]
    upsert(db, Participant, rows, key=("connection_id", "session_id", "participant_id"))


def close_listing(db: Session, reading: Reading, *, before: Reading | None = None) -> None:
    """After a complete list: records that it did not show are gone. What happened stays; lists do lose records.

    A list of several pages may pass over somebody whose record moved while it was read (its order is not documented):
    of those only whom the list before it did not show either.

    Args:
        before: the complete reading before this one; None: there is none.
    """
    decides = reading if reading.pages < 2 else before
    if decides is None or decides.begun_at is None:
        return
    db.execute(
        update(Participant)
        .where(
            Participant.connection_id == reading.connection_id,
            Participant.session_id == reading.session_id,
            Participant.gone_at.is_(None),
            or_(
                Participant.seen_at < decides.begun_at,
                Participant.seen_reading_id.not_in({decides.id, reading.id}),
            ),
        )
        .values(gone_at=decides.begun_at)
        .execution_options(synchronize_session=False)
    )


def on_list(db: Session, connection_id: int, session_id: str) -> int:
    """How many records the last complete reading showed."""
    counted = select(func.count()).where(
        Participant.connection_id == connection_id,
        Participant.session_id == session_id,
        Participant.gone_at.is_(None),
    )
    return db.scalar(counted) or 0
