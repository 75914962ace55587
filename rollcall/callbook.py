"""Every call that spends quota: written before it leaves, dated again when it has ended.

Because the pace is reckoned from these rows, it holds across threads, processes and restarts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from rollcall.ringcentral.limits import AUTH_LIMIT, HEAVY_LIMIT, RATE_WINDOW
from rollcall.ringcentral.pace import USUAL_ANSWER, Allowance, Record, penalty
from rollcall.store.tables import Call, Quota

HEAVY, AUTH = "heavy", "auth"
OTHERS = "others"  # operation of a row that stands for a call of the same credential which is not ours
TOO_MANY = 429  # HTTP status
USUAL_OF = 10  # calls whose median is the usual answer
_DEFAULTS = {HEAVY: HEAVY_LIMIT, AUTH: AUTH_LIMIT}


@dataclass(frozen=True, slots=True)
class Headers:
    """What RingCentral's rate headers said in one answer."""

    limit: int
    remaining: int
    window: timedelta


def allowance(db: Session, connection_id: int, group: str) -> Allowance:
    """What is allowed: as last seen in the headers, else as documented."""
    seen = db.get(Quota, (connection_id, group), populate_existing=True)
    if seen is None:
        return Allowance(_DEFAULTS[group], timedelta(seconds=RATE_WINDOW))
    return Allowance(seen.limit, timedelta(milliseconds=seen.window_ms), seen.penalty_until)


def record(db: Session, connection_id: int, group: str, allowed: Allowance, *, now: datetime) -> Record:
    """The calls that count now. Two indexed looks, however long the book."""
    of_group = (Call.connection_id == connection_id, Call.quota_group == group)
    ended = db.execute(
        select(Call.ended_at, Call.departed_at, Call.operation)
        .where(*of_group, Call.ended_at.is_not(None))
        .order_by(Call.ended_at.desc())
        .limit(max(allowed.limit, USUAL_OF))
    ).all()
    in_flight = db.scalar(select(func.count()).where(*of_group, Call.ended_at.is_(None)))
    last_paced = db.scalar(select(func.max(Call.departed_at)).where(*of_group, Call.paced.is_(True)))
    took = [
        (end - departed).total_seconds() for end, departed, operation in ended[:USUAL_OF] if end and operation != OTHERS
    ]
    return Record(
        ended=[end for end, _, _ in ended[: allowed.limit] if end],
        in_flight=in_flight or 0,
        last_paced=last_paced,
        usual_answer=timedelta(seconds=median(took)) if took else USUAL_ANSWER,
        trusted=_is_trusted(db, connection_id, group, allowed, now=now),
    )


def _is_trusted(db: Session, connection_id: int, group: str, allowed: Allowance, *, now: datetime) -> bool:
    """Whether the last window is known: our book reaches back over it, or RingCentral has just said what remains."""
    seen = db.get(Quota, (connection_id, group))
    if seen is not None and seen.seen_at is not None and seen.seen_at > now - allowed.window:
        return True
    before = select(Call.id).where(
        Call.connection_id == connection_id, Call.quota_group == group, Call.ended_at <= now - allowed.window
    )
    return db.scalar(before.limit(1)) is not None


def depart(
    db: Session,
    connection_id: int,
    group: str,
    operation: str,
    *,
    epoch: int,
    now: datetime,
    paced: bool = False,
    action_id: int | None = None,
    reading_id: int | None = None,
) -> int:
    """Write a call that is about to leave and return its id. Commit before the first byte."""
    call = Call(
        connection_id=connection_id,
        quota_group=group,
        operation=operation,
        paced=paced,
        action_id=action_id,
        reading_id=reading_id,
        departed_at=now,
        epoch=epoch,
    )
    db.add(call)
    db.flush()
    return call.id


