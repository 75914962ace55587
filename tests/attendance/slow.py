"""Attendance reckoned a second time, slowly, from the definitions alone.

Plain loops over plain rows, one person and one moment after the other; no pandas, nothing of `rollcall.attendance` but
the facts it is given. It answers the same questions by other means: presence by asking of every piece of time whether
any record covers it, never by merging intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import floor

from rollcall.attendance.facts import SessionFacts

ON_STAGE = ("host", "cohost", "panelist")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class ARegistrant:
    """One row of the registrants, as far as attendance asks."""

    registrant_id: str
    email_key: str = ""
    participant_id: str = ""
    post_webinar: bool = False
    gone_at: datetime | None = None
    source: str = ""
    external_id: str = ""
    first_name: str = "Ada"
    last_name: str = "Lovelace"


@dataclass(frozen=True)
class AParticipant:
    """One record of somebody's presence."""

    participant_id: str
    registrant_id: str = ""
    user_hash: str = ""
    email_key: str = ""
    role: str = "Attendee"
    original_role: str = ""
    joined_at: datetime | None = None
    left_at: datetime | None = None
    first_name: str = "Ada"
    last_name: str = "Lovelace"


@dataclass(frozen=True)
class SlowPerson:
    """What became of one live registrant. None: not available."""

    standing: str
    minutes: float | None
    first_join: datetime | None
    last_leave: datetime | None
    records: int
    devices: int


