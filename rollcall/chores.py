"""What has to be written before the next call is chosen: each chore of `rollcall.duty`, carried out without a call."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rollcall import duty
from rollcall.duty import Chore, ChoreKind
from rollcall.outbox import ledger
from rollcall.outbox import unfold as unfolding
from rollcall.outbox.states import State
from rollcall.roster import readings
from rollcall.roster.readings import What
from rollcall.store.journal import WORKER
from rollcall.store.tables import Batch


def do(db: Session, connection_id: int, chore: Chore, *, now: datetime) -> None:
    """Write what a chore says, in the transaction in which it was chosen."""
    if chore.batch is not None:
        _do_for_batch(db, chore, chore.batch, now=now)
        return
    match chore.kind:
        case ChoreKind.FILE_READING:
            _ask(db, connection_id, chore, chore.what, now=now)
        case ChoreKind.LOOK_FIRST if chore.action is not None:
            if readings.may_be_filed(
                db, connection_id, What.REGISTRANTS, chore.session_id, lane=int(chore.lane), now=now
            ):
                _ask(db, connection_id, chore, What.REGISTRANTS, now=now)
            ledger.defer(db, chore.action, until=now + duty.LOOK_AGAIN)
        case ChoreKind.SETTLE if chore.action is not None:
            was_waiting = frozenset({State.WAITING})
            ledger.finish(
                db, chore.action.id, chore.outcome, registrant_id=chore.registrant_id, now=now, coming_from=was_waiting
            )
        case ChoreKind.WIND_DOWN:
            unfolding.wind_down(db, connection_id, now=now)


def _ask(db: Session, connection_id: int, chore: Chore, what: What, *, now: datetime) -> None:
    readings.ask(db, connection_id, what, chore.session_id, lane=int(chore.lane), asked_by=WORKER, now=now)


def _do_for_batch(db: Session, chore: Chore, batch: Batch, *, now: datetime) -> None:
    if not _is_as_chosen(db, batch):
        return
    match chore.kind:
        case ChoreKind.UNFOLD:
            unfolding.unfold(db, batch, now=now)
        case ChoreKind.FINISH:
            unfolding.finish_if_done(db, batch, now=now)
        case ChoreKind.MOVE_CURSOR:
            batch.cursor = chore.number
        case ChoreKind.LIST_AGAIN:
            batch.list_after = now


def _is_as_chosen(db: Session, batch: Batch) -> bool:
    """Lock a batch and see whether it still is as it was when the chore was chosen.

    SQLite has one writer; on PostgreSQL somebody may have stopped it since, or turned back its lines to try them again,
    and what would be written now would undo that.
    """
    chosen = (batch.state, batch.unfolded, batch.cursor, batch.list_after)
    db.scalars(
        select(Batch).where(Batch.id == batch.id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    return chosen == (batch.state, batch.unfolded, batch.cursor, batch.list_after)
