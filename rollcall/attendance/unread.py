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
    """What has to be read so that these sessions can be compared.

    Args:
        found: rows of `tallies.sessions` that are left out for a reason of `over_time.UNREAD`.
    """
    lists, there = over_time.wants_registrants(found), over_time.wants_participants(found)
    sizes = _sizes(db, connection_id, found["session_id"].tolist())
    return tuple(
        Wish(session_id, what, _calls(sizes.get(session_id, (0, 0)), what))
        for session_id, *wanted in zip(found["session_id"], lists, there, strict=True)
        for what, is_wanted in zip(LISTS, wanted, strict=True)
        if is_wanted
    )


def _calls(size: tuple[int, int], what: What) -> int:
    """A call for a page of records; a list of registrants is counted before it is read."""
    registrants, participants = size
    if what is What.REGISTRANTS:
        return 1 + max(1, ceil(registrants / limits.PER_PAGE))
    return max(1, ceil(participants / limits.PER_PAGE))


def _sizes(db: Session, connection_id: int, session_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Per session how many registrants and participants RingCentral has named or we know."""
    known = (
        select(Registrant.session_id, func.count().label("known"))
        .where(Registrant.connection_id == connection_id, Registrant.session_id.in_(session_ids))
        .group_by(Registrant.session_id)
        .subquery()
    )
    rows = db.execute(
        select(
            WebinarSession.session_id,
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
    return {
        session_id: (max((counted or 0) + (late or 0), here or 0), _whole(raw.get("participantCount")))
        for session_id, raw, counted, late, here in rows
    }


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
