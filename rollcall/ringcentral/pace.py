"""When a call may leave: a sliding window over the calls on record, pure.

RingCentral counts a call when it arrives, which lies between departure and end. Dated at its end it can never be
counted too early: a call may leave when the call `limit` places before it *ended* at least `window + MARGIN` ago.
Source: guide "Rate limits" (sliding window per user, app and group; every call during the penalty restarts it).
What is marked "judgement" is ours and stands only here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MARGIN = timedelta(milliseconds=200)  # judgement: the server's clock and the way there
BURST_RESERVE = 2  # judgement: slots an idle queue leaves free when it sends all it has at once
MOST_IN_FLIGHT = 4  # judgement
USUAL_ANSWER = timedelta(milliseconds=300)  # assumed until calls are on record
LEAD = 0.97  # judgement: drip a little faster than even, so that only the window itself, not our own slowness, delays
LONGEST_PENALTY = timedelta(minutes=16)  # judgement: what RingCentral itself asks for may be longer
PENALTY_MARGIN = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What RingCentral lets a group of calls do: `limit` calls in any `window`, none before `penalty_until`."""

    limit: int
    window: timedelta
    penalty_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """The calls that count now.

    Attributes:
        ended: when the latest calls ended, latest first, at most `limit` of them.
        in_flight: calls that have left and not ended.
        last_paced: departure of the last call that was dripped, None if there is none.
        usual_answer: how long an answer usually takes.
        trusted: whether we know what was called in the last window (our own record reaches back that far, or
            RingCentral said what remains). If not, somebody before us may have used it up, and nothing bursts.
    """

    ended: Sequence[datetime]
    in_flight: int
    last_paced: datetime | None
    usual_answer: timedelta = USUAL_ANSWER
    trusted: bool = True


def next_slot(allowed: Allowance, record: Record, now: datetime) -> datetime | None:
    """The first moment somebody who waits may call. None: only when a call in flight has ended."""
    places = allowed.limit - record.in_flight
    if places <= 0:
        return None
    free = now
    if len(record.ended) >= places:
        free = max(free, record.ended[places - 1] + allowed.window + MARGIN)
    return max(free, allowed.penalty_until or free)


def interval(allowed: Allowance, usual_answer: timedelta) -> timedelta:
    """The time between two calls that use the allowance evenly."""
    return (allowed.window + MARGIN + usual_answer) / allowed.limit


def free_places(allowed: Allowance, record: Record, now: datetime) -> int:
    """How many calls could leave at this moment, one after the other."""
    if allowed.penalty_until and allowed.penalty_until > now:
        return 0
    counted = sum(1 for ended in record.ended if ended + allowed.window + MARGIN > now)
    return max(allowed.limit - counted - record.in_flight, 0)


def next_drip(allowed: Allowance, record: Record, now: datetime, *, waiting: int) -> datetime | None:
    """The first moment a call of a running import may leave, `waiting` calls being all that wait.

    Evenly, so that somebody who clicks always finds a slot within one interval; at once, if all of it fits into what is
    free and leaves two slots.
    """
    slot = next_slot(allowed, record, now)
    if slot is None or record.last_paced is None:
        return slot
    if record.trusted and waiting <= free_places(allowed, record, now) - BURST_RESERVE:
        return slot
    return max(slot, record.last_paced + interval(allowed, record.usual_answer) * LEAD)


def overlap_at(allowed: Allowance, record: Record, oldest_departure: datetime) -> datetime | None:
    """The first moment another call may leave beside the ones in flight. None: only when one of them has ended.

    One at a time, unless answers take longer than the pace allows calls: then waiting for them would waste quota.
    """
    if record.in_flight >= MOST_IN_FLIGHT:
        return None
    return oldest_departure + min(interval(allowed, record.usual_answer), timedelta(seconds=2))


def penalty(retry_after: float, allowed: Allowance, in_a_row: int) -> timedelta:
    """How long nothing may leave after a 429: at least a window, doubled each time it happens again in a row."""
    longest = max(timedelta(seconds=retry_after), allowed.window)
    doublings: int = min(max(in_a_row - 1, 0), 4)
    return max(longest, min(longest * (1 << doublings), LONGEST_PENALTY)) + PENALTY_MARGIN
