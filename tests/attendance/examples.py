"""Sessions, registrants and participants for the tests: plain rows, and the frames they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta

import pandas as pd

from rollcall.attendance.facts import ParticipantsRead, SessionFacts
from rollcall.attendance.matching import Attendance, attendance
from tests.attendance.slow import AParticipant, ARegistrant

TEN = datetime(2026, 3, 10, 10, tzinfo=UTC)  # the broadcast begins
ELEVEN = TEN + timedelta(hours=1)  # and ends
HALF_PAST = TEN + timedelta(minutes=30)
NEXT_DAY = TEN + timedelta(days=1)
MOMENTS = ("gone_at", "joined_at", "left_at")


def at(minutes: float) -> datetime:
    """So many minutes into the broadcast."""
    return TEN + timedelta(minutes=minutes)


def some_facts(
    *,
    starts_at: datetime | None = TEN - timedelta(minutes=15),
    ends_at: datetime | None = ELEVEN,
    broadcast_start: datetime | None = TEN,
    broadcast_end: datetime | None = ELEVEN,
    status: str = "Finished",
    participants_read: ParticipantsRead = ParticipantsRead.YES,
    registrants_read_at: datetime | None = NEXT_DAY,
    participants_read_at: datetime | None = NEXT_DAY,
    now: datetime = NEXT_DAY,
) -> SessionFacts:
    """A session of an hour, with a quarter of practice before, read a day later."""
    return SessionFacts(
        session_id="8001",
        title="Spring",
        time_zone="Europe/Berlin",
        starts_at=starts_at,
        ends_at=ends_at,
        broadcast_start=broadcast_start,
        broadcast_end=broadcast_end,
        status=status,
        participants_read=participants_read,
        registrants_read_at=registrants_read_at,
        participants_read_at=participants_read_at,
        now=now,
    )


def a_running_session(*, now: datetime = HALF_PAST) -> SessionFacts:
    """The same, half an hour into the broadcast, read just now."""
    return some_facts(broadcast_end=None, status="Active", registrants_read_at=now, participants_read_at=now, now=now)


def a_record(participant_id: str, joined: float | None = 0, left: float | None = 60, **fields: str) -> AParticipant:
    """An attendee's record, in minutes of the broadcast."""
    return AParticipant(
        participant_id,
        joined_at=None if joined is None else at(joined),
        left_at=None if left is None else at(left),
        **fields,
    )


def a_frame(kind: type[ARegistrant] | type[AParticipant], rows: Sequence[ARegistrant | AParticipant]) -> pd.DataFrame:
    """Rows as the frame of the contract: texts as objects, moments in UTC."""
    names = [field.name for field in fields(kind)]
    found = pd.DataFrame([asdict(row) for row in rows], columns=names)
    for name in names:
        if name in MOMENTS:
            found[name] = pd.to_datetime(found[name], utc=True)
        else:
            found[name] = found[name].astype(bool if name == "post_webinar" else object)
    return found


def reckoned(
    registrants: Sequence[ARegistrant] = (),
    participants: Sequence[AParticipant] = (),
    facts: SessionFacts | None = None,
) -> Attendance:
    """The attendance of these rows."""
    return attendance(facts or some_facts(), a_frame(ARegistrant, registrants), a_frame(AParticipant, participants))


def standings(found: Attendance) -> dict[str, str]:
    """registrant_id → standing."""
    return dict(zip(found.people["registrant_id"], found.people["standing"], strict=True))


def reasons(found: Attendance) -> dict[str, str]:
    """participant_id → why it belongs to nobody."""
    return dict(zip(found.unmatched["participant_id"], found.unmatched["reason"], strict=True))


def minutes(found: Attendance) -> dict[str, float | None]:
    """registrant_id → minutes; None: not available."""
    values = [None if pd.isna(value) else float(value) for value in found.people["minutes"]]
    return dict(zip(found.people["registrant_id"], values, strict=True))
