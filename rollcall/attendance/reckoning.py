"""A session's attendance straight from the store, sources under the names they count as."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from rollcall.attendance import frames
from rollcall.attendance.matching import Attendance, attendance
from rollcall.roster import source_names


def of_session(db: Session, connection_id: int, session_id: str, *, now: datetime) -> Attendance | None:
    """Reckon one session as of now; None if no list has shown it.

    `people` and `on_demand` have `source` as it counts, and `source_raw` as it was received.
    """
    facts = frames.session_facts(db, connection_id, session_id, now=now)
    if facts is None:
        return None
    registrants = frames.registrants(db, connection_id, [session_id])
    decided = source_names.names(db, connection_id)
    return attendance(
        facts, source_names.applied(registrants, decided), frames.participants(db, connection_id, [session_id])
    )
