"""An import as an address or a list names it."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rollcall.outbox import drafts
from rollcall.store.tables import Batch


def draft_of(db: Session, connection_id: int, session_id: str, batch_id: str | None) -> Batch | None:
    """The draft an address names, if it is one of this connection and session; without one, the latest of it."""
    if batch_id is None:
        return drafts.latest_draft(db, connection_id, session_id)
    batch = batch_of(db, connection_id, batch_id)
    return batch if batch is not None and batch.session_id == session_id else None


def batch_of(db: Session, connection_id: int, batch_id: str | None) -> Batch | None:
    """The batch an address names, if it is one of this connection. Any text may be asked for."""
    if batch_id is None or not (batch_id.isascii() and batch_id.isdigit() and len(batch_id) < 16):
        return None
    batch = db.get(Batch, int(batch_id))
    return batch if batch is not None and batch.connection_id == connection_id else None


def count_of(db: Session, connection_id: int) -> int:
    """How many batches there are, drafts and cancellations included."""
    return db.scalar(select(func.count()).where(Batch.connection_id == connection_id)) or 0


def names_of(db: Session, batch_ids: tuple[int, ...]) -> list[str]:
    """The files' names of these batches."""
    return list(db.scalars(select(Batch.name).where(Batch.id.in_(batch_ids)).order_by(Batch.id)))
