"""What runs and what needs somebody, over all imports of a connection: the overview's questions to the rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from rollcall import outlook
from rollcall.outbox import batch as batches
from rollcall.outbox import progress
from rollcall.outbox.progress import Status
from rollcall.outbox.states import BatchState
from rollcall.outlook import Outlook
from rollcall.store.tables import Action, Batch, WebinarSession


@dataclass(frozen=True, slots=True)
class Run:
    """A batch that runs or is paused: how far it is, and when it will be done (or would be, were it resumed now)."""

    batch: Batch
    session: WebinarSession | None
    counts: dict[Status, int]
    outlook: Outlook

    @property
    def people(self) -> int:
        """How many it is about; rows that were never to be sent do not count."""
        never = (Status.INVALID, Status.DUPLICATE, Status.LEFT_OUT, Status.CANCELLED_EARLIER)
        return sum(number for status, number in self.counts.items() if status not in never)

    @property
    def done(self) -> int:
        """For how many of them nothing is left to do."""
        return self.people - sum(self.counts.get(status, 0) for status in progress.OPEN)

    @property
    def starts_before_end(self) -> bool:
        """Whether the session has begun before its last person is registered."""
        starts_at = self.session.starts_at if self.session else None
        return starts_at is not None and self.outlook.people_left > 0 and self.outlook.forecast.last_at > starts_at


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
    run: Run | None = None


def runs(db: Session, connection_id: int, *, now: datetime) -> list[Run]:
    """Every batch that runs or is paused, in the order in which they are served; the paused ones at the end."""
    found = db.scalars(
        select(Batch).where(Batch.connection_id == connection_id, Batch.state.in_(["running", "paused"]))
    )
    ordered = sorted(found, key=lambda batch: (batch.state == BatchState.PAUSED, *batches.order(batch)))
    return [run_of(db, batch, now=now) for batch in ordered]


def run_of(db: Session, batch: Batch, *, now: datetime) -> Run:
    """How far one batch is."""
    session = db.get(WebinarSession, (batch.connection_id, batch.session_id))
    return Run(batch, session, progress.counts(db, batch), outlook.of_batch(db, batch, now=now))


def needs(db: Session, connection_id: int, found: list[Run], *, now: datetime) -> list[Need]:
    """What somebody should look at, the most urgent first.

    Args:
        found: what `runs` gave.
    """
    paused = [
        Need(NeedKind.PAUSED, run.batch, run.session, progress.left(run.counts), run)
        for run in found
        if run.batch.state == BatchState.PAUSED
    ]
    late = [
        Need(NeedKind.LATE, run.batch, run.session, _after_start(run), run)
        for run in found
        if run.batch.state == BatchState.RUNNING and run.starts_before_end
    ]
    return [*paused, *late, *_refused(db, connection_id, now=now)]


def _after_start(run: Run) -> int:
    """How many people will not be registered when the session starts."""
    starts_at = run.session.starts_at if run.session else None
    left = run.outlook.people_left
    return left - run.outlook.forecast.people_by(starts_at, left) if starts_at else left


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
