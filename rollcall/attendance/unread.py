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
from rollcall.roster.sessions import RegistrationStatus
from rollcall.store.tables import Reading, Registrant, RegistrationSettings, WebinarSession

LISTS = (What.REGISTRANTS, What.PARTICIPANTS)
WITHOUT_LIST = (RegistrationStatus.OFF.value, RegistrationStatus.GONE.value)  # nobody is on a list there


@dataclass(frozen=True, slots=True)
class Wish:
    """A list to be read, and about how many calls that takes."""

    session_id: str
    what: What
    calls: int


def wishes(db: Session, connection_id: int, found: pd.DataFrame) -> tuple[Wish, ...]:
    """What has to be read so that these sessions can be compared.

    Args:
        found: rows of `tallies.sessions` that are left out for a reason of `over_time.UNREAD`.
    """
    lists, there = over_time.wants_registrants(found), over_time.wants_participants(found)
    sizes = _sizes(db, connection_id, found["session_id"].tolist())
    return tuple(
        Wish(session_id, what, _calls(sizes[session_id][what]))
        for session_id, *wanted in zip(found["session_id"], lists, there, strict=True)
        for what, is_wanted in zip(LISTS, wanted, strict=True)
        if is_wanted and what in sizes.get(session_id, {})
    )


def _calls(records: int) -> int:
    """A call for a page, and one that counts a list of several pages before it is read."""
    pages = max(1, ceil(records / limits.PER_PAGE))
    return pages + (pages > 1)


def _sizes(db: Session, connection_id: int, session_ids: Sequence[str]) -> dict[str, dict[What, int]]:
    """Per session and list how many records RingCentral has named or we know; a list that cannot be read is missing."""
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
            RegistrationSettings.status,
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
    sizes = dict[str, dict[What, int]]()
    for session_id, webinar_id, raw, status, counted, late, here in rows:
        sizes[session_id] = {}
        if status not in WITHOUT_LIST:
            sizes[session_id][What.REGISTRANTS] = max((counted or 0) + (late or 0), here or 0)
        if webinar_id is not None:  # the history is asked by webinar and session
            sizes[session_id][What.PARTICIPANTS] = _whole(raw.get("participantCount"))
    return sizes


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
