"""Batches: what the marketer turns, from Start to undo, and what stops or pauses them all.

Start only turns the switch: what a line wishes for is a row already, and `unfold` makes actions of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from rollcall.outbox.ledger import WITHOUT_LINKS
from rollcall.outbox.queue import deadline_of_draft, running
from rollcall.outbox.states import (
    BatchKind,
    BatchState,
    Kind,
    Outcome,
    Pause,
    Standing,
    State,
    Verdict,
)
from rollcall.store import journal
from rollcall.store.database import CHUNK
from rollcall.store.journal import Deed
from rollcall.store.tables import Action, Batch, BatchLine, Registrant, Registration, Upload

LISTING_GOOD_FOR = timedelta(minutes=2)  # judgement: Start reuses the check's listing when it is younger
RELIST_EVERY = timedelta(hours=1)  # judgement: while a second email is not known to be refused
LOCAL = "local"  # the actor of every click, as long as nobody signs in


def start(
    db: Session,
    batch_id: int,
    *,
    listed_at: datetime | None,
    again_cancelled: bool,
    now: datetime,
    actor: str = LOCAL,
) -> bool:
    """draft → running, once however often it is pressed.

    Args:
        listed_at: begin of the session's last complete listing; a fresh one is reused.
        again_cancelled: whether people cancelled earlier are registered again.
    """
    batch = db.get_one(Batch, batch_id, with_for_update=True)
    if batch.checked_at is None:
        return False
    fresh = listed_at is not None and listed_at >= now - LISTING_GOOD_FOR
    moved = turn(
        db,
        batch_id,
        {BatchState.DRAFT},
        BatchState.RUNNING,
        started_at=now,
        deadline_at=deadline_of_draft(db, batch),
        list_after=listed_at if fresh else now,
    )
    if moved and again_cancelled:
        db.execute(
            update(BatchLine)
            .where(BatchLine.batch_id == batch_id, BatchLine.verdict == Verdict.CANCELLED_EARLIER.value)
            .values(verdict=Verdict.TO_SEND.value)
            .execution_options(synchronize_session=False)
        )
    if moved:
        _note(db, batch, Deed.START, actor=actor, now=now)
    return moved


def pause(db: Session, batch_id: int, reason: Pause = Pause.BY_HAND, *, now: datetime, actor: str = LOCAL) -> bool:
    """running → paused. What is in flight is still confirmed."""
    moved = turn(db, batch_id, {BatchState.RUNNING}, BatchState.PAUSED, pause_reason=reason.value)
    return _noted(db, batch_id, Deed.PAUSE, moved, actor=actor, now=now)


def resume(db: Session, batch_id: int, *, now: datetime, actor: str = LOCAL) -> bool:
    """paused → running, after a new listing: the world may have changed meanwhile."""
    moved = turn(db, batch_id, {BatchState.PAUSED}, BatchState.RUNNING, pause_reason=None, list_after=now)
    return _noted(db, batch_id, Deed.RESUME, moved, actor=actor, now=now)


def stop(db: Session, batch_id: int, *, now: datetime, actor: str = LOCAL) -> bool:
    """running, paused → stopped: at once nothing more of it is sent; the worker then takes back what waited."""
    moved = turn(db, batch_id, {BatchState.RUNNING, BatchState.PAUSED}, BatchState.STOPPED, finished_at=now)
    return _noted(db, batch_id, Deed.STOP, moved, actor=actor, now=now)


def go_first(db: Session, batch_id: int, *, now: datetime, actor: str = LOCAL) -> None:
    """This one first, whatever the deadlines say."""
    batch = db.get_one(Batch, batch_id)
    batch.first_at = now
    _note(db, batch, Deed.FIRST, actor=actor, now=now)


def _noted(db: Session, batch_id: int, deed: Deed, moved: bool, *, actor: str, now: datetime) -> bool:
    if moved:
        _note(db, db.get_one(Batch, batch_id), deed, actor=actor, now=now)
    return moved


def _note(db: Session, batch: Batch, deed: Deed, *, actor: str, now: datetime) -> None:
    journal.note(db, batch.connection_id, deed, actor=actor, now=now, session_id=batch.session_id, batch_id=batch.id)


def without_own_links(db: Session, batch_id: int, *, now: datetime, actor: str = LOCAL) -> bool:
    """Send the rest with RingCentral's own links, and go on. What waits with own links loses them when it leaves."""
    batch = db.get_one(Batch, batch_id)
    batch.links = WITHOUT_LINKS
    _note(db, batch, Deed.WITHOUT_LINKS, actor=actor, now=now)
    return resume(db, batch_id, now=now, actor=actor)


def retry_refused(db: Session, batch_id: int, *, actor: str, now: datetime) -> int:
    """Try the refused lines again, each as a new action. Returns how many; of a stopped batch none."""
    batch = db.get_one(Batch, batch_id, with_for_update=True)
    if batch.state not in (BatchState.RUNNING, BatchState.PAUSED, BatchState.FINISHED):
        return 0
    was_refused = exists().where(Action.id == BatchLine.action_id, Action.state == State.REFUSED)
    mine = (BatchLine.batch_id == batch_id, BatchLine.action_id.is_not(None), was_refused)
    refused, first = db.execute(select(func.count(), func.min(BatchLine.number)).where(*mine)).one()
    if refused:
        db.execute(
            update(BatchLine)
            .where(*mine)
            .values(action_id=None, verdict=Verdict.TO_SEND.value)
            .execution_options(synchronize_session=False)
        )
        batch.unfolded, batch.cursor = min(batch.unfolded, first - 1), min(batch.cursor, first - 1)
        batch.list_after, batch.finished_at = now, None
        if batch.state == BatchState.FINISHED:  # a paused one waits for its own Resume
            batch.state = BatchState.RUNNING
        _note(db, batch, Deed.RETRY, actor=actor, now=now)
    return int(refused)


