"""What the worker does next: one look at the rows, one answer. Nothing here writes or calls.

Order: what somebody who waits needs decided, what people click, what they look at, imports (the earliest deadline
first), readings in the background. Chores cost no call and go before all of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rollcall import callbook, connections
from rollcall.outbox import batch as batches
from rollcall.outbox import ledger, picked, queue, wishes
from rollcall.outbox import unfold as unfolding
from rollcall.outbox.ledger import IS_UNCONFIRMED, IS_WAITING
from rollcall.outbox.reconcile import Open, listing_wanted
from rollcall.outbox.states import BatchKind, BatchState, Kind, Lane, Outcome, Priority
from rollcall.ringcentral.pace import Allowance, Record, next_drip, next_slot, overlap_at
from rollcall.roster import after_end, readings
from rollcall.roster.readings import What
from rollcall.store.tables import Action, Batch, BatchLine, Call, Reading, Registration

POLL = timedelta(milliseconds=500)  # judgement: how long a wish of another process may go unseen
CURSOR_LAG = 50  # lines a pick may pass over before the cursor is moved up
LOOK_AGAIN = timedelta(seconds=2)  # judgement: while a wish waits for a listing, others go first
SESSIONS_GOOD_FOR, BUSY_GOOD_FOR = timedelta(minutes=15), timedelta(hours=1)  # judgement


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing may leave before `until` (or before somebody wishes something).

    Attributes:
        call_is_due: whether a call leaves then, if nothing changes meanwhile.
    """

    until: datetime
    call_is_due: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """A call for this action may leave now."""

    action: Action
    paced: bool


@dataclass(frozen=True, slots=True)
class Read:
    """The next call of this reading may leave now."""

    reading: Reading
    paced: bool


