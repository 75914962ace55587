"""Participants → people: who of the registrants came, for how long at most, and whose records belong to nobody.

`owners` finds whose a record is, `intervals` unites a person's records and clips them to the broadcast, as far as it is
known.
**Minutes are first join to last leave of each record, an upper bound**, because the history has no log of each join.
NaN is "not available", never 0. Pure; the columns that go in are those of `frames`.
Source: GET …/participants, OpenAPI 2026-08; attended = has a participantId, guide "Past webinars"; the rest is our
reading.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from rollcall.attendance import intervals
from rollcall.attendance.facts import ParticipantsRead, SessionFacts
from rollcall.attendance.owners import NOBODY, on_stage, owners
from rollcall.attendance.owners import Unmatched as Unmatched  # a record's reason; callers know it from here

FAR_BEFORE = timedelta(hours=1)  # nobody waits so long for a session; a judgement
SETTLING = timedelta(hours=3)  # how long RingCentral's history may still move after the end; a judgement
CLOSING = timedelta(hours=26)  # how long a leave time may still come; the last reading by itself is so late


class Standing(StrEnum):
    """What became of a live registrant."""

    ATTENDED = "attended"  # has a participantId, or an attendee's record is theirs; even if cancelled
    ABSENT = "absent"  # neither came nor cancelled, by a reading from after the end
    CANCELLED = "cancelled"  # gone from the list, and did not come
    NOT_YET_KNOWN = "not_yet_known"  # the session is not over, or its attendance was not read since


class Provisional(StrEnum):
    """Why the figures of a session may still change."""

    NOT_OVER = "not_over"
    NEVER_STARTED = "never_started"  # as far as RingCentral's list says; it may have been moved, or be late
    NOT_READ = "not_read"
    READ_BEFORE_END = "read_before_end"
    REGISTRANTS_NOT_READ_SINCE = "registrants_not_read_since"  # who registered at the last moment is missing
    READ_SOON_AFTER_END = "read_soon_after_end"  # less than SETTLING
    OPEN_LEAVE_TIMES = "open_leave_times"  # somebody has joined and, as far as is known within CLOSING, not left


class DoesNotReconcileError(Exception):
    """The parts do not make up the whole: a fault of ours, or of a frame with an id twice. Holds no person's data."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The two sums that always hold, and what stands beside them. People, but for the last four: records."""

    registered: int
    attended: int
    absent: int
    cancelled: int
    not_yet_known: int
    cancelled_but_attended: int  # among attended
    without_minutes: int  # among attended
    on_demand: int  # beside registered
    participants: int
    matched: int
    panel: int
    unmatched: int

    def __post_init__(self) -> None:
        if self.registered != self.attended + self.absent + self.cancelled + self.not_yet_known:
            raise DoesNotReconcileError("registered = attended + absent + cancelled + not yet known")
        if self.participants != self.matched + self.panel + self.unmatched:
            raise DoesNotReconcileError("participants = matched + hosts and panel + unmatched")


