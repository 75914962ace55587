"""Batches between two calls of the worker: their lines turned into actions, what is stopped taken back, their end.

Start only turns the switch: what a line wishes for is a row already. Lines are unfolded a chunk at a time, so that no
script run writes 50,000 rows, and a process that dies in the middle goes on at `unfolded`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import exists, literal, or_, select
from sqlalchemy.orm import Session, aliased

from rollcall.links import LinkError
from rollcall.outbox import ledger, wishes
from rollcall.outbox.batch import turn
from rollcall.outbox.ledger import IS_IN_FLIGHT, IS_SENDING, IS_UNCONFIRMED, IS_WAITING, WITHOUT_LINKS
from rollcall.outbox.states import (
    BECOMES_ACTION,
    BatchKind,
    BatchState,
    Kind,
    Origin,
    Priority,
    Standing,
    State,
    Verdict,
)
from rollcall.outbox.wishes import LinkTemplates, Wish
from rollcall.person import Person
from rollcall.store.database import CHUNK, insert_ignoring_many
from rollcall.store.tables import Action, Batch, BatchLine, Registrant, Registration

UNFOLD_CHUNK = 200  # lines turned into actions in one transaction: under 100 ms, so that a click hardly waits
CANCEL_CHUNK = 50
THERE_AT_START = "there at start"  # a line's note


def unfold(db: Session, batch: Batch, *, now: datetime) -> bool:
    """Turn the next chunk of lines into actions. False: there are no more."""
    chunk = CANCEL_CHUNK if batch.kind == BatchKind.CANCEL else UNFOLD_CHUNK
    lines = list(
        db.scalars(
            select(BatchLine)
            .where(BatchLine.batch_id == batch.id, BatchLine.number > batch.unfolded)
            .order_by(BatchLine.number)
            .limit(chunk)
        )
    )
    if not lines:
        batch.unfolded = batch.lines
        return False
    wishes = [line for line in lines if line.action_id is None and _is_wanted(line)]
    if batch.kind == BatchKind.CANCEL:
        _unfold_cancel(db, batch, wishes, now=now)
    else:
        _unfold_register(db, batch, wishes, now=now)
    batch.unfolded = lines[-1].number
    return True


def _is_wanted(line: BatchLine) -> bool:
    """Whether a line becomes an action. Who was there at the check may have cancelled before Start: judged once more.

    But only then. Whoever leaves later, while refused lines are tried again, has not asked to be registered.
    """
    was_there = line.verdict == Verdict.ALREADY_THERE
    return line.verdict in BECOMES_ACTION or (was_there and line.note != THERE_AT_START)


def _unfold_cancel(db: Session, batch: Batch, lines: Sequence[BatchLine], *, now: datetime) -> None:
    wish = Wish(batch.connection_id, batch.session_id, Origin.UNDO, batch.actor, Priority.BATCH, batch.id)
    for line in lines:
        registration = wishes.registration_for(db, wish, line.email_key or "", now=now)
        registrant_id = (line.person or {}).get("registrant_id")
        line.action_id = wishes.cancel(db, wish, registration, registrant_id=registrant_id, now=now)


def _unfold_register(db: Session, batch: Batch, lines: Sequence[BatchLine], *, now: datetime) -> None:
    """The same as `wishes.register` for many at once, in a handful of statements."""
    if not lines:
        return
    wish = Wish(batch.connection_id, batch.session_id, Origin.IMPORT, batch.actor, Priority.BATCH, batch.id)
    keys = [line.email_key or "" for line in lines]
    registrations = _registrations(db, wish, keys, now=now)
    open_actions = _open_actions(db, [registration.id for registration in registrations.values()])
    on_list = _on_list(db, batch, keys)
    links = LinkTemplates() if batch.links in (None, WITHOUT_LINKS) else LinkTemplates(**batch.links)
    webinar_id = wishes.webinar_of(db, wish)
    fresh: list[tuple[BatchLine, Action]] = []
    for line in lines:
        registration = registrations[line.email_key or ""]
        person = Person(**(line.person or {}))
        if batch.links == WITHOUT_LINKS:
            person = person._replace(join_uri="", cancellation_uri="")
        shared = open_actions.get(registration.id)
        is_leaving = shared is not None and shared.kind == Kind.DELETE
        if registration.email_key in on_list and not is_leaving:
            line.verdict, line.note = Verdict.ALREADY_THERE.value, THERE_AT_START
        elif line.verdict == Verdict.ALREADY_THERE and registration.standing == Standing.CANCELLED:
            line.verdict = Verdict.CANCELLED_EARLIER.value
        elif shared is not None and shared.kind == Kind.CREATE:
            line.action_id, line.note = shared.id, _difference(shared.payload, person)
        else:
            try:
                payload = wishes.payload_for(registration, person, links, webinar_id=webinar_id)
            except LinkError as error:
                line.verdict, line.problems = Verdict.INVALID.value, [asdict(error.problem)]
                continue
            if line.verdict == Verdict.ALREADY_THERE:
                line.verdict = Verdict.TO_SEND.value
            if shared is not None and shared.state == State.WAITING:
                replace = ledger.doubt if wishes.is_in_doubt(shared) else ledger.withdraw
                replace(db, shared.id, now=now)
            fresh.append((line, _new_action(wish, registration, payload, now)))
    db.add_all(action for _, action in fresh)
    db.flush()
    for line, action in fresh:
        line.action_id = action.id


def _registrations(db: Session, wish: Wish, keys: Sequence[str], *, now: datetime) -> dict[str, Registration]:
    common = {"connection_id": wish.connection_id, "session_id": wish.session_id, "created_at": now}
    insert_ignoring_many(
        db,
        Registration,
        [{**common, "email_key": key, "ref": wishes.new_ref(), "standing": Standing.NONE.value} for key in keys],
    )
    found = db.scalars(
        select(Registration)
        .where(
            Registration.connection_id == wish.connection_id,
            Registration.session_id == wish.session_id,
            Registration.email_key.in_(keys),
        )
        .order_by(Registration.id)
        .with_for_update()
    )
    return {registration.email_key: registration for registration in found}


def _open_actions(db: Session, registration_ids: Sequence[int]) -> dict[int, Action]:
    """The action that decides for each registration: the one that waits, else the one in flight."""
    found = db.scalars(
        select(Action)
        .where(Action.registration_id.in_(registration_ids), or_(IS_WAITING, IS_IN_FLIGHT))
        .order_by(Action.state == "waiting")
    )
    return {action.registration_id: action for action in found if action.registration_id is not None}


def _on_list(db: Session, batch: Batch, keys: Sequence[str]) -> set[str]:
    return set(
        db.scalars(
            select(Registrant.email_key).where(
                Registrant.connection_id == batch.connection_id,
                Registrant.session_id == batch.session_id,
                Registrant.email_key.in_(keys),
                Registrant.gone_at.is_(None),
            )
        )
    )


def _new_action(wish: Wish, registration: Registration, payload: dict[str, Any], now: datetime) -> Action:
    return Action(
        connection_id=wish.connection_id,
        session_id=wish.session_id,
        registration_id=registration.id,
        batch_id=wish.batch_id,
        kind=Kind.CREATE,
        payload=payload,
        origin=wish.origin,
        actor=wish.actor,
        priority=wish.priority,
        state=State.WAITING,
        created_at=now,
        changed_at=now,
    )


def _difference(payload: dict[str, Any], person: Person) -> str | None:
    """The fields in which a line differs from the action it shares, comma-separated; the first one's data is sent."""
    compared = ("first_name", "last_name", "source", "external_id")
    differing = [field for field in compared if payload.get(field, "") != getattr(person, field)]
    return f"shared:{','.join(differing)}"


