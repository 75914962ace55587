"""A started import: how far it is, and taking back whom it registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from rollcall.outbox import batch as batches
from rollcall.outbox import progress
from rollcall.outbox.progress import Status
from rollcall.outbox.states import BatchKind, BatchState
from rollcall.store.database import Store
from rollcall.store.tables import Batch

NEVER_SENT = frozenset(
    {Status.ALREADY_THERE, Status.CANCELLED_EARLIER, Status.DUPLICATE, Status.INVALID, Status.LEFT_OUT}
)
FULFILLED = frozenset({Status.REGISTERED, Status.CANCELLED, Status.ALREADY_GONE})


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a started batch is.

    Attributes:
        total: people it wanted to send; those that were never to be sent do not count.
        fulfilled: registered (or cancelled, where that was wished).
        waiting: not sent yet.
        withdrawn: taken back unsent when it was stopped.
        open: waiting, being sent or not confirmed.
    """

    total: int
    fulfilled: int
    refused: int
    waiting: int
    withdrawn: int
    open: int

    @property
    def share(self) -> float:
        """How much of it was carried out, 0 to 1: a stopped one stays where it was."""
        return (self.total - self.open - self.withdrawn) / self.total if self.total else 1.0


def tally(counted: Mapping[Status, int]) -> Tally:
    """A batch's counts as its bar shows them."""
    return Tally(
        total=sum(count for status, count in counted.items() if status not in NEVER_SENT),
        fulfilled=sum(counted.get(status, 0) for status in FULFILLED),
        refused=counted.get(Status.REFUSED, 0),
        waiting=counted.get(Status.WAITING, 0),
        withdrawn=counted.get(Status.WITHDRAWN, 0),
        open=sum(counted.get(status, 0) for status in progress.OPEN),
    )


def cancelled_since(batch: Batch, counted: Mapping[Status, int]) -> int:
    """Of those whom an import registered, how many are not registered any more; of a cancellation nobody."""
    return counted.get(Status.CANCELLED, 0) if batch.kind == BatchKind.REGISTER else 0


def cancel_registered(store: Store, batch_id: int, *, actor: str, now: datetime) -> int:
    """Cancel whom this import registered; pressed twice, the cancellation that runs is the answer. Returns its id."""
    with store.write() as db:
        running = db.scalar(
            select(Batch.id).where(
                Batch.parent_id == batch_id,
                Batch.kind == BatchKind.CANCEL,
                Batch.state.in_([BatchState.RUNNING.value, BatchState.PAUSED.value]),
            )
        )
        return running or batches.cancel_registered(db, batch_id, actor=actor, now=now)