def cancel_registered(db: Session, batch_id: int, *, actor: str, now: datetime) -> int:
    """A new batch that cancels exactly the people this import registered and who are still registered. Runs at once."""
    origin = db.get_one(Batch, batch_id)
    undo = Batch(
        connection_id=origin.connection_id,
        session_id=origin.session_id,
        kind=BatchKind.CANCEL,
        parent_id=batch_id,
        name=origin.name,
        actor=actor,
        state=BatchState.RUNNING,
        deadline_at=origin.deadline_at,
        created_at=now,
        started_at=now,
        checked_at=now,
    )
    people = [
        (line, email_key, {**(person or {}), "registrant_id": registrant_id})
        for line, email_key, person, registrant_id in db.execute(_registered_lines(batch_id)).all()
    ]
    add_with_lines(db, undo, people)
    _note(db, undo, Deed.UNDO, actor=actor, now=now)
    return undo.id


def add_with_lines(db: Session, batch: Batch, people: Sequence[tuple[int, str | None, dict[str, Any]]]) -> None:
    """Write a batch and its lines, each to be sent: line, whom, and the person's fields."""
    db.add(batch)
    db.flush()
    rows = [
        {
            "batch_id": batch.id,
            "number": number,
            "line": line,
            "email_key": email_key,
            "person": person,
            "verdict": Verdict.TO_SEND.value,
        }
        for number, (line, email_key, person) in enumerate(people, start=1)
    ]
    for begin in range(0, len(rows), CHUNK):
        db.execute(insert(BatchLine), rows[begin : begin + CHUNK])
    batch.lines = len(rows)


def still_registered(db: Session, batch_id: int) -> int:
    """How many people `cancel_registered` would cancel."""
    return db.scalar(select(func.count()).select_from(_registered_lines(batch_id).subquery())) or 0


def _registered_lines(batch_id: int) -> Any:
    return (
        select(BatchLine.line, BatchLine.email_key, BatchLine.person, Action.registrant_id)
        .join(Action, Action.id == BatchLine.action_id)
        .join(Registration, Registration.id == Action.registration_id)
        .outerjoin(
            Registrant,
            (Registrant.connection_id == Action.connection_id)
            & (Registrant.session_id == Action.session_id)
            & (Registrant.registrant_id == Action.registrant_id),
        )
        .where(
            BatchLine.batch_id == batch_id,
            Action.batch_id == batch_id,
            Action.kind == Kind.CREATE,
            Action.state == State.DONE,
            Action.outcome == Outcome.REGISTERED,
            Registration.standing == Standing.REGISTERED,
            Registrant.gone_at.is_(None),
            # One email may stand on the list twice; ours is the row that our call made.
            or_(Registrant.registrant_id.is_not(None), Registration.registrant_id == Action.registrant_id),
        )
        .order_by(BatchLine.number)
    )


def forget_file(db: Session, batch_id: int, *, now: datetime, actor: str = LOCAL) -> None:
    """Delete the uploaded file and the cells of its lines; counts, outcomes and ids stay."""
    _note(db, db.get_one(Batch, batch_id), Deed.FORGET_FILE, actor=actor, now=now)
    db.execute(
        update(Upload)
        .where(Upload.batch_id == batch_id)
        .values(content=None, deleted_at=now)
        .execution_options(synchronize_session=False)
    )
    db.execute(
        update(BatchLine)
        .where(BatchLine.batch_id == batch_id)
        .values(cells=None, problems=None)
        .execution_options(synchronize_session=False)
    )


def turn(db: Session, batch_id: int, sources: set[BatchState], target: BatchState, **values: Any) -> bool:
    """The one statement behind every change of a batch's state."""
    turned = db.scalar(
        update(Batch)
        .where(Batch.id == batch_id, Batch.state.in_([source.value for source in sources]))
        .values(state=target.value, **values)
        .returning(Batch.id)
        .execution_options(synchronize_session="fetch")
    )
    return turned is not None


def pause_session(db: Session, connection_id: int, session_id: str, reason: Pause, *, now: datetime) -> None:
    """Pause everything that runs for a session: what RingCentral refused one of them it refuses all."""
    for batch in running(db, connection_id):
        if batch.session_id == session_id:
            pause(db, batch.id, reason, now=now, actor=journal.WORKER)


def rename_pause(db: Session, connection_id: int, session_id: str, was: Pause, really: Pause) -> None:
    """Say what was really behind a pause, now that it is known."""
    db.execute(
        update(Batch)
        .where(
            Batch.connection_id == connection_id,
            Batch.session_id == session_id,
            Batch.state == BatchState.PAUSED,
            Batch.pause_reason == was.value,
        )
        .values(pause_reason=really.value)
        .execution_options(synchronize_session=False)
    )


def list_again(db: Session, connection_id: int, *, now: datetime) -> None:
    """After a restart nothing of a running import leaves before a new listing."""
    db.execute(
        update(Batch)
        .where(Batch.connection_id == connection_id, Batch.state == "running", Batch.kind == BatchKind.REGISTER)
        .values(list_after=now)
        .execution_options(synchronize_session=False)
    )
