"""Batches: lists of wishes from draft to finish, and their lines turned into actions by the worker, a chunk at a time.

Start only turns the switch: what a line wishes for is a row already. The worker unfolds lines into actions between its
calls, so that no script run writes 50,000 rows, and a process that dies in the middle goes on at `unfolded`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from sqlalchemy import delete, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from rollcall.links import LinkError
from rollcall.outbox import ledger
from rollcall.outbox.ledger import (
    IS_IN_FLIGHT,
    IS_SENDING,
    IS_UNCONFIRMED,
    IS_WAITING,
    WITHOUT_LINKS,
    LinkTemplates,
    Wish,
)
from rollcall.outbox.states import (
    BECOMES_ACTION,
    BatchKind,
    BatchState,
    Kind,
    Origin,
    Outcome,
    Pause,
    Priority,
    Standing,
    State,
    Verdict,
)
from rollcall.person import Person
from rollcall.store import journal
from rollcall.store.database import CHUNK, PAUSE, Store, insert_ignoring_many
from rollcall.store.journal import Deed
from rollcall.store.tables import Action, Batch, BatchLine, Registrant, Registration, Upload, WebinarSession

LISTING_GOOD_FOR = timedelta(minutes=2)  # judgement: Start reuses the check's listing when it is younger
RELIST_EVERY = timedelta(hours=1)  # judgement: while a second email is not known to be refused
UNFOLD_CHUNK = 200  # lines turned into actions in one transaction: under 100 ms, so that a click hardly waits
CANCEL_CHUNK = 50
LOCAL = "local"  # the actor of every click, as long as nobody signs in


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What has to be known of an uploaded file to give it back as it came."""

    content: bytes
    sha256: str
    encoding: str
    delimiter: str
    bom: bool
    newline: str
    header: Sequence[str]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file after the check. `problems` are JSON-able; `note` is the line a duplicate repeats."""

    number: int
    line: int
    cells: Sequence[str]
    person: Person | None
    verdict: Verdict
    problems: Sequence[dict[str, Any]] = ()
    note: str | None = None


# ---------------------------------------------------------------- drafts


def draft(
    db: Session, connection_id: int, session_id: str, *, name: str, file: FileFacts, actor: str, now: datetime
) -> int:
    """Keep an upload as a draft, from its first moment, and return the batch's id."""
    batch = Batch(
        connection_id=connection_id,
        session_id=session_id,
        kind=BatchKind.REGISTER,
        name=name,
        actor=actor,
        state=BatchState.DRAFT,
        created_at=now,
    )
    db.add(batch)
    db.flush()
    db.add(Upload(batch_id=batch.id, **{**asdict(file), "header": list(file.header)}))
    _note(db, batch, Deed.UPLOAD, actor=actor, now=now)
    return batch.id


def latest_draft(db: Session, connection_id: int, session_id: str) -> Batch | None:
    """The draft somebody was last at for this session."""
    return db.scalars(
        select(Batch)
        .where(Batch.connection_id == connection_id, Batch.session_id == session_id, Batch.state == BatchState.DRAFT)
        .order_by(Batch.id.desc())
        .limit(1)
    ).one_or_none()


def discard(db: Session, batch_id: int) -> bool:
    """Throw a draft away, file and lines. False: it was not a draft any more."""
    is_draft = exists().where(Batch.id == batch_id, Batch.state == BatchState.DRAFT)
    db.execute(delete(BatchLine).where(BatchLine.batch_id == batch_id, is_draft))
    db.execute(delete(Upload).where(Upload.batch_id == batch_id, is_draft))
    gone = delete(Batch).where(Batch.id == batch_id, Batch.state == BatchState.DRAFT).returning(Batch.id)
    return db.scalar(gone) is not None


