"""The outbox as rows and states: wishes come in, the worker moves them on.

Nothing here commits: the caller opens the transaction, so that a row and what belongs to it change together or not at
all. A worker's transaction begins by holding its lease (`rollcall.lease`), so an old epoch never gets this far.

    waiting ── claim ──▶ sending ── no clear answer ──▶ unconfirmed
       ▲  │                │  │                           │  │
       │  └ withdraw       │  └▶ done, refused ◀── there ─┘  │
       └──────── not carried out ──┴──────── not there, proven ┘
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, literal_column, or_, select, update
from sqlalchemy.orm import Session, aliased

from rollcall.links import LinkValues
from rollcall.links import expand as expand_link
from rollcall.outbox.states import IN_FLIGHT, Kind, Origin, Outcome, Priority, Standing, State
from rollcall.person import Person
from rollcall.store import journal
from rollcall.store.database import insert_ignoring
from rollcall.store.journal import Deed
from rollcall.store.tables import Action, Batch, BatchLine, Capability, Registrant, Registration, WebinarSession

WITHOUT_LINKS = {"off": True}  # a batch's links, once the marketer goes on without own ones, the file's included
FRESH = timedelta(minutes=10)  # judgement: a person the list showed this recently needs no call to be called registered

# Literal, not bound: a partial index is only used where the planner can see the state.
IS_WAITING = Action.state == literal_column("'waiting'")
IS_SENDING = Action.state == literal_column("'sending'")
IS_UNCONFIRMED = Action.state == literal_column("'unconfirmed'")
IS_IN_FLIGHT = Action.state.in_([literal_column("'sending'"), literal_column("'unconfirmed'")])


@dataclass(frozen=True, slots=True)
class LinkTemplates:
    """Own join and cancel links with placeholders; empty: RingCentral's own."""

    join: str = ""
    cancel: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an action was refused or is unconfirmed, as the API put it. Facts; the wording is elsewhere."""

    code: str
    message: str = ""
    status: int | None = None
    parameter: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody's wish about one person in one session, before it is a row."""

    connection_id: int
    session_id: str
    origin: Origin
    actor: str
    priority: Priority
    batch_id: int | None = None


# ---------------------------------------------------------------- wishes


def register(db: Session, wish: Wish, person: Person, links: LinkTemplates, *, now: datetime) -> int:
    """Add the wish to register a person and return the id of the action that will answer for it.

    The same wish pressed twice is one action. A wish that waits is replaced by a later one, also where it came from an
    import. Somebody freshly seen on RingCentral's list is `already_there` at once and costs no call.

    Raises:
        LinkError: a link template does not expand to a link for this person.
    """
    registration = registration_for(db, wish, person.email_key, now=now)
    payload = payload_for(registration, person, links, webinar_id=webinar_of(db, wish))
    waiting = _waiting_of(db, registration.id)
    if waiting is not None and is_in_doubt(waiting):
        doubt(db, waiting.id, now=now)
        waiting = None
    registrant = listed(db, wish.connection_id, wish.session_id, person.email_key, now=now)
    if registrant is not None and not _is_leaving(db, registration.id):
        action_id = _already_there(db, wish, registration, registrant, payload, now=now)
        if waiting is not None:
            withdraw(db, waiting.id, now=now)
            _answer_lines(db, waiting, action_id)
        return action_id
    return _add_or_join(db, wish, registration, Kind.CREATE, payload, waiting, now=now)


def cancel(
    db: Session, wish: Wish, registration: Registration, *, now: datetime, registrant_id: str | None = None
) -> int:
    """Add the wish to cancel a person's registration and return the action that answers for it.

    A registration that only waits is taken back and costs no call; one in flight is followed by the cancellation.

    Args:
        registrant_id: whom exactly, where one email may stand on the list twice; None: whom our book knows.
    """
    _lock(db, registration.id)
    waiting = _waiting_of(db, registration.id)
    payload = {"email_key": registration.email_key, "registrant_id": registrant_id or registration.registrant_id}
    return _add_or_join(db, wish, registration, Kind.DELETE, payload, waiting, now=now)