class ChoreKind(Enum):
    """What has to be written before the next call is chosen."""

    UNFOLD = "turn lines of a batch into actions"
    WIND_DOWN = "take back what a stopped batch left waiting"
    FINISH = "a batch has nothing left"
    MOVE_CURSOR = "the lines before this one are through"
    LIST_AGAIN = "an import ran an hour and a second email may be accepted"
    FILE_READING = "a reading is wanted"
    SETTLE = "a wish is fulfilled without a call"
    LOOK_FIRST = "only a new listing can tell whether a wish may be sent"


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to write; costs no call."""

    kind: ChoreKind
    batch: Batch | None = None
    number: int = 0
    what: What = What.SESSIONS
    session_id: str = ""
    lane: Lane = Lane.BACKGROUND
    action: Action | None = None
    outcome: Outcome = Outcome.ALREADY_THERE
    registrant_id: str | None = None


Duty = Rest | Send | Read | Chore


def look(db: Session, connection_id: int, *, busy_readings: Collection[int], now: datetime) -> Duty:
    """Choose what to do now.

    Args:
        busy_readings: readings a call is in flight for; each has one at a time.
    """
    connection = connections.of(db, connection_id)
    if connection.stopped_reason:
        return Rest(now + POLL)
    may_write = connections.may_edit(connection)
    running = queue.running(db, connection_id) if may_write else []
    chore = next(_chores(db, connection_id, running, now=now), None)
    if chore is not None:
        return chore
    call = _next_call(db, connection_id, running, busy_readings, may_write=may_write, now=now)
    if not isinstance(call, Rest):
        return call
    # Long lists are unfolded and wound down between calls, never before one that may leave.
    return next(_bulk_chores(db, connection_id, running, now=now), call)


# ---------------------------------------------------------------- chores


def _chores(db: Session, connection_id: int, running: list[Batch], *, now: datetime) -> Iterator[Chore]:
    # Beside an import, whose calls go before what is read in the background, an hour must do.
    lane, good_for = (Lane.BATCH, BUSY_GOOD_FOR) if running else (Lane.BACKGROUND, SESSIONS_GOOD_FOR)
    if _sessions_are_old(db, connection_id, good_for, now=now):
        yield Chore(ChoreKind.FILE_READING, what=What.SESSIONS, lane=lane)
    yield from _wanted_listings(db, connection_id, running, now=now)
    for what, session_id in after_end.wanted(db, connection_id, now=now):
        yield Chore(ChoreKind.FILE_READING, what=what, session_id=session_id)
    for batch in running:
        yield from _listing_chores(db, batch, now=now)
        if batch.unfolded == 0 and batch.lines and is_listed(db, batch) and not picked.waits_for_leaving(db, batch):
            yield Chore(ChoreKind.UNFOLD, batch=batch)  # its first chunk, so that it can take its turn at once


def _bulk_chores(db: Session, connection_id: int, running: list[Batch], *, now: datetime) -> Iterator[Chore]:
    for batch in running:
        if is_listed(db, batch):
            yield from _line_chores(db, batch, now=now)
    stopped = select(Batch.id).where(
        Batch.connection_id == connection_id, Batch.state == BatchState.STOPPED, Batch.cursor < Batch.lines
    )
    if db.scalar(stopped.limit(1)) is not None:
        yield Chore(ChoreKind.WIND_DOWN)


def _sessions_are_old(db: Session, connection_id: int, good_for: timedelta, *, now: datetime) -> bool:
    last = readings.latest(db, connection_id, What.SESSIONS)
    if last is None:
        return True
    return last.state in ("complete", "failed") and (last.ended_at or now) < now - good_for


def _wanted_listings(db: Session, connection_id: int, running: list[Batch], *, now: datetime) -> Iterator[Chore]:
    """The listings that unconfirmed actions ask for, by session."""
    sessions = db.scalars(
        select(Action.session_id).where(Action.connection_id == connection_id, IS_UNCONFIRMED).distinct()
    ).all()
    for session_id in sessions:
        last = readings.last_complete(db, connection_id, What.REGISTRANTS, session_id)
        wanted = listing_wanted(
            open_actions(db, connection_id, session_id),
            last_begun=last.begun_at if last else None,
            others_wait=any(_first_waiting(db, batch, now=now) is not None for batch in running),
            now=now,
        )
        if wanted is None or wanted.at > now:
            continue
        lane = Lane.SETTLE_CLICK if wanted.somebody_waits else Lane.BATCH
        if readings.may_be_filed(db, connection_id, What.REGISTRANTS, session_id, lane=int(lane), now=now):
            yield Chore(ChoreKind.FILE_READING, what=What.REGISTRANTS, session_id=session_id, lane=lane)


def open_actions(
    db: Session, connection_id: int, session_id: str, email_keys: Iterable[str] | None = None
) -> list[Open]:
    """The unconfirmed actions of a session as reconciling sees them; of these emails only, if they are given."""
    query = (
        select(Action, Registration)
        .join(Registration, Registration.id == Action.registration_id)
        .where(Action.connection_id == connection_id, Action.session_id == session_id, IS_UNCONFIRMED)
    )
    if email_keys is not None:
        query = query.where(Registration.email_key.in_(list(email_keys)))
    return [_as_open(action, registration) for action, registration in db.execute(query)]


def _as_open(action: Action, registration: Registration) -> Open:
    payload = action.payload
    sends_own_links = registration.ref in f"{payload.get('join_uri', '')} {payload.get('cancellation_uri', '')}"
    return Open(
        action_id=action.id,
        is_delete=action.kind == Kind.DELETE,
        email_key=registration.email_key,
        registrant_id=action.registrant_id,
        left_at=action.left_at or action.created_at,
        ended_at=action.ended_at or action.changed_at,
        absent_at=action.absent_at,
        external_id=payload.get("external_id", ""),
        ref=registration.ref if sends_own_links else "",
        first_name=payload.get("first_name", ""),
        last_name=payload.get("last_name", ""),
        conflicts=action.conflicts,
        is_conflict=action.error_code == "conflict",
        somebody_waits=action.priority < Priority.BATCH,
    )


def _listing_chores(db: Session, batch: Batch, *, now: datetime) -> Iterator[Chore]:
    """The listing that a running batch needs before anything of it leaves, and once an hour while it runs."""
    if batch.kind != BatchKind.REGISTER:
        return
    if not is_listed(db, batch):
        lane, what = Lane.BATCH, What.REGISTRANTS
        if readings.may_be_filed(
            db, batch.connection_id, what, batch.session_id, lane=int(lane), now=now, wished_at=batch.list_after
        ):
            yield Chore(ChoreKind.FILE_READING, what=what, session_id=batch.session_id, lane=lane)
        return
    begun_at = _listed_at(db, batch)
    protected = wishes.second_email_is_refused(db, batch.connection_id)
    if not protected and begun_at is not None and begun_at < now - batches.RELIST_EVERY:
        yield Chore(ChoreKind.LIST_AGAIN, batch=batch)


def is_listed(db: Session, batch: Batch) -> bool:
    """Whether the session was listed since this batch wants it to be; nothing of it leaves before.

    A cancellation wants none: it is for ids that are never given twice.
    """
    if batch.kind != BatchKind.REGISTER or batch.list_after is None:
        return True
    begun_at = _listed_at(db, batch)
    return begun_at is not None and begun_at >= batch.list_after


def _listed_at(db: Session, batch: Batch) -> datetime | None:
    last = readings.last_complete(db, batch.connection_id, What.REGISTRANTS, batch.session_id)
    return last.begun_at if last else None


def _line_chores(db: Session, batch: Batch, *, now: datetime) -> Iterator[Chore]:
    """What the lines of a running batch need written: to become actions, and their end."""
    if batch.unfolded < batch.lines:
        if not picked.waits_for_leaving(db, batch):
            yield Chore(ChoreKind.UNFOLD, batch=batch)
        return
    first = _first_waiting(db, batch, now=now)
    if first is None and not unfolding.has_in_flight(db, batch):
        yield Chore(ChoreKind.FINISH, batch=batch)
    elif first is not None and first > batch.cursor + CURSOR_LAG:
        yield Chore(ChoreKind.MOVE_CURSOR, batch=batch, number=first - 1)


def _first_waiting(db: Session, batch: Batch, *, now: datetime) -> int | None:
    return ledger.next_of_batch(db, batch, now=now)[1]


# ---------------------------------------------------------------- calls


def _next_call(
    db: Session,
    connection_id: int,
    running: list[Batch],
    busy_readings: Collection[int],
    *,
    may_write: bool,
    now: datetime,
) -> Duty:
    allowed = callbook.allowance(db, connection_id, callbook.HEAVY)
    record = callbook.record(db, connection_id, callbook.HEAVY, allowed, now=now)
    if record.in_flight:
        overlap = overlap_at(allowed, record, _oldest_departure(db, connection_id, now))
        if overlap is None or overlap > now:
            return Rest(min(overlap or now + POLL, now + POLL))
    clicked = _clicked(db, connection_id, busy_readings, may_write=may_write, now=now)
    if isinstance(clicked, Chore):
        return clicked
    if clicked is not None:
        return _when(clicked, next_slot(allowed, record, now), now)
    return _dripped(db, connection_id, running, busy_readings, allowed, record, now=now)


def _when(duty: Send | Read, slot: datetime | None, now: datetime) -> Duty:
    if slot is None:
        return Rest(now + POLL)
    if slot <= now:
        return duty
    return Rest(slot, call_is_due=True) if slot <= now + POLL else Rest(now + POLL)


def _clicked(
    db: Session, connection_id: int, busy_readings: Collection[int], *, may_write: bool, now: datetime
) -> Send | Read | Chore | None:
    """What goes at the next free slot because somebody waits for it."""
    settling = _reading(db, connection_id, busy_readings, (Lane.SETTLE_CLICK, Lane.SETTLE_CLICK), now=now)
    if settling is not None:
        return Read(settling, paced=False)
    action = ledger.next_click(db, connection_id, now=now) if may_write else None
    if action is not None:
        return _send(db, action, paced=False, now=now)
    reading = _reading(db, connection_id, busy_readings, (Lane.CLICK, Lane.CLICK), now=now)
    return Read(reading, paced=False) if reading is not None else None


def _dripped(
    db: Session,
    connection_id: int,
    running: list[Batch],
    busy_readings: Collection[int],
    allowed: Allowance,
    record: Record,
    *,
    now: datetime,
) -> Duty:
    """What goes evenly: what imports need read, imports, readings in the background."""
    duty = _of_batches(db, connection_id, running, busy_readings, now=now)
    if isinstance(duty, Chore):
        return duty
    if duty is None:
        return Rest(now + POLL)
    waiting = _waiting(db, running, most=allowed.limit)
    return _when(duty, next_drip(allowed, record, now, waiting=waiting), now)


def _of_batches(
    db: Session, connection_id: int, running: list[Batch], busy_readings: Collection[int], *, now: datetime
) -> Send | Read | Chore | None:
    reading = _reading(db, connection_id, busy_readings, (Lane.BATCH, Lane.BATCH), now=now)
    if reading is not None:
        return Read(reading, paced=True)
    for batch in running:
        if not is_listed(db, batch):
            continue
        action, _ = ledger.next_of_batch(db, batch, now=now)
        if action is not None:
            return _send(db, action, paced=True, now=now)
    reading = _reading(db, connection_id, busy_readings, (Lane.BACKGROUND, Lane.BACKGROUND), now=now)
    return Read(reading, paced=True) if reading is not None else None


def _send(db: Session, action: Action, *, paced: bool, now: datetime) -> Send | Chore:
    """Send it, unless what is known by now fulfils the wish already."""
    if wishes.must_look_first(db, action, now=now):
        lane = Lane.BATCH if paced else Lane.SETTLE_CLICK
        return Chore(ChoreKind.LOOK_FIRST, action=action, session_id=action.session_id, lane=lane)
    settled = wishes.settled_without_call(db, action, now=now)
    if settled is None:
        return Send(action, paced)
    outcome, registrant_id = settled
    return Chore(ChoreKind.SETTLE, action=action, outcome=outcome, registrant_id=registrant_id)


def _reading(
    db: Session, connection_id: int, busy: Collection[int], lanes: tuple[Lane, Lane], *, now: datetime
) -> Reading | None:
    return readings.next_due(db, connection_id, now=now, lanes=(int(lanes[0]), int(lanes[1])), but_not=busy)


def _oldest_departure(db: Session, connection_id: int, now: datetime) -> datetime:
    return (
        db.scalar(
            select(func.min(Call.departed_at)).where(Call.connection_id == connection_id, Call.ended_at.is_(None))
        )
        or now
    )


def _waiting(db: Session, running: list[Batch], *, most: int) -> int:
    """How many calls the running batches still want, counted no further than it matters; what they share counts too."""
    total = 0
    for batch in running:
        some = (
            select(Action.id)
            .join(BatchLine, BatchLine.action_id == Action.id)
            .where(BatchLine.batch_id == batch.id, BatchLine.number > batch.cursor)
            .where(BatchLine.action_id.is_not(None), IS_WAITING)
            .order_by(BatchLine.number)  # a walk from the cursor; unordered, PostgreSQL joins all that wait first
            .limit(most + 1)
        )
        total += db.scalar(select(func.count()).select_from(some.subquery())) or 0
        total += min(max(batch.lines - batch.unfolded, 0), most + 1)
        if total > most:
            break
    return max(total, 1)