def end(db: Session, call_id: int, *, status: int | None, result: str, request_id: str | None, now: datetime) -> None:
    """The call has ended; from now on the window counts. An answer other than 429 ends a row of penalties."""
    db.execute(
        update(Call)
        .where(Call.id == call_id)
        .values(ended_at=now, status=status, result=result, request_id=request_id[:128] if request_id else None)
        .execution_options(synchronize_session=False)
    )
    if status is not None and status != TOO_MANY:
        of_its_group = (Call.connection_id == Quota.connection_id, Call.quota_group == Quota.quota_group)
        db.execute(
            update(Quota)
            .where(Quota.penalties > 0, exists().where(Call.id == call_id, *of_its_group))
            .values(penalties=0)
            .execution_options(synchronize_session=False)
        )


def never_left(db: Session, call_id: int) -> None:
    """Strike out a call that was written and then not made, before anything was committed."""
    db.execute(delete(Call).where(Call.id == call_id).execution_options(synchronize_session=False))


def end_abandoned(db: Session, connection_id: int, *, now: datetime) -> None:
    """Calls of a holder before us that never ended: they may have arrived as late as now."""
    db.execute(
        update(Call)
        .where(Call.connection_id == connection_id, Call.ended_at.is_(None))
        .values(ended_at=now, result="abandoned")
        .execution_options(synchronize_session=False)
    )


def heed(
    db: Session, connection_id: int, group: str, said: Headers, *, now: datetime, call_id: int | None = None
) -> None:
    """Take over limit and window from the headers, and count calls of others that only `Remaining` tells of.

    Args:
        call_id: the call they answer; RingCentral counted when it arrived, not when a slow answer was here.
    """
    arrived_after = db.scalar(select(Call.departed_at).where(Call.id == call_id)) or now
    _keep(db, connection_id, group, limit=said.limit, window=said.window, now=now)
    ours = db.scalar(
        select(func.count()).where(
            Call.connection_id == connection_id, Call.quota_group == group, Call.ended_at > arrived_after - said.window
        )
    )
    in_flight = db.scalar(
        select(func.count()).where(
            Call.connection_id == connection_id, Call.quota_group == group, Call.ended_at.is_(None)
        )
    )
    others = (said.limit - said.remaining) - (ours or 0) - (in_flight or 0)
    if others > 0:
        row = {"connection_id": connection_id, "quota_group": group, "operation": OTHERS, "paced": False}
        db.execute(insert(Call), [{**row, "departed_at": now, "ended_at": now} for _ in range(min(others, said.limit))])


def _keep(db: Session, connection_id: int, group: str, *, limit: int, window: timedelta, now: datetime) -> None:
    """The allowance as seen; a call that went through ends a row of penalties."""
    quota = db.get(Quota, (connection_id, group), populate_existing=True)
    if quota is None:
        quota = Quota(connection_id=connection_id, quota_group=group)
        db.add(quota)
    quota.limit, quota.window_ms = limit, window // timedelta(milliseconds=1)
    quota.seen_at, quota.penalties = now, 0
    db.flush()


def penalise(db: Session, connection_id: int, group: str, *, retry_after: float, now: datetime) -> datetime:
    """After a 429: nothing of this group leaves before the moment returned. Longer each time it happens in a row.

    Nothing leaves during a penalty: several 429 within one are calls that were on their way together, and count once.
    """
    allowed = allowance(db, connection_id, group)
    quota = db.get(Quota, (connection_id, group))
    if quota is None:
        quota = Quota(
            connection_id=connection_id,
            quota_group=group,
            limit=allowed.limit,
            window_ms=allowed.window // timedelta(milliseconds=1),
            penalties=0,
        )
        db.add(quota)
    if quota.penalty_until is None or quota.penalty_until <= now:
        quota.penalties += 1
    until = now + penalty(retry_after, allowed, quota.penalties)
    quota.penalty_until = max(until, quota.penalty_until or until)
    db.flush()
    return quota.penalty_until


def others_now(db: Session, connection_id: int, *, window: timedelta, now: datetime) -> int:
    """Calls of others on the same credential within the window."""
    counted = select(func.count()).where(
        Call.connection_id == connection_id,
        Call.quota_group == HEAVY,
        Call.ended_at > now - window,
        Call.operation == OTHERS,
    )
    return db.scalar(counted) or 0