def registration_for(db: Session, wish: Wish, email_key: str, *, now: datetime) -> Registration:
    """The one registration of this person in this session, made if it is missing, locked until the transaction ends."""
    insert_ignoring(
        db,
        Registration,
        connection_id=wish.connection_id,
        session_id=wish.session_id,
        email_key=email_key,
        ref=new_ref(),
        standing=Standing.NONE,
        created_at=now,
    )
    return db.scalars(
        select(Registration)
        .where(
            Registration.connection_id == wish.connection_id,
            Registration.session_id == wish.session_id,
            Registration.email_key == email_key,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _lock(db: Session, registration_id: int | None) -> None:
    """Keep every other wish about this person waiting until the transaction ends, and see them as they are now."""
    locked = select(Registration).where(Registration.id == registration_id).with_for_update()
    db.scalars(locked.execution_options(populate_existing=True)).one_or_none()


def new_ref() -> str:
    """128 random bits, safe in an address."""
    return secrets.token_urlsafe(16)


def webinar_of(db: Session, wish: Wish) -> str:
    """The webinar a wish's session belongs to; empty where no list has told."""
    session = db.get(WebinarSession, (wish.connection_id, wish.session_id))
    return (session.webinar_id if session else None) or ""


def payload_for(registration: Registration, person: Person, links: LinkTemplates, *, webinar_id: str) -> dict[str, Any]:
    """The fields as they will be sent, frozen now, with the links expanded for this person."""
    values = LinkValues(
        webinar_id=webinar_id,
        session_id=registration.session_id,
        ref=registration.ref,
        email=person.email,
        first_name=person.first_name,
        last_name=person.last_name,
        source=person.source,
        external_id=person.external_id,
    )
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "source": person.source,
        "external_id": person.external_id,
        "join_uri": person.join_uri or (expand_link(links.join, values) if links.join else ""),
        "cancellation_uri": person.cancellation_uri or (expand_link(links.cancel, values) if links.cancel else ""),
    }


def listed(db: Session, connection_id: int, session_id: str, email_key: str, *, now: datetime) -> Registrant | None:
    """Somebody RingCentral's list was freshly seen to hold."""
    found = _last_sighting(db, connection_id, session_id, email_key)
    return found if found is not None and found.seen_at >= now - FRESH else None


def must_look_first(db: Session, action: Action, *, now: datetime) -> bool:
    """Whether only a new listing can tell if this registration may be sent.

    The person was on the list, but that was long ago: they may have cancelled since, or not. Where RingCentral has been
    seen to answer 409, sending finds out; where it has not, it could make a second registrant.
    """
    if action.kind != Kind.CREATE or second_email_is_refused(db, action.connection_id):
        return False
    registration = db.get_one(Registration, action.registration_id)
    found = _last_sighting(db, action.connection_id, action.session_id, registration.email_key)
    return found is not None and found.seen_at < now - FRESH


def _last_sighting(db: Session, connection_id: int, session_id: str, email_key: str) -> Registrant | None:
    return db.scalars(
        select(Registrant)
        .where(
            Registrant.connection_id == connection_id,
            Registrant.session_id == session_id,
            Registrant.email_key == email_key,
            Registrant.gone_at.is_(None),
        )
        .order_by(Registrant.seen_at.desc())
        .limit(1)
    ).one_or_none()


def second_email_is_refused(db: Session, connection_id: int) -> bool:
    """Whether this RingCentral has been seen to answer 409 to an email it already had."""
    seen = db.get(Capability, (connection_id, "second_email"))
    return seen is not None and seen.value == "refused"


def _waiting_of(db: Session, registration_id: int) -> Action | None:
    return db.scalars(select(Action).where(Action.registration_id == registration_id, IS_WAITING)).one_or_none()


def _already_there(
    db: Session,
    wish: Wish,
    registration: Registration,
    registrant: Registrant,
    payload: dict[str, Any],
    *,
    now: datetime,
) -> int:
    """A wish that is fulfilled already: a row all the same, so that every wish is found again in one way."""
    registration.standing, registration.registrant_id = Standing.REGISTERED, registrant.registrant_id
    return _insert(
        db,
        wish,
        registration.id,
        Kind.CREATE,
        payload,
        State.DONE,
        now=now,
        outcome=Outcome.ALREADY_THERE,
        registrant_id=registrant.registrant_id,
    )


def _add_or_join(
    db: Session,
    wish: Wish,
    registration: Registration,
    kind: Kind,
    payload: dict[str, Any],
    waiting: Action | None,
    *,
    now: datetime,
) -> int:
    """One wish waits at most; the same wish is joined, another one replaced, and what is in flight goes on."""
    if waiting is not None and (waiting.kind, waiting.payload) == (kind, payload):
        if wish.priority < waiting.priority:
            waiting.priority, waiting.changed_at = wish.priority, now
        return waiting.id
    in_flight = db.scalars(select(Action).where(Action.registration_id == registration.id, IS_IN_FLIGHT)).one_or_none()
    if waiting is None and in_flight is not None and (in_flight.kind, in_flight.payload) == (kind, payload):
        in_flight.priority = min(wish.priority, in_flight.priority)  # somebody waits for it now
        return in_flight.id
    if waiting is not None:
        withdraw(db, waiting.id, now=now)
    registrant_id = payload["registrant_id"] if kind is Kind.DELETE else None
    action_id = _insert(db, wish, registration.id, kind, payload, State.WAITING, now=now, registrant_id=registrant_id)
    if waiting is not None and waiting.kind == kind:
        _answer_lines(db, waiting, action_id)
    return action_id


def _answer_lines(db: Session, replaced: Action, action_id: int) -> None:
    """The lines of an import that waited for a registration are answered by the one that replaces it."""
    if replaced.kind == Kind.DELETE and db.get_one(Action, action_id).kind != Kind.DELETE:
        return
    db.execute(update(BatchLine).where(BatchLine.action_id == replaced.id).values(action_id=action_id))


def _is_leaving(db: Session, registration_id: int) -> bool:
    """Whether a cancellation of this person is on its way, or may have been carried out."""
    leaving = select(Action.id).where(
        Action.registration_id == registration_id, IS_IN_FLIGHT, Action.kind == Kind.DELETE
    )
    return db.scalar(leaving) is not None


def is_in_doubt(action: Action) -> bool:
    """Whether a waiting cancellation is a repeat: an earlier call for it may have been carried out."""
    return action.kind == Kind.DELETE and action.state == State.WAITING and action.error_code is not None


def _insert(
    db: Session,
    wish: Wish,
    registration_id: int,
    kind: Kind,
    payload: dict[str, Any],
    state: State,
    *,
    now: datetime,
    **more: Any,
) -> int:
    action = Action(
        connection_id=wish.connection_id,
        session_id=wish.session_id,
        registration_id=registration_id,
        batch_id=wish.batch_id,
        kind=kind,
        payload=payload,
        origin=wish.origin,
        actor=wish.actor,
        priority=wish.priority,
        state=state,
        created_at=now,
        changed_at=now,
        **more,
    )
    db.add(action)
    db.flush()
    deed = Deed.CANCEL if kind is Kind.DELETE else Deed.REGISTER
    if wish.batch_id is None:  # a batch is noted once, by its start
        journal.note(
            db, wish.connection_id, deed, actor=wish.actor, now=now, session_id=wish.session_id, action_id=action.id
        )
    return action.id


# ---------------------------------------------------------------- choosing


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
    waiting = (
        select(BatchLine.number, Action.id)
        .join(Action, Action.id == BatchLine.action_id)
        .where(BatchLine.batch_id == batch.id, BatchLine.number > batch.cursor, BatchLine.action_id.is_not(None))
        .where(IS_WAITING)
        .order_by(BatchLine.number)
        .limit(1)
    )
    first = db.execute(waiting).first()
    if first is None:
        return None, None
    ready = db.execute(_ready(waiting, now)).first()
    return (db.get(Action, ready[1], populate_existing=True) if ready else None), int(first[0])


def _ready(query: Any, now: datetime) -> Any:
    """Waiting, its time has come, and nothing of the same registration is in flight."""
    ahead = aliased(Action)
    blocked = exists().where(
        ahead.registration_id == Action.registration_id,
        ahead.state.in_([literal_column("'sending'"), literal_column("'unconfirmed'")]),
    )
    return query.where(IS_WAITING, or_(Action.not_before.is_(None), Action.not_before <= now), ~blocked)


def settled_without_call(db: Session, action: Action, *, now: datetime) -> tuple[Outcome, str | None] | None:
    """What a waiting wish already amounts to, by what is known when its turn comes. None: it has to be sent."""
    registration = db.get_one(Registration, action.registration_id)
    if action.kind == Kind.CREATE:
        found = listed(db, action.connection_id, action.session_id, registration.email_key, now=now)
        return (Outcome.ALREADY_THERE, found.registrant_id) if found else None
    known = action.registrant_id or registration.registrant_id
    return None if known else (Outcome.ALREADY_GONE, None)


# ---------------------------------------------------------------- transitions


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
    """Whether the marketer has decided for its import to go on without own links."""
    batch = db.get(Batch, action.batch_id) if action.batch_id is not None else None
    return batch is not None and batch.links == WITHOUT_LINKS


def defer(db: Session, action: Action, *, until: datetime) -> None:
    """waiting stays waiting, until then: others go first."""
    action.not_before = until


def wait_with_its_import(db: Session, action: Action) -> bool:
    """Let a wish that an import shares wait like the import does. False: no import has it."""
    has_line = db.scalar(select(BatchLine.number).where(BatchLine.action_id == action.id).limit(1)) is not None
    if has_line:
        action.priority = int(Priority.BATCH)
        db.flush()
    return has_line


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
        _lock(db, db.scalar(select(Action.registration_id).where(Action.id == action_id)))
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


def refuse(db: Session, action_id: int, failure: Failure, *, now: datetime) -> bool:
    """sending or unconfirmed → refused: the same call would be answered the same again."""
    return _move(db, action_id, IN_FLIGHT, State.REFUSED, now=now, **_error(failure))


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
    db: Session, action_id: int, *, now: datetime, not_before: datetime | None = None, failure: Failure | None = None
) -> bool:
    """sending (not carried out) or unconfirmed (not there, proven) → waiting; or withdrawn, if a later wish waits.

    With a failure nobody knows whether it was carried out: then a later wish waits until the list has told.
    """
    action = db.get_one(Action, action_id, populate_existing=True)
    _lock(db, action.registration_id)
    later = _waiting_of(db, action.registration_id) if action.registration_id is not None else None
    if later is not None:
        if failure is not None:
            return mark_unconfirmed(db, action_id, failure, now=now)
        if later.kind == action.kind:
            _answer_lines(db, action, later.id)
        return _move(db, action_id, IN_FLIGHT, State.WITHDRAWN, now=now)
    moved = _move(
        db,
        action_id,
        IN_FLIGHT,
        State.WAITING,
        now=now,
        not_before=not_before,
        absent_at=None,
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
