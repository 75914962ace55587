"""What is known of one session when its attendance is reckoned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ParticipantsRead(StrEnum):
    """Whether the participants of a session are known."""

    YES = "yes"
    NO = "no"  # not read yet
    FORBIDDEN = "forbidden"  # RingCentral shows them to the host only: attended is known, minutes are not


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """One session as its attendance is reckoned. Times are aware UTC.

    Attributes:
        starts_at, ends_at: planned before the session, real after it.
        broadcast_start, broadcast_end: the part that attendees see, without practice and debrief; None: not known.
        status: RingCentral's Scheduled, Active, Finished; empty where it says none.
        registrants_read_at, participants_read_at: begin of the last complete list; None: never.
        now: the moment everything is reckoned for.
    """

    session_id: str
    title: str
    time_zone: str
    starts_at: datetime | None
    ends_at: datetime | None
    broadcast_start: datetime | None
    broadcast_end: datetime | None
    status: str
    participants_read: ParticipantsRead
    registrants_read_at: datetime | None
    participants_read_at: datetime | None
    now: datetime

    @property
    def is_over(self) -> bool:
        """Whether nobody joins any more."""
        if self.status == "Finished":
            return True
        return self.ends_at is not None and self.ends_at < self.now and self.status != "Active"

    @property
    def never_started(self) -> bool:
        """Whether its time is past and RingCentral still calls it scheduled: nobody can have come, nobody is absent."""
        return self.status == "Scheduled" and self.ends_at is not None and self.ends_at < self.now

    @property
    def has_begun(self) -> bool:
        """Whether anybody can have joined."""
        return self.status in ("Active", "Finished") or (self.starts_at is not None and self.starts_at <= self.now)