class Slow:
    """One session, reckoned once on making; nothing is shared between its answers but `owner`."""

    def __init__(
        self, facts: SessionFacts, registrants: Sequence[ARegistrant], participants: Sequence[AParticipant]
    ) -> None:
        self.facts, self.registrants, self.participants = facts, registrants, participants
        self.panel = {one.participant_id for one in participants if on_stage(one)}
        self.owner: dict[str, str] = {}
        self.unmatched: dict[str, str] = {}
        for record in participants:
            if record.participant_id not in self.panel:
                self._place(record)
        self.on_demand = {one.registrant_id for one in registrants if one.post_webinar}
        self.people = {one.registrant_id: self._person(one) for one in registrants if not one.post_webinar}

    # whose record is it?

    def _place(self, record: AParticipant) -> None:
        found = self._belongs_to(record)
        if isinstance(found, ARegistrant) and not found.post_webinar:
            self.owner[record.participant_id] = found.registrant_id
        else:
            self.unmatched[record.participant_id] = "on_demand" if isinstance(found, ARegistrant) else found

    def _belongs_to(self, record: AParticipant) -> ARegistrant | str:
        if record.registrant_id:
            named = self._registrant(record.registrant_id)
            return named if named is not None else "not_on_list"
        same_user = self._same_user(record)
        for candidates, reason in (
            ({other.registrant_id for other in same_user if self._registrant(other.registrant_id)}, "ambiguous_hash"),
            (self._with_address(record.email_key), "ambiguous_email"),
            (self._addressed(same_user), "ambiguous_hash"),
        ):
            if len(candidates) == 1:
                (registrant_id,) = candidates
                only = self._registrant(registrant_id)
                assert only is not None
                return only
            if candidates:
                return reason
        if record.user_hash or record.email_key:
            return "not_registered"
        return "telephone" if is_telephone(record) else "no_id"

    def _registrant(self, registrant_id: str) -> ARegistrant | None:
        for one in self.registrants:
            if registrant_id and one.registrant_id == registrant_id:
                return one
        return None

    def _same_user(self, record: AParticipant) -> list[AParticipant]:
        """Attendees' records with the same hash, itself among them."""
        return [
            other
            for other in self.participants
            if record.user_hash and other.user_hash == record.user_hash and not on_stage(other)
        ]

    def _with_address(self, email_key: str) -> set[str]:
        """Whoever has that address: those on the list, else the cancelled, else the on-demand ones."""
        having = [one for one in self.registrants if email_key and one.email_key == email_key]
        for wanted in (
            [one for one in having if not one.post_webinar and one.gone_at is None],
            [one for one in having if not one.post_webinar and one.gone_at is not None],
            [one for one in having if one.post_webinar],
        ):
            if wanted:
                return {one.registrant_id for one in wanted}
        return set()

    def _addressed(self, same_user: list[AParticipant]) -> set[str]:
        """Whoever the same user's records, that name nobody, are sure of by their address."""
        sure: set[str] = set()
        for other in same_user:
            found = self._with_address(other.email_key)
            if not other.registrant_id and len(found) == 1:
                sure |= found
        return sure

    # what became of a person?

    def _person(self, registrant: ARegistrant) -> SlowPerson:
        records = [one for one in self.participants if self.owner.get(one.participant_id) == registrant.registrant_id]
        spans = [span for one in records if (span := self._span(one)) is not None]
        usable = [one for one in records if self._span(one) is not None]
        still_there = any(one.left_at is None for one in usable)
        return SlowPerson(
            standing=self._standing(registrant, bool(records)),
            minutes=time_covered([self._clipped(span) for span in spans]) / MINUTE if spans else None,
            first_join=min((one.joined_at for one in usable if one.joined_at), default=None),
            last_leave=None if still_there else max((one.left_at for one in usable if one.left_at), default=None),
            records=len(records),
            devices=max(at_once(spans), 1) if records else 0,
        )

    def _standing(self, registrant: ARegistrant, has_records: bool) -> str:
        if registrant.participant_id or has_records:
            return "attended"
        if registrant.gone_at is not None:
            return "cancelled"
        return "absent" if self._is_settled() else "not_yet_known"

    def _is_settled(self) -> bool:
        facts = self.facts
        read_at = {"yes": facts.participants_read_at, "forbidden": facts.registrants_read_at, "no": None}
        when = read_at[str(facts.participants_read)]
        if facts.status == "Scheduled":
            return False  # its time is past, or to come: nobody was there
        return facts.is_over and when is not None and (facts.ends_at is None or when >= facts.ends_at)

    def _span(self, record: AParticipant) -> tuple[datetime, datetime] | None:
        """From join to leave; to where it is known to have gone on, if open; None where either makes no sense."""
        if record.joined_at is None:
            return None
        if record.left_at is not None:
            return (record.joined_at, record.left_at) if record.left_at >= record.joined_at else None
        until = self._known_until()
        return (record.joined_at, max(record.joined_at, until)) if until is not None else None

    def _known_until(self) -> datetime | None:
        facts = self.facts
        read = facts.participants_read_at or facts.now
        if facts.broadcast_end is not None:
            return min(read, facts.broadcast_end)
        if not facts.is_over:
            return read
        return None if facts.ends_at is None else min(read, facts.ends_at)

    def _clipped(self, span: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
        """Its part in the broadcast; where that is not known, from an hour before the session, and to the reading."""
        first, last = self.facts.broadcast_start, self.facts.broadcast_end
        if first is None and self.facts.starts_at is not None:
            first = self.facts.starts_at - timedelta(hours=1)
        if last is None:
            last = self.facts.participants_read_at or self.facts.now
        start, end = span
        if first is not None:
            start, end = max(start, first), max(end, first)
        return min(start, last), min(end, last)

    # the session as a whole

    def present_at(self, moment: datetime) -> int:
        """How many people are there at that moment of the broadcast."""
        return sum(
            any(start <= moment < end for start, end in self._clipped_spans(registrant_id))
            for registrant_id in self.people
        )

    def _clipped_spans(self, registrant_id: str) -> list[tuple[datetime, datetime]]:
        own = [one for one in self.participants if self.owner.get(one.participant_id) == registrant_id]
        return [self._clipped(span) for one in own if (span := self._span(one)) is not None]

    def joined_late(self, after: timedelta) -> set[str] | None:
        """Whose first join is later than so long after the start; None: start not known."""
        start = self.facts.broadcast_start
        if start is None:
            return None
        return {key for key, one in self.people.items() if one.first_join and one.first_join > start + after}

    def left_early(self, before: timedelta) -> set[str] | None:
        """Whose last leave is earlier than so long before the end; None: end not known."""
        end = self.facts.broadcast_end
        if end is None:
            return None
        return {key for key, one in self.people.items() if one.last_leave and one.last_leave < end - before}

    def in_bins(self, width: int, bins: int) -> list[int]:
        """People by minutes, `width` minutes a bin; whoever stayed longer is in the last."""
        counts = [0] * bins
        for one in self.people.values():
            if one.minutes is not None:
                counts[min(floor(one.minutes / width), bins - 1)] += 1
        return counts


def on_stage(record: AParticipant) -> bool:
    """Host, co-host or panelist, by the role they were invited in; by the one they have, where that is not known."""
    return (record.original_role or record.role).casefold() in ON_STAGE


def is_telephone(record: AParticipant) -> bool:
    """Whether the name is a telephone number, perhaps partly masked."""
    name = f"{record.first_name} {record.last_name}".strip()
    digits = sum(character in "0123456789" for character in name)
    return digits >= 5 and all(character in "0123456789 +()-./*#xX" for character in name)


def time_covered(spans: list[tuple[datetime, datetime]]) -> timedelta:
    """How much time at least one span covers: every piece between two neighbouring ends is asked by itself."""
    ends = sorted({moment.astimezone(UTC) for span in spans for moment in span})
    covered = timedelta()
    for begin, end in pairwise(ends):
        if any(start <= begin and end <= stop for start, stop in spans):
            covered += end - begin
    return covered


def at_once(spans: list[tuple[datetime, datetime]]) -> int:
    """The most spans that share a moment; their ends do not belong to them."""
    return max((sum(start <= moment < end for start, end in spans) for moment, _ in spans), default=0)


def groups(rows: Sequence[tuple[str, str, bool]], order: Sequence[str], regular_from: int) -> dict[str, str]:
    """Everybody's group as it looks from the last session of `order`; rows are session, key, attended."""
    found: dict[str, str] = {}
    for key in {key for session, key, _ in rows if key and session in order}:
        sessions = {session for session, one, _ in rows if one == key and session in order}
        came = {session for session, one, attended in rows if one == key and attended and session in order}
        if sessions == {order[-1]}:
            found[key] = "new"
        elif not came:
            found[key] = "never_came"
        elif len(came) >= regular_from:
            found[key] = "regular"
        else:
            found[key] = "once" if len(sessions) == 1 else "returning"
    return found
