"""How a report says moments, numbers and codes: in full, because nobody can ask it and it may be read years later."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

from rollcall.attendance.exports.sheet import known_zone
from rollcall.attendance.facts import ParticipantsRead, SessionFacts
from rollcall.attendance.matching import Attendance, Provisional, Unmatched
from rollcall.attendance.minutes import Note, Oddity

NOT_AVAILABLE = "not available"
PROVISIONAL = {
    Provisional.NOT_OVER: "the session is not over",
    Provisional.NEVER_STARTED: "RingCentral still calls the session scheduled, although its time is past",
    Provisional.NOT_READ: "who came has not been read yet",
    Provisional.READ_BEFORE_END: "who came was read before the session ended",
    Provisional.REGISTRANTS_NOT_READ_SINCE: "who was registered was not read since the end",
    Provisional.READ_SOON_AFTER_END: "who came was read within three hours of the end, when it may still change",
    Provisional.OPEN_LEAVE_TIMES: "of somebody it is not known when they left",
}
STANDINGS = {"attended": "Attended", "absent": "Absent", "cancelled": "Cancelled", "not_yet_known": "Not yet known"}
UNMATCHED = {
    Unmatched.NO_ID: "named no registrant, user or address",
    Unmatched.TELEPHONE: "by telephone",
    Unmatched.NOT_ON_LIST: "named a registrant who was on no list",
    Unmatched.NOT_REGISTERED: "had an address or user who is not registered",
    Unmatched.AMBIGUOUS_HASH: "of a user who stands for several registrants",
    Unmatched.AMBIGUOUS_EMAIL: "with an address of several registrants",
    Unmatched.ON_DEMAND: "of somebody registered for the recording",
}
_PEOPLE, _RECORDS = "registrant", "record"
ODDITIES = {
    Oddity.NEVER_STARTED: "Its time is past, and RingCentral's list has it as scheduled: it seems it never started.",
    Oddity.BROADCAST_UNKNOWN: "Begin or end of the broadcast is not known: minutes include practice and debrief.",
    Oddity.CANCELLED_BUT_ATTENDED: (_PEOPLE, "cancelled and attended all the same: counted as attended."),
    Oddity.ONLY_BY_RECORD: (_PEOPLE, "attended by a participant record alone, without a mark on the registration."),
    Oddity.ONLY_BY_PARTICIPANT_ID: (_PEOPLE, "attended by the mark on the registration alone, without minutes."),
    Oddity.SEVERAL_REGISTRATIONS: (_PEOPLE, "registered more than once with the same address."),
    Oddity.NO_JOIN_TIME: (_RECORDS, "without a time of joining: no minutes from it."),
    Oddity.LEFT_BEFORE_JOIN: (_RECORDS, "left before joining: no minutes from it."),
    Oddity.JOINED_AFTER_END: (_RECORDS, "joined after the end."),
    Oddity.BEFORE_SESSION: (_RECORDS, "lay before the session, perhaps by a wrong clock."),
    Oddity.OPEN_AFTER_END: (_RECORDS, "without a time of leaving: counted to the end."),
}


def oddity(note: Note) -> str:
    """A note on the data as one sentence."""
    said = ODDITIES[note.oddity]
    return said if isinstance(said, str) else f"{many(note.count, said[0])} {said[1]}"


def status(attendance: Attendance) -> str:
    """Whether the figures may still change, and why."""
    if attendance.is_final:
        return "Final: reading it again should change nothing."
    return f"Provisional: {'; '.join(PROVISIONAL[why] for why in attendance.provisional)}."


def read(facts: SessionFacts) -> str:
    """When the two lists were read, in the session's zone."""
    registrants = f"Registrants read {moment(facts.registrants_read_at, facts.time_zone)}"
    match facts.participants_read:
        case ParticipantsRead.YES:
            return f"{registrants}; participants read {moment(facts.participants_read_at, facts.time_zone)}."
        case ParticipantsRead.FORBIDDEN:
            return f"{registrants}. RingCentral shows the participants to the host only: minutes are {NOT_AVAILABLE}."
        case _:
            return f"{registrants}; participants not read yet."


def moment(when: datetime | None, zone_name: str) -> str:
    """Day, year and time in that zone, which it names; an unknown one is UTC."""
    if when is None:
        return "not yet"
    local = when.astimezone(zone(zone_name))
    return f"{local:%a} {local.day} {local:%b %Y %H:%M %Z}"


def zone(name: str) -> ZoneInfo:
    """The zone of this name, UTC for one that this machine does not know."""
    return ZoneInfo(known_zone(name))


def many(amount: int, one: str) -> str:
    """A number and its word: "1 record", "1,240 records"."""
    return f"{amount:,} {one}{'' if amount == 1 else 's'}"


def percent(part: float) -> str:
    """A part of 1 with one decimal."""
    return f"{100 * part:.1f} %"


def between(low: float, high: float) -> str:
    """An interval of parts of 1."""
    return f"{100 * low:.1f} to {100 * high:.1f} %"


def minutes(amount: float | None) -> str:
    """Minutes, whole; None or NaN: not available, which is not 0."""
    return NOT_AVAILABLE if amount is None or amount != amount else f"{amount:.0f} min"


def plain(text: object) -> str:
    """Foreign text on one line, without what is not text: controls, half characters, marks that turn the line round."""
    turning = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
    seen = (" " if unicodedata.category(one) in ("Cc", "Cs") or one in turning else one for one in str(text))
    return " ".join("".join(seen).split())