@dataclass(frozen=True, slots=True)
class Attendance:
    """One session, to the person. Its repr shows nobody.

    Attributes:
        people: a row per live registrant, the registrants' columns and: standing (a `Standing`), minutes (float, NaN:
            not available), first_join, last_leave (NaT: not known or not left yet), records (how many are theirs),
            devices (how many of them overlap at most: at least so many devices).
        on_demand: the registrants' rows of those who registered for the recording.
        records: the participants' rows and: owner (registrant_id, or empty), panel (bool), reason (an `Unmatched`, or
            empty).
        presence: registrant_id, start, end: everybody's united intervals within the broadcast, none of them empty.
        provisional: why the figures may still change; empty: final.
    """

    facts: SessionFacts
    counts: Counts
    provisional: tuple[Provisional, ...]
    people: pd.DataFrame = field(repr=False)
    on_demand: pd.DataFrame = field(repr=False)
    records: pd.DataFrame = field(repr=False)
    presence: pd.DataFrame = field(repr=False)

    @property
    def is_final(self) -> bool:
        """Whether a further reading should change nothing."""
        return not self.provisional

    @property
    def is_settled(self) -> bool:
        """Whether who did not come is absent; until then rates are "so far"."""
        return is_settled(self.facts)

    @property
    def never_started(self) -> bool:
        """Whether nobody can have come; somebody who did all the same is believed more than the list of sessions."""
        return self.facts.never_started and not self.counts.attended

    @property
    def has_rate(self) -> bool:
        """Whether a rate can be told: somebody could come, and of somebody it is known whether they did."""
        counts = self.counts
        is_known = counts.attended + counts.absent > 0 or counts.not_yet_known == 0
        return self.facts.has_begun and not self.never_started and counts.registered > 0 and is_known

    @property
    def can_compare(self) -> bool:
        """Whether its sources may be compared: lists half read make differences of their own."""
        return self.has_rate and (self.is_settled or not self.facts.is_over)

    @property
    def panel(self) -> pd.DataFrame:
        """The records of hosts, co-hosts and panelists."""
        return self.records[self.records["panel"]]

    @property
    def unmatched(self) -> pd.DataFrame:
        """The attendees' records that belong to no live registrant, each with its reason."""
        return self.records[self.records["reason"] != ""]


def attendance(facts: SessionFacts, registrants: pd.DataFrame, participants: pd.DataFrame) -> Attendance:
    """Reckon one session.

    Args:
        registrants: everybody ever seen on the list, on-demand ones too; registrant_id is unique.
        participants: one row per record, participant_id is unique; empty where they were not read or are forbidden,
            then attended comes from the registrants' participant_id and minutes are not available.

    Raises:
        DoesNotReconcileError: an id stands there twice, or the parts do not make up the whole.
    """
    if not (registrants["registrant_id"].is_unique and participants["participant_id"].is_unique):
        raise DoesNotReconcileError("an id twice")
    live = ~registrants["post_webinar"].to_numpy(bool)
    panel = on_stage(participants)
    row, reason = owners(registrants, participants, panel)
    matched = row != NOBODY
    people = registrants[live].reset_index(drop=True)
    spans = intervals.spans(
        participants[matched],
        (np.cumsum(live) - 1)[row[matched]],
        people=len(people),
        until=known_until(facts),
    )
    since, until = _within(facts)
    united = intervals.united(spans, since=since, until=until)
    people = _with_presence(people, spans, united)
    people["standing"] = _standings(facts, people)
    owner = np.full(len(participants), "", dtype=object)
    owner[matched] = registrants["registrant_id"].to_numpy(object)[row[matched]]
    records = participants.assign(owner=owner, panel=panel, reason=reason)
    return Attendance(
        facts=facts,
        counts=_counts(registrants, people, records),
        provisional=_provisional(facts, has_open=bool(spans.is_open.any())),
        people=people,
        on_demand=registrants[~live].reset_index(drop=True),
        records=records,
        presence=_presence(people, united),
    )


def read_at(facts: SessionFacts) -> datetime | None:
    """When what tells attendance was read last; None: not yet."""
    match facts.participants_read:
        case ParticipantsRead.YES:
            return facts.participants_read_at
        case ParticipantsRead.FORBIDDEN:
            return facts.registrants_read_at
        case _:
            return None


def known_until(facts: SessionFacts) -> datetime | None:
    """Until when a record without leave time is known to go on, at most; None: the session's end is not known."""
    read = facts.participants_read_at or facts.now
    if facts.broadcast_end is not None:
        return min(read, facts.broadcast_end)
    if not facts.is_over:
        return read
    return None if facts.ends_at is None else min(read, facts.ends_at)


def _within(facts: SessionFacts) -> tuple[datetime | None, datetime | None]:
    """What minutes are clipped to: the broadcast, and where it is not known, what a right clock can have shown.

    That is from FAR_BEFORE the session to the reading: a join of the year 1 would make minutes of two thousand years.
    """
    since = facts.broadcast_start or (facts.starts_at - FAR_BEFORE if facts.starts_at else None)
    return since, facts.broadcast_end or facts.participants_read_at or facts.now


