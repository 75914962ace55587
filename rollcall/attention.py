"""What needs somebody, over all imports of a connection: the overview's question to the rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from rollcall import outlook
from rollcall.outbox import progress, queue
from rollcall.outbox.progress import Status
from rollcall.outbox.states import BatchState
from rollcall.outlook import Outlook
from rollcall.store.tables import Action, Batch, WebinarSession


class NeedKind(StrEnum):
    """Why somebody should look."""

    PAUSED = "paused"
    LATE = "late"  # the session starts before its import ends
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Need:
    """One import that somebody should look at, and how many people it is about."""

    kind: NeedKind
    batch: Batch
    session: WebinarSession | None
    people: int


def needs(db: Session, connection_id: int, *, now: datetime) -> list[Need]:
    """What somebody should look at, the most urgent kind first."""
    return [
        *_paused(db, connection_id, now=now),
        *_late(db, connection_id, now=now),
        *_refused(db, connection_id, now=now),
    ]


def _paused(db: Session, connection_id: int, *, now: datetime) -> list[Need]:
    """Every paused import, with how many people wait in it."""
    found = db.scalars(
        select(Batch)
        .where(Batch.connection_id == connection_id, Batch.state == BatchState.PAUSED)
        .order_by(Batch.id.desc())
    )
    return [Need(NeedKind.PAUSED, batch, _session(db, batch), progress.calls_left(db, batch)) for batch in found]


def _late(db: Session, connection_id: int, *, now: datetime) -> list[Need]:
    """Running imports whose session starts before their last person, with how many people come too late."""
    found = [(batch, _session(db, batch)) for batch in queue.running(db, connection_id)]
    judged = [
        (batch, session, after_start(_outlook(db, batch, now=now), session.starts_at))
        for batch, session in found
        if session is not None and session.starts_at is not None
    ]
    return [Need(NeedKind.LATE, batch, session, people) for batch, session, people in judged if people]


def _outlook(db: Session, batch: Batch, *, now: datetime) -> Outlook:
    """The outlook from what is indexed: the Overview must not count every line of a big import."""
    return outlook.of_batch(db, batch, now=now, counted={Status.WAITING: progress.calls_left(db, batch)})


def after_start(ahead: Outlook, starts_at: datetime) -> int:
    """How many people of a batch will not be registered when the session starts."""
    return ahead.people_left - ahead.forecast.people_by(starts_at, ahead.people_left)


def _session(db: Session, batch: Batch) -> WebinarSession | None:
    return db.get(WebinarSession, (batch.connection_id, batch.session_id))


def _refused(db: Session, connection_id: int, *, now: datetime) -> list[Need]:
    """Imports with refused people, as long as their session lies ahead: afterwards nobody can help them."""
    refused = (
        select(Action.batch_id, func.count().label("people"))
        .where(
            Action.connection_id == connection_id,
            Action.batch_id.is_not(None),
            Action.state == literal_column("'refused'"),
        )
        .group_by(Action.batch_id)
        .subquery()
    )
    found = db.execute(
        select(Batch, WebinarSession, refused.c.people)
        .join(refused, refused.c.batch_id == Batch.id)
        .outerjoin(
            WebinarSession,
            (WebinarSession.connection_id == Batch.connection_id) & (WebinarSession.session_id == Batch.session_id),
        )
        .where(WebinarSession.ends_at.is_(None) | (WebinarSession.ends_at > now))
        .order_by(Batch.id.desc())
    )
    return [Need(NeedKind.REFUSED, batch, session, people) for batch, session, people in found]
