"""What is wished about registrants that somebody picked from a session's list: cancel them, or register one anew.

Batches as imports are, so that they can be watched, paused and stopped, and so that a click of somebody goes before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from rollcall.outbox import wishes
from rollcall.outbox.batch import add_with_lines
from rollcall.outbox.ledger import IS_IN_FLIGHT, IS_WAITING
from rollcall.outbox.queue import deadline_of_draft
from rollcall.outbox.states import BatchKind, BatchState, Kind, Origin, Priority
from rollcall.outbox.wishes import Wish
from rollcall.person import Person
from rollcall.store import journal
from rollcall.store.database import CHUNK
from rollcall.store.journal import Deed
from rollcall.store.tables import Action, Batch, BatchLine, Registration, Upload


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is wished, and who does."""

    connection_id: int
    session_id: str
    actor: str


@dataclass(frozen=True, slots=True)
class Picked:
    """One registrant of the list."""

    registrant_id: str
    email_key: str = field(repr=False)
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    email: str = field(repr=False)


def split(db: Session, place: Place, people: Sequence[Picked]) -> tuple[list[Picked], list[Picked]]:
    """Those who can be cancelled together, and those who have to wait for them.

    One email may stand on the list twice, and of one email only one wish waits at a time: a second one would replace
    the first. Somebody whose own cancellation is on its way is in neither list.
    """
    leaving = _leaving(db, place, [one.email_key for one in people])
    now, later = dict[str, Picked](), list[Picked]()
    for one in people:
        others = leaving.get(one.email_key, set())
        if one.registrant_id in others:
            continue
        if others or one.email_key in now:
            later.append(one)
        else:
            now[one.email_key] = one
    return list(now.values()), later


def _leaving(db: Session, place: Place, email_keys: Sequence[str]) -> dict[str, set[str]]:
    """The registrants of these emails whose cancellation is open."""
    found: dict[str, set[str]] = {}
    for begin in range(0, len(email_keys), CHUNK):
        query = (
            select(Registration.email_key, Action.registrant_id)
            .join(Action, Action.registration_id == Registration.id)
            .where(Registration.connection_id == place.connection_id, Registration.session_id == place.session_id)
            .where(Registration.email_key.in_(email_keys[begin : begin + CHUNK]))
            .where(Action.kind == Kind.DELETE.value, or_(IS_WAITING, IS_IN_FLIGHT))
        )
        for email_key, registrant_id in db.execute(query):
            found.setdefault(email_key, set()).add(registrant_id or "")
    return found


def cancel(db: Session, place: Place, people: Sequence[Picked], *, name: str, now: datetime) -> int | None:
    """Cancel these registrants, whoever registered them, as far as `split` allows: a new batch, which runs at once.

    One alone is a click that needs no batch, and goes before all of them.

    Args:
        name: what the batch is called beside the imports; no person's name.

    Returns:
        The batch's id, if there is one.
    """
    together, _ = split(db, place, people)
    if len(together) == 1:
        _cancel_one(db, place, together[0], now=now)
    if len(together) <= 1:
        return None
    batch = _running(db, place, BatchKind.CANCEL, name=name, now=now)
    add_with_lines(db, batch, _lines(together))
    _note(db, batch, Deed.CANCEL, now=now)
    return batch.id


def _cancel_one(db: Session, place: Place, one: Picked, *, now: datetime) -> None:
    wish = Wish(place.connection_id, place.session_id, Origin.FORM, place.actor, Priority.CLICK)
    registration = wishes.registration_for(db, wish, one.email_key, now=now)
    wishes.cancel(db, wish, registration, now=now, registrant_id=one.registrant_id)


def open_batches(db: Session, place: Place, *, most: int = 3) -> list[Batch]:
    """What runs or is paused of a session and came from no file: cancellations, and people registered again."""
    from_file = exists().where(Upload.batch_id == Batch.id)
    return list(
        db.scalars(
            select(Batch)
            .where(Batch.connection_id == place.connection_id, Batch.session_id == place.session_id, ~from_file)
            .where(Batch.state.in_([BatchState.RUNNING.value, BatchState.PAUSED.value]))
            .order_by(Batch.id)
            .limit(most)
        )
    )


def _lines(people: Iterable[Picked]) -> list[tuple[int, str | None, dict[str, str]]]:
    return [(number, one.email_key, asdict(one)) for number, one in enumerate(people, start=1)]


def register_again(db: Session, place: Place, old: Picked, person: Person, *, name: str, now: datetime) -> int | None:
    """Cancel a registrant and register the same person anew: two wishes in this order. Runs at once.

    Of one person only one wish may wait, so the second is a line of a batch of one. It becomes a wish after a listing
    that begins from now on, and once the cancellation is through (`waits_for_leaving`).

    Returns:
        The batch's id; None if another cancellation of this email has to end first.
    """
    together, _ = split(db, place, [old])
    if not together:
        return None
    _cancel_one(db, place, old, now=now)
    batch = _running(db, place, BatchKind.REGISTER, name=name, now=now)
    batch.list_after = batch.first_at = now
    add_with_lines(db, batch, [(1, person.email_key, person._asdict())])
    _note(db, batch, Deed.START, now=now)
    return batch.id


def waits_for_leaving(db: Session, batch: Batch) -> bool:
    """Whether its cancellation is still open: a wish beside it would take its place, and the old data stay.

    In flight it is open too: an answer that asks for another attempt would find its place taken.
    """
    if batch.kind != BatchKind.REGISTER or batch.unfolded == batch.lines or _is_from_file(db, batch):
        return False
    query = (
        select(Action.id)
        .join(Registration, Registration.id == Action.registration_id)
        .join(BatchLine, BatchLine.email_key == Registration.email_key)
        .where(BatchLine.batch_id == batch.id, BatchLine.number > batch.unfolded)
        .where(Registration.connection_id == batch.connection_id, Registration.session_id == batch.session_id)
        .where(Action.kind == Kind.DELETE.value, or_(IS_WAITING, IS_IN_FLIGHT))
    )
    return db.scalar(query.limit(1)) is not None


def _is_from_file(db: Session, batch: Batch) -> bool:
    return db.scalar(select(Upload.batch_id).where(Upload.batch_id == batch.id)) is not None


def _running(db: Session, place: Place, kind: BatchKind, *, name: str, now: datetime) -> Batch:
    batch = Batch(
        connection_id=place.connection_id,
        session_id=place.session_id,
        kind=kind,
        name=name,
        actor=place.actor,
        state=BatchState.RUNNING,
        created_at=now,
        started_at=now,
        checked_at=now,
    )
    batch.deadline_at = deadline_of_draft(db, batch)
    return batch


def _note(db: Session, batch: Batch, deed: Deed, *, now: datetime) -> None:
    journal.note(
        db, batch.connection_id, deed, actor=batch.actor, now=now, session_id=batch.session_id, batch_id=batch.id
    )
