"""When it will be done. One pure function over facts; nothing of it is stored.

The worker serves clicks first, then batches one after the other, one call every `every`. A person unconfirmed costs a
share of a listing and of a second call; what was so far is taken for what will be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor


@dataclass(frozen=True, slots=True)
class Pace:
    """How calls leave: one `every`, the first at `from_` (a penalty or a full window may lie before it)."""

    every: timedelta
    from_: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits.

    Attributes:
        ahead: calls that others wait for and that go before, clicks and earlier batches.
        people: calls of this one that wait.
        listings: list calls it still needs before and between.
        in_flight: its people whose call has left and is not confirmed yet.
        unconfirmed_share: share of its calls so far that ended without a clear answer, 0 to 1.
    """

    ahead: int
    people: int
    listings: int = 0
    in_flight: int = 0
    unconfirmed_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """What comes, if nobody else wishes anything."""

    first_at: datetime
    last_at: datetime
    calls: int
    every: timedelta

    def people_by(self, moment: datetime, people: int) -> int:
        """How many of its `people` are through by then."""
        if moment < self.first_at:
            return 0
        if moment >= self.last_at:
            return people
        span = self.last_at - self.first_at
        return min(people, floor(people * ((moment - self.first_at) / span)) if span else people)


def forecast(pace: Pace, queue: Queue, *, confirming: timedelta = timedelta(seconds=120)) -> Forecast:
    """The time of the first and the last person of a queue.

    Args:
        confirming: how long it takes at most until an unanswered call is settled by listings.
    """
    repeated = ceil(queue.people * queue.unconfirmed_share)
    calls = queue.people + queue.listings + repeated
    first_at = pace.from_ + pace.every * (queue.ahead + queue.listings)
    last_at = pace.from_ + pace.every * max(queue.ahead + calls - 1, 0)
    if queue.in_flight or repeated:
        last_at = max(last_at, pace.from_ + confirming)
    return Forecast(first_at, max(first_at, last_at) if queue.people else last_at, calls, pace.every)
