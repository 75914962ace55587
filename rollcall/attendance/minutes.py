"""How long people stayed, when they were there, and what is odd about the records. Pure, over one `Attendance`.

Every figure about minutes is an upper bound, as the minutes are, and leaves out whoever has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

import numpy as np
import pandas as pd

from rollcall.attendance import intervals
from rollcall.attendance.matching import FAR_BEFORE, Attendance, Standing, known_until, was_after_end

LATE = timedelta(minutes=10)  # who joins later than so long after the start joined late; a judgement
EARLY = timedelta(minutes=10)  # who leaves earlier than so long before the end left early; a judgement

WIDTHS = (1, 2, 5, 10, 15, 20, 30, 60, 120)  # minutes a bin: what people count in
BINS = 12  # at most
POINTS = 200  # of the presence curve, at most


@dataclass(frozen=True, slots=True)
class Spread:
    """How minutes spread over those who came. The figures are None where nobody has minutes.

    Attributes:
        people: attended, with minutes.
        not_available: attended, without.
        lower_quartile, median, upper_quartile: minutes, between neighbours as spreadsheets do (PERCENTILE.INC).
    """

    people: int
    not_available: int
    lower_quartile: float | None
    median: float | None
    upper_quartile: float | None


def spread(attendance: Attendance) -> Spread:
    """Median and quartiles of the minutes."""
    counts = attendance.counts
    known = np.sort(attendance.people["minutes"].dropna().to_numpy(float))
    lower, median, upper = (float(at) for at in np.quantile(known, (0.25, 0.5, 0.75))) if known.size else (None,) * 3
    return Spread(known.size, counts.without_minutes, lower, median, upper)


def distribution(attendance: Attendance) -> pd.DataFrame:
    """People by minutes: from_minutes (in it), to_minutes (not in it, but in the last bin), people.

    At most 12 bins of a round width, over the broadcast, or over the longest stay where its length is not known.
    No rows where nobody has minutes.
    """
    known = attendance.people["minutes"].dropna().to_numpy(float)
    longest = max(_length(attendance) or 0.0, known.max(initial=0.0))
    width = next((one for one in WIDTHS if one * BINS >= longest), WIDTHS[-1] * ceil(longest / BINS / WIDTHS[-1]))
    bins = max(ceil(longest / width), 1) if known.size else 0
    bin_of = np.minimum(np.floor_divide(known, width), bins - 1).astype(np.int64)
    starts = np.arange(bins) * width
    return pd.DataFrame(
        {"from_minutes": starts, "to_minutes": starts + width, "people": np.bincount(bin_of, minlength=bins)}
    )


def presence_curve(attendance: Attendance) -> pd.DataFrame:
    """How many people were there: at (the moment), minute (of the broadcast), people.

    From the start of the broadcast in steps of whole minutes, at most 200 points, to its end, or to the reading where
    it goes on. Where start or end are not known, from the first join or to the last leave. Gaps within one record
    cannot be seen, so this is an upper bound too.
    """
    presence = attendance.presence
    start, end = _frame_of_time(attendance)
    if start is None or end is None or end <= start:
        return pd.DataFrame({"at": intervals.moments(np.array([], np.int64)), "minute": [], "people": []}).astype(
            {"minute": int, "people": int}
        )
    step = max(ceil((end - start) / timedelta(minutes=POINTS)), 1)
    minute = np.arange(0, ceil((end - start) / timedelta(minutes=1)), step)
    at = intervals.moment(start) + minute * intervals.MINUTE
    come = np.sort(intervals.microseconds(presence["start"])).searchsorted(at, side="right")
    gone = np.sort(intervals.microseconds(presence["end"])).searchsorted(at, side="right")
    return pd.DataFrame({"at": intervals.moments(at), "minute": minute, "people": come - gone})


def joined_late(attendance: Attendance, *, after: timedelta = LATE) -> pd.DataFrame | None:
    """The people whose first join is later than `after` the start of the broadcast; None: the start is not known."""
    start, people = attendance.facts.broadcast_start, attendance.people
    return None if start is None else people[people["first_join"] > start + after]


def left_early(attendance: Attendance, *, before: timedelta = EARLY) -> pd.DataFrame | None:
    """The people whose last leave is earlier than `before` the end of the broadcast; None: the end is not known yet."""
    end, people = attendance.facts.broadcast_end, attendance.people
    return None if end is None else people[people["last_leave"] < end - before]


def stayed(attendance: Attendance, *, share: float) -> pd.DataFrame | None:
    """The people there for at least this share (0 to 1) of the broadcast; None: it has no known length."""
    length, people = _length(attendance), attendance.people
    if not length:
        return None
    return people[people["minutes"] >= share * length]


class Oddity(StrEnum):
    """What a marketer should know before trusting the figures."""

    NEVER_STARTED = "never_started"  # its time is past, and RingCentral still calls it scheduled
    BROADCAST_UNKNOWN = "broadcast_unknown"  # minutes are not clipped: practice and debrief are in them
    CANCELLED_BUT_ATTENDED = "cancelled_but_attended"  # counted as attended
    ONLY_BY_RECORD = "only_by_record"  # attended by a record, while the registrant has no participantId
    ONLY_BY_PARTICIPANT_ID = "only_by_participant_id"  # attended by participantId, while no record is theirs
    SEVERAL_REGISTRATIONS = "several_registrations"  # on the list more than once with one address
    NO_JOIN_TIME = "no_join_time"  # a record without a join: no minutes from it
    LEFT_BEFORE_JOIN = "left_before_join"  # no minutes from it
    JOINED_AFTER_END = "joined_after_end"  # after the session, or after it was read
    BEFORE_SESSION = "before_session"  # left before it, or joined more than FAR_BEFORE it: a wrong clock
    OPEN_AFTER_END = "open_after_end"  # no leave time, although the session is over: counted to its end


@dataclass(frozen=True, slots=True)
class Note:
    """One oddity, with the registrants or the records that show it; neither for the session as a whole."""

    oddity: Oddity
    registrant_ids: tuple[str, ...] = field(default=(), repr=False)
    participant_ids: tuple[str, ...] = field(default=(), repr=False)

    @property
    def count(self) -> int:
        """How many show it; 1 for the session as a whole."""
        return len(self.registrant_ids) + len(self.participant_ids) or 1


def notes(attendance: Attendance) -> tuple[Note, ...]:
    """Everything odd about the session, in the order of `Oddity`; hosts and panel left out."""
    found = [*_of_session(attendance), *_of_people(attendance), *_of_records(attendance)]
    return tuple(sorted(found, key=lambda note: list(Oddity).index(note.oddity)))


def _of_session(attendance: Attendance) -> Iterator[Note]:
    facts = attendance.facts
    if facts.never_started:
        yield Note(Oddity.NEVER_STARTED)
    is_clipped = facts.broadcast_start and (facts.broadcast_end or not facts.is_over)
    if not is_clipped and len(attendance.presence):
        yield Note(Oddity.BROADCAST_UNKNOWN)


def _of_people(attendance: Attendance) -> Iterator[Note]:
    people, is_gone = attendance.people, attendance.people["gone_at"].notna()
    attended, has_id = people["standing"] == Standing.ATTENDED, people["participant_id"] != ""
    has_record, email = people["records"] > 0, people["email_key"]
    facts = attendance.facts
    listed, read = was_after_end(facts, facts.registrants_read_at), was_after_end(facts, facts.participants_read_at)
    for oddity, holds in (
        (Oddity.CANCELLED_BUT_ATTENDED, attended & is_gone),
        (Oddity.ONLY_BY_RECORD, has_record & ~has_id & listed),
        (Oddity.ONLY_BY_PARTICIPANT_ID, has_id & ~has_record & read),
        (Oddity.SEVERAL_REGISTRATIONS, ~is_gone & (email != "") & email.where(~is_gone).duplicated(keep=False)),
    ):
        if holds.any():
            yield Note(oddity, registrant_ids=tuple(people.loc[holds, "registrant_id"]))


def _of_records(attendance: Attendance) -> Iterator[Note]:
    facts, records = attendance.facts, attendance.records[~attendance.records["panel"]]
    joined, left, until = records["joined_at"], records["left_at"], known_until(facts)
    begin, last = facts.starts_at, facts.broadcast_end or (facts.ends_at if facts.is_over else None) or until
    nobody = pd.Series(data=False, index=records.index)
    for oddity, holds in (
        (Oddity.NO_JOIN_TIME, joined.isna()),
        (Oddity.LEFT_BEFORE_JOIN, left < joined),
        (Oddity.JOINED_AFTER_END, nobody if last is None else joined > last),
        (Oddity.BEFORE_SESSION, nobody if begin is None else (left < begin) | (joined < begin - FAR_BEFORE)),
        (Oddity.OPEN_AFTER_END, left.isna() & joined.notna() & facts.is_over),
    ):
        if holds.any():
            yield Note(oddity, participant_ids=tuple(records.loc[holds, "participant_id"]))


def _length(attendance: Attendance) -> float | None:
    """The broadcast in minutes, so far where it goes on; None: not known."""
    start, end = attendance.facts.broadcast_start, attendance.facts.broadcast_end
    if end is None and not attendance.facts.is_over:
        end = known_until(attendance.facts)
    return None if start is None or end is None else max((end - start) / timedelta(minutes=1), 0.0)


def _frame_of_time(attendance: Attendance) -> tuple[datetime | None, datetime | None]:
    """From when to when the curve goes; None: nobody was there, and the broadcast is not known."""
    facts, presence = attendance.facts, attendance.presence
    start, end = facts.broadcast_start, facts.broadcast_end
    if end is None and not facts.is_over:
        end = known_until(facts)
    if len(presence):
        start = start or presence["start"].min().to_pydatetime()
        end = end or presence["end"].max().to_pydatetime()
    return start, end
