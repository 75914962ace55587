"""The outbox as rows and states: what waits is chosen, and each transition is one function.

Nothing here commits: the caller opens the transaction, so that a row and what belongs to it change together or not at
all. A worker's transaction begins by holding its lease (`rollcall.lease`), so an old epoch never gets this far.

    waiting ── claim ──▶ sending ── no clear answer ──▶ unconfirmed
       ▲  │                │  │                           │  │
       │  └ withdraw       │  └▶ done, refused ◀── there ─┘  │
       └──────── not carried out ──┴──────── not there, proven ┘
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, literal_column, or_, select, update
from sqlalchemy.orm import Session, aliased

from rollcall.outbox.states import IN_FLIGHT, BatchState, Kind, Outcome, Priority, Standing, State
from rollcall.store.tables import Action, Batch, BatchLine, Registration

WITHOUT_LINKS = {"off": True}  # a batch's links, once the marketer goes on without own ones, the file's included

# Literal, not bound: a partial index is only used where the planner can see the state.
IS_WAITING = Action.state == literal_column("'waiting'")
IS_SENDING = Action.state == literal_column("'sending'")
IS_UNCONFIRMED = Action.state == literal_column("'unconfirmed'")
IS_IN_FLIGHT = Action.state.in_([literal_column("'sending'"), literal_column("'unconfirmed'")])


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an action was refused or is unconfirmed, as the API put it. Facts; the wording is elsewhere."""

    code: str
    message: str = ""
    status: int | None = None
    parameter: str | None = None
    request_id: str | None = None


def lock_person(db: Session, registration_id: int | None) -> None:
    """Keep every other wish about this person waiting until the transaction ends, and see them as they are now."""
    locked = select(Registration).where(Registration.id == registration_id).with_for_update()
    db.scalars(locked.execution_options(populate_existing=True)).one_or_none()


def waiting_of(db: Session, registration_id: int) -> Action | None:
    """The one wish that waits for this person, if one does."""
    return db.scalars(select(Action).where(Action.registration_id == registration_id, IS_WAITING)).one_or_none()


def answer_lines(db: Session, replaced: Action, action_id: int) -> None:
    """The lines of an import that waited for a registration are answered by the one that replaces it."""
    if replaced.kind == Kind.DELETE and db.get_one(Action, action_id).kind != Kind.DELETE:
        return
    db.execute(update(BatchLine).where(BatchLine.action_id == replaced.id).values(action_id=action_id))


def next_click(db: Session, connection_id: int, *, now: datetime) -> Action | None:
    """The most urgent wish of somebody who waits that may go now."""
    return db.scalars(
        _ready(select(Action), now)
        .where(Action.connection_id == connection_id, Action.priority < int(Priority.BATCH))
        .order_by(Action.priority, Action.id)
        .limit(1)
    ).one_or_none()


def next_of_batch(db: Session, batch: Batch, *, now: datetime) -> tuple[Action | None, int | None]:
    """The next wish of a batch that may go now, and the number of its first line that still waits (None: none does).

    Starts at the batch's cursor, so that the pick stays flat however much of the batch is done.
    """
    waiting = _waiting_lines(batch.id, after=batch.cursor)
    first = db.execute(waiting).first()
    if first is None:
        return None, None
    ready = db.execute(_ready(waiting, now)).first()
    return (db.get(Action, ready[1], populate_existing=True) if ready else None), int(first[0])


def first_waiting_line(db: Session, batch_id: int) -> int | None:
    """The number of a batch's first line whose wish waits, wherever its cursor stands. Walks the whole batch."""
    first = db.execute(_waiting_lines(batch_id, after=0)).first()
    return int(first[0]) if first else None


def _waiting_lines(batch_id: int, *, after: int) -> Any:
    return (
        select(BatchLine.number, Action.id)
        .join(Action, Action.id == BatchLine.action_id)
        .where(BatchLine.batch_id == batch_id, BatchLine.number > after, BatchLine.action_id.is_not(None))
        .where(IS_WAITING)
        .order_by(BatchLine.number)
        .limit(1)
    )


def _ready(query: Any, now: datetime) -> Any:
    """Waiting, its time has come, and nothing of the same registration is in flight."""
    ahead = aliased(Action)
    blocked = exists().where(
        ahead.registration_id == Action.registration_id,
        ahead.state.in_([literal_column("'sending'"), literal_column("'unconfirmed'")]),
    )
    return query.where(IS_WAITING, or_(Action.not_before.is_(None), Action.not_before <= now), ~blocked)