def write_lines(
    store: Store,
    batch_id: int,
    lines: Iterable[Line],
    *,
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Replace a draft's lines, in chunks with a pause between, so that the worker is never kept waiting.

    `checked_at` is set with the last chunk: a check that died half-way is not taken for a whole one, and cannot be
    started. A batch that was started meanwhile, in another tab, keeps the lines it runs with.
    """
    with store.write() as db:
        batch = db.get_one(Batch, batch_id, with_for_update=True)
        if batch.state != BatchState.DRAFT:
            return
        batch.checked_at, batch.lines = None, 0
        db.execute(delete(BatchLine).where(BatchLine.batch_id == batch_id))
    written, chunk, breath = 0, list[dict[str, Any]](), Event()
    for line in lines:
        chunk.append(_as_row(batch_id, line))
        if len(chunk) == CHUNK:
            _insert_lines(store, chunk)
            written, chunk = written + len(chunk), []
            breath.wait(PAUSE)
            if progress:
                progress(written)
    _insert_lines(store, chunk)
    with store.write() as db:
        batch = db.get_one(Batch, batch_id)
        batch.checked_at, batch.lines = now, written + len(chunk)


def _as_row(batch_id: int, line: Line) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        "number": line.number,
        "line": line.line,
        "cells": list(line.cells),
        "person": _person_json(line.person),
        "email_key": line.person.email_key if line.person else None,
        "verdict": line.verdict.value,
        "problems": list(line.problems) or None,
        "note": line.note,
    }


def _person_json(person: Person | None) -> dict[str, str] | None:
    if person is None:
        return None
    return {field: getattr(person, field) for field in PERSON_FIELDS}


PERSON_FIELDS = ("first_name", "last_name", "email", "source", "external_id", "join_uri", "cancellation_uri")


def _insert_lines(store: Store, rows: list[dict[str, Any]]) -> None:
    if rows:
        with store.write() as db:
            db.execute(insert(BatchLine), rows)


def compare(db: Session, batch: Batch) -> None:
    """Set the verdict of a draft's good lines by what is known now: listed, cancelled by us, waiting elsewhere, new."""
    same_email = (
        Registration.connection_id == batch.connection_id,
        Registration.session_id == batch.session_id,
        Registration.email_key == BatchLine.email_key,
    )
    is_listed = exists().where(
        Registrant.connection_id == batch.connection_id,
        Registrant.session_id == batch.session_id,
        Registrant.email_key == BatchLine.email_key,
        Registrant.gone_at.is_(None),
    )
    waits = exists().where(
        *same_email,
        Action.registration_id == Registration.id,
        or_(IS_WAITING, IS_IN_FLIGHT),
        Action.kind == Kind.CREATE,
    )
    is_leaving = exists().where(
        *same_email,
        Action.registration_id == Registration.id,
        or_(IS_WAITING, IS_IN_FLIGHT),
        Action.kind == Kind.DELETE,
    )
    cancelled = exists().where(*same_email, Registration.standing == Standing.CANCELLED)
    judged = [Verdict.TO_SEND, Verdict.ALREADY_THERE, Verdict.CANCELLED_EARLIER, Verdict.WAITING_ELSEWHERE]
    mine = (BatchLine.batch_id == batch.id, BatchLine.verdict.in_([verdict.value for verdict in judged]))
    for verdict, condition in (
        (Verdict.TO_SEND, None),
        (Verdict.CANCELLED_EARLIER, cancelled),
        (Verdict.WAITING_ELSEWHERE, waits),
        (Verdict.ALREADY_THERE, is_listed & ~is_leaving),
    ):
        chosen = mine if condition is None else (*mine, condition)
        db.execute(
            update(BatchLine)
            .where(*chosen, BatchLine.verdict != verdict.value)
            .values(verdict=verdict.value)
            .execution_options(synchronize_session=False)
        )


# ---------------------------------------------------------------- what the marketer turns


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
    moved = _turn(
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
    moved = _turn(db, batch_id, {BatchState.RUNNING}, BatchState.PAUSED, pause_reason=reason.value)
    return _noted(db, batch_id, Deed.PAUSE, moved, actor=actor, now=now)


def resume(db: Session, batch_id: int, *, now: datetime, actor: str = LOCAL) -> bool:
    """paused → running, after a new listing: the world may have changed meanwhile."""
    moved = _turn(db, batch_id, {BatchState.PAUSED}, BatchState.RUNNING, pause_reason=None, list_after=now)
    return _noted(db, batch_id, Deed.RESUME, moved, actor=actor, now=now)


def stop(db: Session, batch_id: int, *, now: datetime, actor: str = LOCAL) -> bool:
    """running, paused → stopped: at once nothing more of it is sent; the worker then takes back what waited."""
    moved = _turn(db, batch_id, {BatchState.RUNNING, BatchState.PAUSED}, BatchState.STOPPED, finished_at=now)
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
    batch = db.get_one(Batch, batch_id)
    if batch.state not in (BatchState.RUNNING, BatchState.PAUSED, BatchState.FINISHED):
        return 0
    refused = db.execute(
        select(BatchLine, Action)
        .join(Action, Action.id == BatchLine.action_id)
        .where(BatchLine.batch_id == batch_id, Action.state == State.REFUSED)
        .order_by(BatchLine.number)
    ).all()
    for line, _ in refused:
        line.action_id = None
        line.verdict = Verdict.TO_SEND.value
    if refused:
        first = refused[0][0].number
        batch.unfolded, batch.cursor = min(batch.unfolded, first - 1), min(batch.cursor, first - 1)
        batch.list_after, batch.finished_at = now, None
        if batch.state == BatchState.FINISHED:  # a paused one waits for its own Resume
            batch.state = BatchState.RUNNING
        _note(db, batch, Deed.RETRY, actor=actor, now=now)
    return len(refused)


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
    db.add(undo)
    db.flush()
    rows = [
        {
            "batch_id": undo.id,
            "number": number,
            "line": line,
            "email_key": email_key,
            "person": {**(person or {}), "registrant_id": registrant_id},
            "verdict": Verdict.TO_SEND.value,
        }
        for number, (line, email_key, person, registrant_id) in enumerate(
            db.execute(_registered_lines(batch_id)).all(), start=1
        )
    ]
    for begin in range(0, len(rows), CHUNK):
        db.execute(insert(BatchLine), rows[begin : begin + CHUNK])
    undo.lines = len(rows)
    _note(db, undo, Deed.UNDO, actor=actor, now=now)
    return undo.id


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


def _turn(db: Session, batch_id: int, sources: set[BatchState], target: BatchState, **values: Any) -> bool:
    """The one statement behind every change of a batch's state."""
    turned = db.scalar(
        update(Batch)
        .where(Batch.id == batch_id, Batch.state.in_([source.value for source in sources]))
        .values(state=target.value, **values)
        .returning(Batch.id)
        .execution_options(synchronize_session="fetch")
    )
    return turned is not None


# ---------------------------------------------------------------- what the worker turns


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
    judged_again = {*BECOMES_ACTION, Verdict.ALREADY_THERE}  # who was there at the check may have cancelled since
    wishes = [line for line in lines if line.verdict in judged_again and line.action_id is None]
    if batch.kind == BatchKind.CANCEL:
        _unfold_cancel(db, batch, wishes, now=now)
    else:
        _unfold_register(db, batch, wishes, now=now)
    batch.unfolded = lines[-1].number
    return True


def _unfold_cancel(db: Session, batch: Batch, lines: Sequence[BatchLine], *, now: datetime) -> None:
    wish = Wish(batch.connection_id, batch.session_id, Origin.UNDO, batch.actor, Priority.BATCH, batch.id)
    for line in lines:
        registration = ledger.registration_for(db, wish, line.email_key or "", now=now)
        registrant_id = (line.person or {}).get("registrant_id")
        line.action_id = ledger.cancel(db, wish, registration, registrant_id=registrant_id, now=now)


def _unfold_register(db: Session, batch: Batch, lines: Sequence[BatchLine], *, now: datetime) -> None:
    """The same as `ledger.register` for many at once, in a handful of statements."""
    if not lines:
        return
    wish = Wish(batch.connection_id, batch.session_id, Origin.IMPORT, batch.actor, Priority.BATCH, batch.id)
    keys = [line.email_key or "" for line in lines]
    registrations = _registrations(db, wish, keys, now=now)
    open_actions = _open_actions(db, [registration.id for registration in registrations.values()])
    on_list = _on_list(db, batch, keys)
    links = LinkTemplates() if batch.links in (None, WITHOUT_LINKS) else LinkTemplates(**batch.links)
    webinar_id = ledger.webinar_of(db, wish)
    fresh: list[tuple[BatchLine, Action]] = []
    for line in lines:
        registration = registrations[line.email_key or ""]
        person = Person(**(line.person or {}))
        if batch.links == WITHOUT_LINKS:
            person = person._replace(join_uri="", cancellation_uri="")
        shared = open_actions.get(registration.id)
        is_leaving = shared is not None and shared.kind == Kind.DELETE
        if registration.email_key in on_list and not is_leaving:
            line.verdict = Verdict.ALREADY_THERE.value
        elif line.verdict == Verdict.ALREADY_THERE and registration.standing == Standing.CANCELLED:
            line.verdict = Verdict.CANCELLED_EARLIER.value
        elif shared is not None and shared.kind == Kind.CREATE:
            line.action_id, line.note = shared.id, _difference(shared.payload, person)
        else:
            try:
                payload = ledger.payload_for(registration, person, links, webinar_id=webinar_id)
            except LinkError as error:
                line.verdict, line.problems = Verdict.INVALID.value, [asdict(error.problem)]
                continue
            if line.verdict == Verdict.ALREADY_THERE:
                line.verdict = Verdict.TO_SEND.value
            if shared is not None and shared.state == State.WAITING:
                replace = ledger.doubt if ledger.is_in_doubt(shared) else ledger.withdraw
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
        [{**common, "email_key": key, "ref": ledger.new_ref(), "standing": Standing.NONE.value} for key in keys],
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
    """running → finished: every line is unfolded and none is in flight. The caller has seen that none waits."""
    if batch.unfolded < batch.lines or has_in_flight(db, batch):
        return False
    return _turn(db, batch.id, {BatchState.RUNNING}, BatchState.FINISHED, finished_at=now)


def has_in_flight(db: Session, batch: Batch) -> bool:
    """Whether an action of its lines, its own or a shared one, is being sent or not confirmed."""
    has_line = exists().where(BatchLine.action_id == Action.id, BatchLine.batch_id == batch.id)
    of_session = (Action.connection_id == batch.connection_id, Action.session_id == batch.session_id)
    # One state at a time: so each is found in its own small index, not by walking the batch's lines.
    return any(
        db.execute(select(Action.id).where(*of_session, state, has_line).limit(1)).first() is not None
        for state in (IS_SENDING, IS_UNCONFIRMED)
    )
