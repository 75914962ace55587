"""What each session came to, as the store keeps it: many sessions are compared without their people.

`counting` makes these tallies, `due` says which are missing or no longer hold. A tally is there for every session whose
registrants were read to their end; sources stand in it as they were received, so that merging names changes none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import RowMapping, and_, func, select
from sqlalchemy.orm import Session, aliased

from rollcall.attendance.due import tally_of
from rollcall.attendance.facts import ParticipantsRead
from rollcall.attendance.matching import Provisional
from rollcall.attendance.rates import wilson_each
from rollcall.attendance.sources import COUNTS, named
from rollcall.roster.readings import ReadingState
from rollcall.roster.sessions import WITHOUT_LIST
from rollcall.store.tables import Reading, RegistrationSettings, SessionTally, SourceTally, WebinarSession

UNSETTLED = frozenset(
    {
        Provisional.NOT_OVER,
        Provisional.NEVER_STARTED,
        Provisional.NOT_READ,
        Provisional.READ_BEFORE_END,
        Provisional.REGISTRANTS_NOT_READ_SINCE,
    }
)


class State(StrEnum):
    """Where a session stands, as far as the lists of sessions tell."""

    TO_COME = "to_come"
    RUNNING = "running"
    OVER = "over"
    NEVER_STARTED = "never_started"  # its planned end has passed, and a list read since still has it as Scheduled


def sessions(
    db: Session, connection_id: int, session_ids: Sequence[str] | None = None, *, now: datetime
) -> pd.DataFrame:
    """A row per session that is there, the earliest first; of these, or None: of all.

    Columns: session_id, title, time_zone (text), starts_at, ends_at, counted_at, registrants_read_at,
    participants_read_at (UTC, NaT: none), state (a `State`), participants_read (a `ParticipantsRead`), has_list (bool:
    people can be registered for it, or that is not known), is_counted,
    is_settled (bool: it took place, is over, and who came was read since: only these may be compared), provisional (a
    tuple of `Provisional`), and, NaN where it is not known: registered, attended, absent, cancelled, not_yet_known,
    on_demand (people), median_minutes (an upper bound), rate, low, high (parts of 1, of registered; "so far" while
    not_yet_known is above 0).
    """
    rows = db.execute(_rows(connection_id, session_ids)).mappings().all()
    found = pd.DataFrame([_session(row, now) for row in rows], columns=list(_COLUMNS)).astype(_COLUMNS)
    return _rated(found)


_MOMENT = "datetime64[ms, UTC]"
_COLUMNS: dict[str, Any] = {
    **dict.fromkeys(("session_id", "title", "time_zone", "state", "participants_read", "provisional"), object),
    **dict.fromkeys(("starts_at", "ends_at", "counted_at", "registrants_read_at", "participants_read_at"), _MOMENT),
    **dict.fromkeys(("has_list", "is_counted", "is_settled"), bool),
    **dict.fromkeys((*COUNTS, "on_demand", "median_minutes"), float),
}


def _rows(connection_id: int, session_ids: Sequence[str] | None) -> Any:
    listed, there = aliased(Reading), aliased(Reading)
    query = (
        select(
            WebinarSession.session_id,
            WebinarSession.title,
            WebinarSession.time_zone,
            WebinarSession.starts_at,
            WebinarSession.ends_at,
            WebinarSession.status,
            WebinarSession.read_at,
            RegistrationSettings.status.label("registration"),
            *(getattr(SessionTally, name) for name in (*COUNTS, "on_demand", "median_seconds", "counted_at")),
            SessionTally.provisional,
            listed.begun_at.label("registrants_read_at"),
            there.begun_at.label("participants_read_at"),
            there.state.label("participants_state"),
        )
        .outerjoin(SessionTally, tally_of(connection_id, WebinarSession.session_id))
        .outerjoin(
            RegistrationSettings,
            and_(
                RegistrationSettings.connection_id == connection_id,
                RegistrationSettings.session_id == WebinarSession.session_id,
            ),
        )
        .outerjoin(listed, listed.id == SessionTally.registrants_reading_id)
        .outerjoin(there, there.id == SessionTally.participants_reading_id)
        .where(WebinarSession.connection_id == connection_id, WebinarSession.gone_at.is_(None))
        .order_by(WebinarSession.starts_at.is_not(None), WebinarSession.starts_at, WebinarSession.session_id)
    )
    return query if session_ids is None else query.where(WebinarSession.session_id.in_(session_ids))


def _session(row: RowMapping, now: datetime) -> dict[str, Any]:
    provisional = tuple(Provisional(why) for why in row["provisional"] or ())
    state = _state(row, now)
    is_counted = row["counted_at"] is not None
    is_read = row["participants_state"] == ReadingState.COMPLETE
    median = row["median_seconds"]
    return {
        **{name: row[name] for name in _COLUMNS if name in row},
        "time_zone": row["time_zone"] or "UTC",
        "state": state,
        "has_list": row["registration"] not in WITHOUT_LIST,
        "is_counted": is_counted,
        "is_settled": is_counted and state is State.OVER and not UNSETTLED.intersection(provisional),
        "provisional": provisional,
        "participants_read": _participants_read(row["participants_state"]),
        "participants_read_at": row["participants_read_at"] if is_read else None,
        "median_minutes": None if median is None else median / 60,
    }


def _participants_read(state: str | None) -> ParticipantsRead:
    if state is None:
        return ParticipantsRead.NO
    return ParticipantsRead.YES if state == ReadingState.COMPLETE else ParticipantsRead.FORBIDDEN


def _state(row: RowMapping, now: datetime) -> State:
    status, starts_at, ends_at = row["status"] or "", row["starts_at"], row["ends_at"]
    if status == "Finished":
        return State.OVER
    if status == "Active":
        return State.RUNNING
    if ends_at is not None and ends_at < now:
        return State.NEVER_STARTED if status == "Scheduled" and row["read_at"] > ends_at else State.OVER
    return State.RUNNING if starts_at is not None and starts_at <= now else State.TO_COME


def _rated(found: pd.DataFrame) -> pd.DataFrame:
    """With rate and interval, where of anybody it is known whether they came."""
    registered, attended = found["registered"], found["attended"]
    is_known = found["is_counted"] & ((attended + found["absent"] > 0) | (found["not_yet_known"] == 0))
    is_known &= (registered > 0) & (found["is_settled"] | (found["state"] == State.RUNNING))
    low, high = wilson_each(attended.fillna(0).to_numpy(np.int64), registered.fillna(0).to_numpy(np.int64))
    rates = {"rate": (attended / registered.where(registered > 0)).to_numpy(float), "low": low, "high": high}
    return found.assign(**{name: np.where(is_known, values, np.nan) for name, values in rates.items()})


def by_spelling(db: Session, connection_id: int, session_ids: Sequence[str] | None = None) -> pd.DataFrame:
    """A row per session and source as received ("" = none): session_id, raw, and the counts of `sources.COUNTS`.

    Of these sessions, or None: of all that are there. Leave to SQL what is only summed up: see `spellings`.
    """
    columns: list[Any] = [SourceTally.session_id, SourceTally.raw, *(getattr(SourceTally, name) for name in COUNTS)]
    query = _there(select(*columns), connection_id, session_ids).order_by(SourceTally.session_id, SourceTally.raw_hash)
    return pd.DataFrame(db.execute(query).all(), columns=["session_id", "raw", *COUNTS]).astype(
        {"session_id": object, "raw": object} | dict.fromkeys(COUNTS, "int64")
    )


def spellings(db: Session, connection_id: int, session_ids: Sequence[str] | None = None) -> pd.DataFrame:
    """A row per source as received, over all these sessions: raw, sessions (how many), and the counts, most first."""
    registered = func.sum(SourceTally.registered)
    columns: list[Any] = [
        func.min(SourceTally.raw),
        func.count(),
        *(func.sum(getattr(SourceTally, name)) for name in COUNTS),
    ]
    query = _there(select(*columns), connection_id, session_ids).group_by(SourceTally.raw_hash)
    rows = db.execute(query.order_by(registered.desc(), func.min(SourceTally.raw))).all()
    return pd.DataFrame(rows, columns=["raw", "sessions", *COUNTS]).astype(
        {"raw": object} | dict.fromkeys(("sessions", *COUNTS), "int64")
    )


def _there(query: Any, connection_id: int, session_ids: Sequence[str] | None) -> Any:
    session = and_(
        WebinarSession.connection_id == SourceTally.connection_id, WebinarSession.session_id == SourceTally.session_id
    )
    query = query.join(WebinarSession, session).where(
        SourceTally.connection_id == connection_id, WebinarSession.gone_at.is_(None)
    )
    return query if session_ids is None else query.where(SourceTally.session_id.in_(session_ids))


def by_source(db: Session, connection_id: int, session_ids: Sequence[str], decided: Mapping[str, str]) -> pd.DataFrame:
    """A row per session and source as it counts: session_id, source (`sources.NONE` for none), and the counts.

    Args:
        decided: spelling → the name it counts as, from `source_names.names`; others count as themselves.
    """
    found = by_spelling(db, connection_id, session_ids)
    source = named(found["raw"].map(lambda raw: decided.get(raw, raw)).astype(object))
    return (
        found.assign(source=source)
        .groupby(["session_id", "source"], as_index=False, sort=True)[list(COUNTS)]
        .sum()
        .astype(dict.fromkeys(COUNTS, "int64"))
    )