def is_settled(facts: SessionFacts) -> bool:
    """Whether who did not come is absent: the session took place and is over, and attendance was read since."""
    return not facts.never_started and was_after_end(facts, read_at(facts))


def was_after_end(facts: SessionFacts, when: datetime | None) -> bool:
    """Whether a reading at that time, None: never, saw the session over."""
    return facts.is_over and when is not None and (facts.ends_at is None or when >= facts.ends_at)


def _provisional(facts: SessionFacts, *, has_open: bool) -> tuple[Provisional, ...]:
    read, end = read_at(facts), facts.ends_at
    earlier = min((one for one in (read, facts.registrants_read_at) if one is not None), default=None)
    return tuple(
        why
        for why, holds in (
            (Provisional.NOT_OVER, not facts.is_over),
            (Provisional.NEVER_STARTED, facts.never_started),
            (Provisional.NOT_READ, read is None),
            (Provisional.READ_BEFORE_END, facts.is_over and read is not None and not was_after_end(facts, read)),
            (
                Provisional.REGISTRANTS_NOT_READ_SINCE,
                facts.is_over
                and facts.participants_read is not ParticipantsRead.FORBIDDEN  # else said already
                and not was_after_end(facts, facts.registrants_read_at),
            ),
            (
                Provisional.READ_SOON_AFTER_END,
                is_settled(facts) and bool(earlier and end and end <= earlier < end + SETTLING),
            ),
            (Provisional.OPEN_LEAVE_TIMES, has_open and not (read and end and read >= end + CLOSING)),
        )
        if holds
    )


def _with_presence(people: pd.DataFrame, spans: intervals.Spans, united: intervals.United) -> pd.DataFrame:
    return people.assign(
        minutes=intervals.minutes(spans, united),
        first_join=intervals.moments(intervals.first_join(spans)),
        last_leave=intervals.moments(intervals.last_leave(spans)),
        records=np.bincount(spans.person, minlength=spans.people),
        devices=intervals.devices(spans),
    )


def _presence(people: pd.DataFrame, united: intervals.United) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "registrant_id": people["registrant_id"].to_numpy(object)[united.person],
            "start": intervals.moments(united.start),
            "end": intervals.moments(united.end),
        }
    )


def _standings(facts: SessionFacts, people: pd.DataFrame) -> npt.NDArray[np.str_]:
    attended = (people["participant_id"] != "").to_numpy(bool) | (people["records"] > 0).to_numpy(bool)
    otherwise = Standing.ABSENT if is_settled(facts) else Standing.NOT_YET_KNOWN
    gone = people["gone_at"].notna().to_numpy(bool)
    return np.where(attended, Standing.ATTENDED.value, np.where(gone, Standing.CANCELLED.value, otherwise.value))


def _counts(registrants: pd.DataFrame, people: pd.DataFrame, records: pd.DataFrame) -> Counts:
    on_demand = int(registrants["post_webinar"].sum())
    standing = people["standing"].to_numpy(object)
    attended = standing == Standing.ATTENDED
    found = {one: int(np.count_nonzero(standing == one)) for one in Standing}
    return Counts(
        registered=len(registrants) - on_demand,
        attended=found[Standing.ATTENDED],
        absent=found[Standing.ABSENT],
        cancelled=found[Standing.CANCELLED],
        not_yet_known=found[Standing.NOT_YET_KNOWN],
        cancelled_but_attended=int((attended & people["gone_at"].notna()).sum()),
        without_minutes=int((attended & people["minutes"].isna()).sum()),
        on_demand=on_demand,
        participants=len(records),
        matched=int(people["records"].sum()),
        panel=int(records["panel"].sum()),
        unmatched=int((records["reason"] != "").sum()),
    )