def wind_down(db: Session, connection_id: int, *, now: datetime) -> bool:
    """Take back a chunk of what still waits for a stopped batch alone, its own or shared. False: none is left.

    What another import or somebody at the screen waits for as well goes on.
    """
    stopped = db.scalars(
        select(Batch)
        .where(Batch.connection_id == connection_id, Batch.state == BatchState.STOPPED, Batch.cursor < Batch.lines)
        .limit(1)
    ).one_or_none()
    if stopped is None:
        return False
    line, other = aliased(BatchLine), aliased(Batch)
    wanted_elsewhere = (
        select(literal(1))
        .select_from(line)
        .join(other, other.id == line.batch_id)
        .where(line.action_id == Action.id, other.state.in_(["running", "paused"]))
        .exists()
    )
    waiting = (
        select(BatchLine.number, Action.id, or_(wanted_elsewhere, Action.priority < int(Priority.BATCH)))
        .join(Action, Action.id == BatchLine.action_id)
        .where(BatchLine.batch_id == stopped.id, BatchLine.number > stopped.cursor, BatchLine.action_id.is_not(None))
        .where(IS_WAITING)
        .order_by(BatchLine.number)
        .limit(CHUNK)
    )
    found = db.execute(waiting).all()
    for _, action_id, is_wanted in found:
        if not is_wanted:
            ledger.withdraw(db, action_id, now=now)
    stopped.cursor = found[-1][0] if len(found) == CHUNK else stopped.lines
    return True


def finish_if_done(db: Session, batch: Batch, *, now: datetime) -> bool:
    """running → finished: every line is unfolded, none is in flight, and none waits, before the cursor or behind it."""
    if batch.unfolded < batch.lines or has_in_flight(db, batch):
        return False
    waiting = ledger.first_waiting_line(db, batch.id)
    if waiting is not None:
        batch.cursor = waiting - 1
        return False
    return turn(db, batch.id, {BatchState.RUNNING}, BatchState.FINISHED, finished_at=now)


def has_in_flight(db: Session, batch: Batch) -> bool:
    """Whether an action of its lines, its own or a shared one, is being sent or not confirmed."""
    has_line = exists().where(BatchLine.action_id == Action.id, BatchLine.batch_id == batch.id)
    of_session = (Action.connection_id == batch.connection_id, Action.session_id == batch.session_id)
    # One state at a time: so each is found in its own small index, not by walking the batch's lines.
    return any(
        db.execute(select(Action.id).where(*of_session, state, has_line).limit(1)).first() is not None
        for state in (IS_SENDING, IS_UNCONFIRMED)
    )