def claim(db: Session, action: Action, *, call_id: int, epoch: int, now: datetime) -> bool:
    """waiting → sending, in the transaction that writes the call. False: taken back meanwhile."""
    registration = db.get_one(Registration, action.registration_id)
    values: dict[str, Any] = {
        "call_id": call_id,
        "epoch": epoch,
        "attempts": Action.attempts + 1,
        "left_at": now,
        "ended_at": None,
        "absent_at": None,
    }
    if action.kind == Kind.DELETE:
        values["registrant_id"] = action.registrant_id or registration.registrant_id
    elif _goes_without_links(db, action):
        values["payload"] = {**action.payload, "join_uri": "", "cancellation_uri": ""}
    return _move(db, action.id, {State.WAITING}, State.SENDING, now=now, **values)


def _goes_without_links(db: Session, action: Action) -> bool:
    """Whether the marketer has decided for an import that waits for it to go on without own links."""
    of_lines = (
        select(Batch.links).join(BatchLine, BatchLine.batch_id == Batch.id).where(BatchLine.action_id == action.id)
    )
    return any(links == WITHOUT_LINKS for links in db.scalars(of_lines))


def defer(db: Session, action: Action, *, until: datetime) -> None:
    """waiting stays waiting, until then: others go first."""
    action.not_before = until


def wait_with_its_import(db: Session, action: Action) -> bool:
    """Let a wish that a running import shares wait like the import does. False: none has it.

    With an import that is stopped or paused by hand nobody would learn why it waits.
    """
    line_of_running = (
        select(BatchLine.number)
        .join(Batch, Batch.id == BatchLine.batch_id)
        .where(BatchLine.action_id == action.id, Batch.state == BatchState.RUNNING.value)
    )
    if db.execute(line_of_running.limit(1)).first() is None:
        return False
    action.priority = int(Priority.BATCH)
    db.flush()
    return True


def finish(
    db: Session,
    action_id: int,
    outcome: Outcome,
    *,
    registrant_id: str | None,
    now: datetime,
    coming_from: frozenset[State] = IN_FLIGHT,
) -> bool:
    """sending, unconfirmed (or waiting, where nothing had to be sent) → done; the registration follows."""
    if State.WAITING in coming_from:
        # A click changes what waits with the person locked; the other order would have both wait for each other.
        lock_person(db, db.scalar(select(Action.registration_id).where(Action.id == action_id)))
    moved = _move(
        db,
        action_id,
        coming_from,
        State.DONE,
        now=now,
        outcome=outcome,
        registrant_id=registrant_id if registrant_id else Action.registrant_id,
        error_code=None,
        error_status=None,
        error_message=None,
        error_parameter=None,
    )
    if moved:
        _follow(db, action_id, outcome, registrant_id)
    return moved


def refuse(
    db: Session,
    action_id: int,
    failure: Failure,
    *,
    now: datetime,
    coming_from: frozenset[State] = IN_FLIGHT,
) -> bool:
    """sending or unconfirmed → refused: the same call would be answered the same again.

    Or waiting → refused, for what may only be sent after a listing that nobody can have.
    """
    return _move(db, action_id, coming_from, State.REFUSED, now=now, **_error(failure))


def mark_unconfirmed(db: Session, action_id: int, failure: Failure, *, now: datetime, conflict: bool = False) -> bool:
    """sending → unconfirmed: the call left us and no usable answer came back, or a 409 has to be looked into."""
    conflicts = Action.conflicts + (1 if conflict else 0)
    return _move(
        db,
        action_id,
        {State.SENDING},
        State.UNCONFIRMED,
        now=now,
        ended_at=now,
        absent_at=None,
        conflicts=conflicts,
        **_error(failure),
    )


