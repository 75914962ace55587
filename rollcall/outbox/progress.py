"""How far a batch or a single wish is, read fresh from the rows: any browser sees the same within a second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from rollcall.outbox import queue
from rollcall.outbox.ledger import IS_WAITING
from rollcall.outbox.states import BECOMES_ACTION, BatchState, Outcome, Priority, Verdict
from rollcall.store.tables import Action, Batch, BatchLine, Registrant, Registration


class Status(StrEnum):
    """What a person of a batch is at, in one word; the screens and the receipt know no other."""

    WAITING = "waiting"
    SENDING = "sending"
    UNCONFIRMED = "unconfirmed"
    REGISTERED = "registered"
    ALREADY_THERE = "already_there"
    CANCELLED = "cancelled"
    ALREADY_GONE = "already_gone"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CANCELLED_EARLIER = "cancelled_earlier"
    DUPLICATE = "duplicate"
    INVALID = "invalid"
    LEFT_OUT = "left_out"


OPEN = frozenset({Status.WAITING, Status.SENDING, Status.UNCONFIRMED})


@dataclass(frozen=True, slots=True)
class Person:
    """One line of a batch for a table: who, and what became of them."""

    number: int
    line: int
    name: str
    email: str
    status: Status
    problems: list[dict[str, Any]]
    note: str | None
    error_code: str | None
    error_message: str | None
    error_parameter: str | None
    registrant_id: str | None


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A line as it came and what became of it, for the receipt."""

    cells: list[str]
    status: Status
    problems: list[dict[str, Any]]
    note: str | None
    error_code: str | None
    error_message: str | None
    error_parameter: str | None
    registrant_id: str | None
    join_uri: str | None
    cancellation_uri: str | None


@dataclass(frozen=True, slots=True)
class OwnLinks:
    """People registered with own links: for how many RingCentral kept them, for how many it shows others."""

    kept: int
    replaced: int


@dataclass(frozen=True, slots=True)
class Wished:
    """A single wish for the page that waits for it."""

    action: Action
    registrant: Registrant | None


def counts(db: Session, batch: Batch) -> dict[Status, int]:
    """How many people of a batch stand where; only what occurs."""
    status = _status(batch)
    found = db.execute(
        select(status, func.count())
        .select_from(BatchLine)
        .outerjoin(Action, Action.id == BatchLine.action_id)
        .where(BatchLine.batch_id == batch.id)
        .group_by(status)
    )
    return {Status(name): int(number) for name, number in found}


def people(
    db: Session, batch: Batch, *, statuses: frozenset[Status] | None = None, start: int = 0, most: int = 100
) -> list[Person]:
    """A page of a batch's people, in the order of the file; `statuses` None: all of them."""
    status = _status(batch)
    query = (
        select(BatchLine, Action, status)
        .outerjoin(Action, Action.id == BatchLine.action_id)
        .where(BatchLine.batch_id == batch.id)
        .order_by(BatchLine.number)
        .offset(start)
        .limit(most)
    )
    if statuses is not None:
        query = query.where(status.in_([one.value for one in statuses]))
    return [_person(line, action, Status(word)) for line, action, word in db.execute(query)]


def _person(line: BatchLine, action: Action | None, status: Status) -> Person:
    known = line.person or {}
    return Person(
        number=line.number,
        line=line.line,
        name=f"{known.get('first_name', '')} {known.get('last_name', '')}".strip(),
        email=known.get("email", "") or line.email_key or "",
        status=status,
        problems=list(line.problems or ()),
        note=line.note,
        error_code=action.error_code if action else None,
        error_message=action.error_message if action else None,
        error_parameter=action.error_parameter if action else None,
        registrant_id=action.registrant_id if action else None,
    )


def receipt_lines(db: Session, batch: Batch) -> Iterator[ReceiptLine]:
    """Every line of the file in its order, with what became of it; people already there carry their links too."""
    status = _status(batch)
    listed = aliased(Registrant)  # somebody we never wished anything about has no registration of ours
    by_email = (
        select(func.max(listed.registrant_id))
        .where(
            listed.connection_id == batch.connection_id,
            listed.session_id == batch.session_id,
            listed.email_key == BatchLine.email_key,
            listed.gone_at.is_(None),
        )
        .scalar_subquery()
    )
    theirs = case((BatchLine.verdict == Verdict.ALREADY_THERE.value, by_email))
    query = (
        select(BatchLine, Action, Registrant, status)
        .outerjoin(Action, Action.id == BatchLine.action_id)
        .outerjoin(
            Registration,
            (Registration.connection_id == batch.connection_id)
            & (Registration.session_id == batch.session_id)
            & (Registration.email_key == BatchLine.email_key),
        )
        .outerjoin(
            Registrant,
            (Registrant.connection_id == batch.connection_id)
            & (Registrant.session_id == batch.session_id)
            & (Registrant.registrant_id == func.coalesce(Action.registrant_id, Registration.registrant_id, theirs)),
        )
        .where(BatchLine.batch_id == batch.id)
        .order_by(BatchLine.number)
        .execution_options(yield_per=1000)
    )
    for line, action, registrant, word in db.execute(query):
        yield ReceiptLine(
            cells=[str(cell) for cell in line.cells or ()],
            status=Status(word),
            problems=list(line.problems or ()),
            note=line.note,
            error_code=action.error_code if action else None,
            error_message=action.error_message if action else None,
            error_parameter=action.error_parameter if action else None,
            registrant_id=registrant.registrant_id if registrant else None,
            join_uri=registrant.join_uri if registrant and registrant.gone_at is None else None,
            cancellation_uri=registrant.cancellation_uri if registrant and registrant.gone_at is None else None,
        )


