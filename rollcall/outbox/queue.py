"""The order in which running batches are served, and where a draft will stand once it is started."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from rollcall.outbox.states import (
    BatchState,
)
from rollcall.store.tables import Batch, WebinarSession


def running(db: Session, connection_id: int) -> list[Batch]:
    """The running batches in the order in which they are served: wished first, then the earliest deadline."""
    found = db.scalars(
        select(Batch)
        .where(Batch.connection_id == connection_id, Batch.state == "running")
        .execution_options(populate_existing=True)
    )
    return sorted(found, key=order)


Order = tuple[bool, timedelta, bool, datetime, int]


def order(batch: Batch) -> Order:
    """The key that sorts batches: if any order keeps all deadlines, the earliest deadline first does."""
    return _order(batch, batch.deadline_at)


def place(db: Session, batch: Batch) -> Order:
    """The same for a batch in any state: where a draft would stand, were it started now."""
    return _order(batch, deadline_of_draft(db, batch) if batch.state == BatchState.DRAFT else batch.deadline_at)


def deadline_of_draft(db: Session, batch: Batch) -> datetime | None:
    """By when a draft has to be done: the marketer's own deadline, else the session's start."""
    session = db.get(WebinarSession, (batch.connection_id, batch.session_id))
    return batch.own_deadline_at or (session.starts_at if session else None)


def _order(batch: Batch, deadline_at: datetime | None) -> Order:
    first = batch.first_at - _START if batch.first_at else timedelta()
    return (batch.first_at is None, -first, deadline_at is None, deadline_at or _START, batch.id)


_START = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
