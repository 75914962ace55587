"""How registrations came in over the days before a session, against the median of earlier sessions.

A day here is 24 hours counted back from the start, so that sessions of any hour and zone lie on one another; "3 days
before" counts whoever had registered by then, whatever became of them. Registrations for the recording, and others
after the start, are not in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import BigInteger, func, literal_column, select, type_coerce
from sqlalchemy.orm import Session

from rollcall.attendance import intervals
from rollcall.roster.readings import ReadingState, What
from rollcall.store.tables import Reading, Registrant, WebinarSession

DAYS = 60  # looked back on at most; whoever registered earlier is in the first day
SHORTEST = 7  # days shown at least
EARLIER = 12  # sessions that the median is of, at most: the latest before this one
_DAY = 86_400_000_000  # microseconds
_DAY_STORED = 86_400_000  # milliseconds

Arrivals = Mapping[int, int]  # whole days before the start → registrations


@dataclass(frozen=True, slots=True)
class RunUp:
    """Registrations up to each day.

    Attributes:
        days: a row per day, the earliest first: days (before the start), registered (by then; NaN: yet to come),
            median (of the earlier sessions; NaN: there are none).
        earlier: how many sessions the median is of.
        after_start: people who registered when it had begun; not among the days.
        without_time: people whose registration has no time; not among the days.
    """

    days: pd.DataFrame
    earlier: int
    after_start: int
    without_time: int


def run_up(
    registered_at: pd.Series, starts_at: datetime, *, known_until: datetime, earlier: Sequence[Arrivals]
) -> RunUp:
    """Lay one session over earlier ones.

    Args:
        registered_at: of everybody but those on demand; aware, NaT: not known.
        known_until: when this was read; what lies after it is yet to come.
        earlier: other sessions' registrations, as from `earlier_arrivals`; those without any are left out.
    """
    moments = intervals.microseconds(registered_at)
    known = moments[moments != intervals.UNKNOWN]
    before = np.floor_divide(intervals.moment(starts_at) - known, _DAY)
    of_others = [one for one in earlier if one]
    longest = max([int(before.max(initial=0)), *(max(one) for one in of_others), SHORTEST])
    days = np.arange(min(longest, DAYS), -1, -1)
    here = _cumulated(dict(zip(*np.unique(before[before >= 0], return_counts=True), strict=True)), days)
    is_over = days >= (starts_at - known_until) / timedelta(days=1)
    others = [_cumulated(one, days) for one in of_others]
    median = np.median(others, axis=0) if others else np.full(len(days), np.nan)
    return RunUp(
        days=pd.DataFrame({"days": days, "registered": np.where(is_over, here, np.nan), "median": median}),
        earlier=len(of_others),
        after_start=int((before < 0).sum()),
        without_time=int(len(moments) - len(known)),
    )


def _cumulated(arrivals: Mapping[int, int], days: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """How many had come by each day; `days` fall, and the first takes in whoever came before it."""
    counts = np.zeros(int(days[0]) + 1)
    for day, people in arrivals.items():
        counts[min(day, days[0])] += people
    return np.cumsum(counts[::-1])


def earlier_arrivals(
    db: Session, connection_id: int, starts_at: datetime, *, at_most: int = EARLIER
) -> dict[str, dict[int, int]]:
    """The registrations of the sessions before this start, by session and day, the latest sessions first.

    Only sessions whose list of registrants was read to its end after they had begun: of others some are missing.
    """
    was_read = (
        select(Reading.id)
        .where(
            Reading.connection_id == connection_id,
            Reading.what == What.REGISTRANTS,
            Reading.session_id == WebinarSession.session_id,
            Reading.state == ReadingState.COMPLETE,
            Reading.begun_at >= WebinarSession.starts_at,
        )
        .exists()
    )
    chosen = list(
        db.scalars(
            select(WebinarSession.session_id)
            .where(
                WebinarSession.connection_id == connection_id,
                WebinarSession.starts_at < starts_at,
                WebinarSession.gone_at.is_(None),
                was_read,
            )
            .order_by(WebinarSession.starts_at.desc(), WebinarSession.session_id)
            .limit(at_most)
        )
    )
    return _arrivals(db, connection_id, chosen)


def _arrivals(db: Session, connection_id: int, session_ids: Sequence[str]) -> dict[str, dict[int, int]]:
    start = type_coerce(WebinarSession.starts_at, BigInteger)
    # Written out: PostgreSQL takes two parameters of one value for two expressions, and could not group by them.
    whole_day = literal_column(str(_DAY_STORED), BigInteger)
    day = ((start - type_coerce(Registrant.registered_at, BigInteger)) // whole_day).label("day")
    counted = (
        select(Registrant.session_id, day, func.count())
        .join(
            WebinarSession,
            (WebinarSession.connection_id == Registrant.connection_id)
            & (WebinarSession.session_id == Registrant.session_id),
        )
        .where(
            Registrant.connection_id == connection_id,
            Registrant.session_id.in_(session_ids),
            Registrant.registered_at <= WebinarSession.starts_at,
        )
        .group_by(Registrant.session_id, day)
    )
    found: dict[str, dict[int, int]] = {session_id: {} for session_id in session_ids}
    for session_id, days, people in db.execute(counted):
        found[session_id][int(days)] = people
    return found