def own_links(db: Session, batch: Batch) -> OwnLinks:
    """What became of the own links that a batch's people were registered with."""
    sent = [func.coalesce(Action.payload[name].as_string(), "") for name in ("join_uri", "cancellation_uri")]
    there = (Registrant.join_uri, Registrant.cancellation_uri)
    is_kept = and_(*(or_(ours == "", ours == theirs) for ours, theirs in zip(sent, there, strict=True)))
    everybody, kept = db.execute(
        select(func.count(), func.coalesce(func.sum(case((is_kept, 1), else_=0)), 0))
        .select_from(BatchLine)
        .join(Action, Action.id == BatchLine.action_id)
        .join(
            Registrant,
            (Registrant.connection_id == Action.connection_id)
            & (Registrant.session_id == Action.session_id)
            & (Registrant.registrant_id == Action.registrant_id),
        )
        .where(BatchLine.batch_id == batch.id, Action.outcome == Outcome.REGISTERED.value, Registrant.gone_at.is_(None))
        .where(or_(*(ours != "" for ours in sent)))
    ).one()
    return OwnLinks(int(kept), int(everybody) - int(kept))


def wished(db: Session, action_id: int) -> Wished | None:
    """A single wish and, once RingCentral has the person, their registrant."""
    action = db.get(Action, action_id)
    if action is None:
        return None
    registrant_id = action.registrant_id
    if registrant_id is None:
        return Wished(action, None)
    return Wished(action, db.get(Registrant, (action.connection_id, action.session_id, registrant_id)))


def calls_ahead(db: Session, batch: Batch) -> int:
    """Calls that go before a batch's own: clicks, and what waits in running batches served before it."""
    clicks = db.scalar(
        select(func.count()).where(
            Action.connection_id == batch.connection_id, IS_WAITING, Action.priority < int(Priority.BATCH)
        )
    )
    place = queue.place(db, batch)
    ahead = [
        other for other in queue.running(db, batch.connection_id) if other.id != batch.id and queue.order(other) < place
    ]
    return (clicks or 0) + sum(calls_left(db, other) for other in ahead)


def calls_left(db: Session, batch: Batch) -> int:
    """Calls a running batch still has to make, from what is indexed: quick however long it is."""
    waiting = select(func.count()).where(Action.batch_id == batch.id, IS_WAITING)
    return (db.scalar(waiting) or 0) + max(batch.lines - batch.unfolded, 0)


def place_of(db: Session, action: Action) -> int:
    """How many wishes of people who wait go before this one."""
    before = select(func.count()).where(
        Action.connection_id == action.connection_id,
        IS_WAITING,
        (Action.priority < action.priority) | ((Action.priority == action.priority) & (Action.id < action.id)),
    )
    return db.scalar(before) or 0


def left(counted: Mapping[Status, int]) -> int:
    """How many of a batch still wait to be sent."""
    return counted.get(Status.WAITING, 0)


def batches_of(db: Session, connection_id: int, *, start: int = 0, most: int = 50) -> list[Batch]:
    """Every batch that was started, or is a draft, the latest first."""
    return list(
        db.scalars(
            select(Batch)
            .where(Batch.connection_id == connection_id)
            .order_by(Batch.id.desc())
            .offset(start)
            .limit(most)
        )
    )


def _status(batch: Batch) -> Any:
    """The one word for a line, from its verdict and its action."""
    not_sent = Status.WITHDRAWN if batch.state == BatchState.STOPPED else Status.WAITING
    unfolds = [verdict.value for verdict in BECOMES_ACTION]
    theirs = aliased(Registrant)
    gone = exists().where(
        theirs.connection_id == batch.connection_id,
        theirs.session_id == batch.session_id,
        theirs.registrant_id == Action.registrant_id,
        theirs.gone_at.is_not(None),
    )
    return case(
        (Action.id.is_(None) & BatchLine.verdict.in_(unfolds), not_sent.value),
        (Action.id.is_(None), BatchLine.verdict),
        # Registered, and not any more: whoever reads this writes to people with the links it shows.
        ((Action.kind == "create") & (Action.state == "done") & gone, Status.CANCELLED.value),
        (Action.state == "done", Action.outcome),
        else_=Action.state,
    )
