"""Emptying the book and the roster of a connection, for a demo that begins anew."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from rollcall.store.tables import (
    Action,
    Batch,
    BatchLine,
    Capability,
    Journal,
    Lease,
    Participant,
    Preference,
    Reading,
    Registrant,
    Registration,
    RegistrationSettings,
    SessionTally,
    SourceName,
    SourceSpend,
    SourceTally,
    Upload,
    WebinarSession,
)

_OWNED = (
    Action,
    Registration,
    Batch,
    Reading,
    Participant,
    Registrant,
    RegistrationSettings,
    WebinarSession,
    Capability,
    SourceName,
    SourceSpend,
    SessionTally,
    SourceTally,
    Preference,
    Journal,
)


def forget_everything(db: Session, connection_id: int) -> None:
    """Delete all that was wished and read; the calls stay, they still count against the quota.

    Whoever holds the lease loses it with the epoch, so that an answer on its way changes nothing any more.
    """
    db.execute(update(Lease).where(Lease.connection_id == connection_id).values(epoch=Lease.epoch + 1))
    mine = select(Batch.id).where(Batch.connection_id == connection_id)
    for of_batch in (BatchLine, Upload):
        db.execute(delete(of_batch).where(of_batch.batch_id.in_(mine)))
    db.execute(update(Batch).where(Batch.connection_id == connection_id).values(parent_id=None))
    for table in _OWNED:
        db.execute(delete(table).where(table.connection_id == connection_id))