def put_back(
    db: Session,
    action_id: int,
    *,
    now: datetime,
    not_before: datetime | None = None,
    failure: Failure | None = None,
    was_tried: bool = True,
) -> bool:
    """sending (not carried out) or unconfirmed (not there, proven) → waiting; or withdrawn, if a later wish waits.

    With a failure nobody knows whether it was carried out: then a later wish waits until the list has told.

    Args:
        was_tried: whether this counts as an attempt; a call that never left, or was turned away unread, does not.
    """
    action = db.get_one(Action, action_id, populate_existing=True)
    lock_person(db, action.registration_id)
    later = waiting_of(db, action.registration_id) if action.registration_id is not None else None
    if later is not None:
        if failure is not None:
            return mark_unconfirmed(db, action_id, failure, now=now)
        if later.kind == action.kind:
            answer_lines(db, action, later.id)
        return _move(db, action_id, IN_FLIGHT, State.WITHDRAWN, now=now)
    moved = _move(
        db,
        action_id,
        IN_FLIGHT,
        State.WAITING,
        now=now,
        not_before=not_before,
        absent_at=None,
        attempts=Action.attempts - (0 if was_tried else 1),
        **(_error(failure) if failure else {}),
    )
    if moved:
        _rewind_cursors(db, action_id)
    return moved


def doubt(db: Session, action_id: int, *, now: datetime) -> bool:
    """waiting → unconfirmed: a later wish came before the repeat of a cancellation that may have been carried out."""
    return _move(db, action_id, {State.WAITING}, State.UNCONFIRMED, now=now, ended_at=now, absent_at=None)


def withdraw(db: Session, action_id: int, *, now: datetime) -> bool:
    """waiting → withdrawn: stopped, taken back or replaced before it was sent."""
    return _move(db, action_id, {State.WAITING}, State.WITHDRAWN, now=now)


def note_absent(db: Session, action_id: int, *, begun_at: datetime) -> None:
    """unconfirmed stays unconfirmed: a first complete listing, begun then, does not show the person."""
    db.execute(
        update(Action)
        .where(Action.id == action_id, IS_UNCONFIRMED, Action.absent_at.is_(None))
        .values(absent_at=begun_at)
    )


def sweep(db: Session, connection_id: int, *, now: datetime) -> int:
    """sending → unconfirmed for all that a holder before us left behind: each may have left the house."""
    moved = db.scalars(
        update(Action)
        .where(Action.connection_id == connection_id, IS_SENDING)
        .values(
            state=State.UNCONFIRMED,
            ended_at=now,
            absent_at=None,
            changed_at=now,
            error_code="interrupted",
            error_message=None,
        )
        .returning(Action.id)
    ).all()
    return len(moved)


def _move(
    db: Session, action_id: int, sources: frozenset[State] | set[State], target: State, *, now: datetime, **values: Any
) -> bool:
    """The one statement behind every transition: it names the states it comes from and says whether it happened."""
    moved = db.scalar(
        update(Action)
        .where(Action.id == action_id, Action.state.in_([literal_column(f"'{source}'") for source in sorted(sources)]))
        .values(state=target, changed_at=now, **values)
        .returning(Action.id)
        .execution_options(synchronize_session=False)
    )
    return moved is not None


def _follow(db: Session, action_id: int, outcome: Outcome, registrant_id: str | None) -> None:
    """The registration's standing after a done action."""
    standing = {
        Outcome.REGISTERED: Standing.REGISTERED,
        Outcome.ALREADY_THERE: Standing.REGISTERED,
        Outcome.CANCELLED: Standing.CANCELLED,
        Outcome.ALREADY_GONE: Standing.CANCELLED,
    }[outcome]
    values: dict[str, Any] = {"standing": standing}
    if standing is Standing.REGISTERED and registrant_id:
        values["registrant_id"] = registrant_id
    if standing is Standing.CANCELLED:
        values["registrant_id"] = None
    owner = select(Action.registration_id).where(Action.id == action_id).scalar_subquery()
    db.execute(
        update(Registration)
        .where(Registration.id == owner)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _rewind_cursors(db: Session, action_id: int) -> None:
    """An action that waits again must be found again by every batch that has it."""
    for batch_id, number in db.execute(
        select(BatchLine.batch_id, BatchLine.number).where(BatchLine.action_id == action_id)
    ).all():
        db.execute(
            update(Batch)
            .where(Batch.id == batch_id, Batch.cursor >= number)
            .values(cursor=number - 1)
            .execution_options(synchronize_session=False)
        )


def _error(failure: Failure) -> Mapping[str, Any]:
    return {
        "error_code": failure.code,
        "error_message": failure.message or None,
        "error_status": failure.status,
        "error_parameter": failure.parameter,
        "request_id": failure.request_id,
    }
