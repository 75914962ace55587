"""Wishes: somebody wants a person registered, or a registration cancelled; each becomes at most one row that waits.

Nothing here commits, and nothing waits: what is wished is found again in `ledger`, where the worker moves it on.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rollcall.links import LinkValues
from rollcall.links import expand as expand_link
from rollcall.outbox.ledger import IS_IN_FLIGHT, answer_lines, doubt, lock_person, waiting_of, withdraw
from rollcall.outbox.states import Kind, Origin, Outcome, Priority, Standing, State
from rollcall.person import Person
from rollcall.store import journal
from rollcall.store.database import insert_ignoring
from rollcall.store.journal import Deed
from rollcall.store.tables import Action, Capability, Registrant, Registration, WebinarSession

FRESH = timedelta(minutes=10)  # judgement: a person the list showed this recently needs no call to be called registered


@dataclass(frozen=True, slots=True)
class LinkTemplates:
    """Own join and cancel links with placeholders; empty: RingCentral's own."""

    join: str = ""
    cancel: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody's wish about one person in one session, before it is a row."""

    connection_id: int
    session_id: str
    origin: Origin
    actor: str
    priority: Priority
    batch_id: int | None = None


def register(db: Session, wish: Wish, person: Person, links: LinkTemplates, *, now: datetime) -> int:
    """Add the wish to register a person and return the id of the action that will answer for it.

    The same wish pressed twice is one action. A wish that waits is replaced by a later one, also where it came from an
    import. Somebody freshly seen on RingCentral's list is `already_there` at once and costs no call.

    Raises:
        LinkError: a link template does not expand to a link for this person.
    """
    registration = registration_for(db, wish, person.email_key, now=now)
    payload = payload_for(registration, person, links, webinar_id=webinar_of(db, wish))
    waiting = waiting_of(db, registration.id)
    if waiting is not None and is_in_doubt(waiting):
        doubt(db, waiting.id, now=now)
        waiting = None
    registrant = listed(db, wish.connection_id, wish.session_id, person.email_key, now=now)
    if registrant is not None and not _is_leaving(db, registration.id):
        action_id = _already_there(db, wish, registration, registrant, payload, now=now)
        if waiting is not None and withdraw(db, waiting.id, now=now):
            answer_lines(db, waiting, action_id)
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
    lock_person(db, registration.id)
    waiting = waiting_of(db, registration.id)
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
    is_replaced = waiting is not None and withdraw(db, waiting.id, now=now)  # else it has left this very moment
    registrant_id = payload["registrant_id"] if kind is Kind.DELETE else None
    action_id = _insert(db, wish, registration.id, kind, payload, State.WAITING, now=now, registrant_id=registrant_id)
    if waiting is not None and is_replaced and waiting.kind == kind:
        answer_lines(db, waiting, action_id)
    return action_id


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


def settled_without_call(db: Session, action: Action, *, now: datetime) -> tuple[Outcome, str | None] | None:
    """What a waiting wish already amounts to, by what is known when its turn comes. None: it has to be sent."""
    registration = db.get_one(Registration, action.registration_id)
    if action.kind == Kind.CREATE:
        found = listed(db, action.connection_id, action.session_id, registration.email_key, now=now)
        return (Outcome.ALREADY_THERE, found.registrant_id) if found else None
    known = action.registrant_id or registration.registrant_id
    return None if known else (Outcome.ALREADY_GONE, None)
