"""Sessions that cannot be compared yet: which lists to read for that, what it costs, and where their reading stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rollcall.attendance import over_time
from rollcall.ringcentral import limits
from rollcall.roster.readings import What
from rollcall.store.tables import Reading, Registrant, RegistrationSettings, WebinarSession

LISTS = (What.REGISTRANTS, What.PARTICIPANTS)


@dataclass(frozen=True, slots=True)
class Wish:
    """A list to be read, and about how many calls that takes."""

    session_id: str
    what: What
    calls: int


def wishes(db: Session, connection_id: int, found: pd.DataFrame) -> tuple[Wish, ...]:
    """What has to be read so that these sessions can be compared; nothing of those that still could not be.

    Args:
        found: rows of `tallies.sessions` that are left out for a reason of `over_time.UNREAD`.
    """
    found = found[found["has_list"] | ~over_time.wants_registrants(found)]
    lists, there = over_time.wants_registrants(found), over_time.wants_participants(found)
    calls = _calls(db, connection_id, found)
    return tuple(
        Wish(session_id, what, calls[session_id][what])
        for session_id, *wanted in zip(found["session_id"], lists, there, strict=True)
        for what, is_wanted in zip(LISTS, wanted, strict=True)
        if is_wanted and what in calls.get(session_id, {})
    )


def _calls(db: Session, connection_id: int, found: pd.DataFrame) -> dict[str, dict[What, int]]:
    """Per session and list about how many calls reading it takes; a list that cannot be read is missing.

    By how many records RingCentral has named or we know. Registrants are counted by a call of their own where they are
    several pages, or may be: see `wholeness`.
    """
    session_ids = found["session_id"].tolist()
    was_read = dict(zip(session_ids, found["is_counted"], strict=True))
    known = (
        select(Registrant.session_id, func.count().label("known"))
        .where(Registrant.connection_id == connection_id, Registrant.session_id.in_(session_ids))
        .group_by(Registrant.session_id)
        .subquery()
    )
    rows = db.execute(
        select(
            WebinarSession.session_id,
            WebinarSession.webinar_id,
            WebinarSession.raw,
            RegistrationSettings.registrant_count,
            RegistrationSettings.post_webinar_registrant_count,
            known.c.known,
        )
        .outerjoin(
            RegistrationSettings,
            (RegistrationSettings.connection_id == WebinarSession.connection_id)
            & (RegistrationSettings.session_id == WebinarSession.session_id),
        )
        .outerjoin(known, known.c.session_id == WebinarSession.session_id)
        .where(WebinarSession.connection_id == connection_id, WebinarSession.session_id.in_(session_ids))
    )
    calls = dict[str, dict[What, int]]()
    for session_id, webinar_id, raw, counted, late, here in rows:
        pages = _pages(max((counted or 0) + (late or 0), here or 0))
        may_be_long = pages > 1 or (counted is None and not was_read[session_id])
        calls[session_id] = {What.REGISTRANTS: pages + may_be_long}
        if webinar_id is not None:  # the history is asked by webinar and session
            calls[session_id][What.PARTICIPANTS] = _pages(_whole(raw.get("participantCount")))
    return calls


def _pages(records: int) -> int:
    return max(1, ceil(records / limits.PER_PAGE))


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def latest_readings(db: Session, connection_id: int, session_ids: Sequence[str]) -> list[Reading]:
    """The reading filed last of each list of these sessions, whatever its state."""
    ids = (
        select(func.max(Reading.id))
        .where(
            Reading.connection_id == connection_id,
            Reading.what.in_([what.value for what in LISTS]),
            Reading.session_id.in_(session_ids),
        )
        .group_by(Reading.what, Reading.session_id)
    )
    return list(db.scalars(select(Reading).where(Reading.id.in_(ids)).order_by(Reading.id)))
