"""What lies ahead of a batch or a single wish, from the rows of this moment: the facts a forecast is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import select
from sqlalchemy.orm import Session

from rollcall import callbook
from rollcall.outbox import progress, queue
from rollcall.outbox.forecast import Forecast, Pace, Queue, forecast
from rollcall.outbox.progress import Status
from rollcall.outbox.states import BatchState
from rollcall.ringcentral import limits
from rollcall.ringcentral.pace import interval, next_slot
from rollcall.roster import readings, registrants
from rollcall.roster.readings import What
from rollcall.store.tables import Action, Batch, Call, Quota

_SHARE_OF = 50  # latest calls from which the share without an answer is taken


@dataclass(frozen=True, slots=True)
class Outlook:
    """When a batch will be done, and who pays for it.

    Attributes:
        late: batches that would be done after their deadline because this one goes before them.
    """

    forecast: Forecast
    people_left: int
    calls_ahead: int
    late: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a single wish stands: how many go before it, and when its turn comes."""

    ahead: int
    at: datetime


@dataclass(frozen=True, slots=True)
class QuotaSeen:
    """What RingCentral allows, and how much of it is free now."""

    limit: int
    window: timedelta
    free: int
    penalty_until: datetime | None
    from_headers: bool
    others: int


def of_batch(db: Session, batch: Batch, *, now: datetime, counted: Mapping[Status, int] | None = None) -> Outlook:
    """The outlook of a batch that runs, is paused (as if it were resumed now) or is a draft (as if it were started).

    Args:
        counted: its counts, where the caller has them already; counting a big batch takes a while.
    """
    left, in_flight = _open(counted if counted is not None else progress.counts(db, batch))
    ahead = progress.calls_ahead(db, batch)
    queue = Queue(
        ahead=ahead,
        people=left,
        listings=_listings(db, batch) if left else 0,
        in_flight=in_flight,
        unconfirmed_share=_unconfirmed_share(db, batch.connection_id),
    )
    pace = _pace(db, batch.connection_id, now=now)
    return Outlook(forecast(pace, queue), left, ahead, _late(db, batch, left, pace))


def of_wish(db: Session, action: Action, *, now: datetime) -> Place:
    """When a single wish is sent, if nobody else wishes anything."""
    ahead = progress.place_of(db, action)
    allowed = callbook.allowance(db, action.connection_id, callbook.HEAVY)
    record = callbook.record(db, action.connection_id, callbook.HEAVY, allowed, now=now)
    first = next_slot(allowed, record, now) or now + record.usual_answer
    return Place(ahead, max(first, action.not_before or first) + interval(allowed, record.usual_answer) * ahead)


def quota(db: Session, connection_id: int, *, now: datetime) -> QuotaSeen:
    """The quota of the calls that register, cancel and list."""
    allowed = callbook.allowance(db, connection_id, callbook.HEAVY)
    record = callbook.record(db, connection_id, callbook.HEAVY, allowed, now=now)
    seen = db.get(Quota, (connection_id, callbook.HEAVY))
    counted = sum(1 for ended in record.ended if ended > now - allowed.window)
    return QuotaSeen(
        limit=allowed.limit,
        window=allowed.window,
        free=max(allowed.limit - counted - record.in_flight, 0),
        penalty_until=allowed.penalty_until if allowed.penalty_until and allowed.penalty_until > now else None,
        from_headers=seen is not None and seen.seen_at is not None,
        others=callbook.others_now(db, connection_id, window=allowed.window, now=now),
    )


def _pace(db: Session, connection_id: int, *, now: datetime) -> Pace:
    allowed = callbook.allowance(db, connection_id, callbook.HEAVY)
    record = callbook.record(db, connection_id, callbook.HEAVY, allowed, now=now)
    return Pace(interval(allowed, record.usual_answer), next_slot(allowed, record, now) or now)


def _open(counted: Mapping[Status, int]) -> tuple[int, int]:
    """People of a batch that still have to be sent, and those whose call has left unconfirmed."""
    in_flight = counted.get(Status.SENDING, 0) + counted.get(Status.UNCONFIRMED, 0)
    return progress.left(counted), in_flight


def _listings(db: Session, batch: Batch) -> int:
    """List calls before the first person: the list's pages, unless a fresh listing is there."""
    if batch.state == BatchState.RUNNING:
        last = readings.last_complete(db, batch.connection_id, What.REGISTRANTS, batch.session_id)
        if batch.list_after is None or (last and last.begun_at and last.begun_at >= batch.list_after):
            return 0
    return max(1, ceil(registrants.on_list(db, batch.connection_id, batch.session_id) / limits.PER_PAGE))


def _unconfirmed_share(db: Session, connection_id: int) -> float:
    """Share of the latest writes that ended without a clear answer."""
    latest = db.scalars(
        select(Call.result)
        .where(Call.connection_id == connection_id, Call.action_id.is_not(None), Call.ended_at.is_not(None))
        .order_by(Call.id.desc())
        .limit(_SHARE_OF)
    ).all()
    unclear = sum(result in ("OutcomeUnknown", "CarriedOutUnreadable", "abandoned") for result in latest)
    return unclear / len(latest) if latest else 0.0


def _late(db: Session, batch: Batch, people: int, pace: Pace) -> tuple[int, ...]:
    """Batches behind this one that its people push past their deadline."""
    late, place = list[int](), queue.place(db, batch)
    for other in queue.running(db, batch.connection_id):
        if other.id == batch.id or other.deadline_at is None or queue.order(other) < place:
            continue
        others_left = progress.calls_left(db, other)
        alone = pace.from_ + pace.every * (progress.calls_ahead(db, other) + others_left)
        behind = alone if batch.state == BatchState.RUNNING else alone + pace.every * people
        if behind > other.deadline_at:
            late.append(other.id)
    return tuple(late)
