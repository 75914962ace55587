"""From the roster's rows to the frames that attendance is reckoned from: two queries, no row made an object."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, case, select, type_coerce
from sqlalchemy.orm import Session

from rollcall.attendance.facts import ParticipantsRead, SessionFacts
from rollcall.outbox.states import Kind, Origin, Outcome
from rollcall.roster import readings
from rollcall.roster.readings import FORBIDDEN, ReadingState, What
from rollcall.store.tables import Action, Participant, Reading, Registrant, WebinarSession

_UNKNOWN: int = np.iinfo(np.int64).min  # as numpy and pandas write "not a time"
MOMENTS = ("registered_at", "gone_at", "joined_at", "left_at")


def session_facts(db: Session, connection_id: int, session_id: str, *, now: datetime) -> SessionFacts | None:
    """What is known of a session; None if no list has shown it."""
    session = db.get(WebinarSession, (connection_id, session_id))
    if session is None:
        return None
    listed = readings.last_complete(db, connection_id, What.REGISTRANTS, session_id)
    there = readings.last_complete(db, connection_id, What.PARTICIPANTS, session_id)
    return SessionFacts(
        session_id=session_id,
        title=session.title,
        time_zone=session.time_zone or "UTC",
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        broadcast_start=_moment(session.raw.get("broadcastingStartTime")),
        broadcast_end=_moment(session.raw.get("broadcastingEndTime")),
        status=session.status or "",
        participants_read=_participants_read(db, connection_id, session_id, is_read=there is not None),
        registrants_read_at=listed.begun_at if listed else None,
        participants_read_at=there.begun_at if there else None,
        now=now,
    )


def _participants_read(db: Session, connection_id: int, session_id: str, *, is_read: bool) -> ParticipantsRead:
    if is_read:
        return ParticipantsRead.YES
    is_forbidden = _were_ever_forbidden(db, connection_id, session_id)
    return ParticipantsRead.FORBIDDEN if is_forbidden else ParticipantsRead.NO


def _were_ever_forbidden(db: Session, connection_id: int, session_id: str) -> bool:
    """Whether RingCentral ever refused the participants. Neither asking again nor an outage takes that back."""
    found = db.scalar(
        select(Reading.id)
        .where(
            Reading.connection_id == connection_id,
            Reading.what == What.PARTICIPANTS,
            Reading.session_id == session_id,
            Reading.state == ReadingState.FAILED,
            Reading.error_code == FORBIDDEN,
        )
        .limit(1)
    )
    return found is not None


def _moment(text: Any) -> datetime | None:
    """A time of the API as it stands in the raw JSON; what cannot be read is not known."""
    found = pd.to_datetime(text, utc=True, errors="coerce") if isinstance(text, str) else pd.NaT
    return None if pd.isna(found) else found.to_pydatetime()


def registrants(db: Session, connection_id: int, session_ids: Sequence[str]) -> pd.DataFrame:
    """Everybody ever seen on the lists of these sessions, one row each, with a column `session_id`."""
    ours = (
        select(Action.session_id, Action.registrant_id, Action.origin)
        .where(
            Action.connection_id == connection_id,
            Action.session_id.in_(session_ids),
            Action.kind == Kind.CREATE,
            Action.outcome == Outcome.REGISTERED,
        )
        .distinct()
        .subquery()
    )
    here = case((ours.c.origin == Origin.FORM.value, "form"), (ours.c.origin.is_not(None), "import"), else_="")
    query = (
        select(
            Registrant.session_id,
            Registrant.registrant_id,
            Registrant.email_key,
            Registrant.email,
            Registrant.first_name,
            Registrant.last_name,
            Registrant.source,
            Registrant.external_id,
            _as_stored(Registrant.registered_at),
            Registrant.participant_id,
            Registrant.post_webinar,
            _as_stored(Registrant.gone_at),
            Registrant.join_uri,
            Registrant.cancellation_uri,
            here.label("registered_here"),
        )
        .outerjoin(
            ours, (ours.c.session_id == Registrant.session_id) & (ours.c.registrant_id == Registrant.registrant_id)
        )
        .where(Registrant.connection_id == connection_id, Registrant.session_id.in_(session_ids))
    )
    frame = _frame(db, query)
    return frame.drop_duplicates(["session_id", "registrant_id"], ignore_index=True)


def participants(db: Session, connection_id: int, session_ids: Sequence[str]) -> pd.DataFrame:
    """Every record of somebody's presence in these sessions, one row each, with a column `session_id`."""
    query = select(
        Participant.session_id,
        Participant.participant_id,
        Participant.registrant_id,
        Participant.user_hash,
        Participant.email_key,
        Participant.first_name,
        Participant.last_name,
        Participant.role,
        Participant.original_role,
        _as_stored(Participant.joined_at),
        _as_stored(Participant.left_at),
    ).where(
        Participant.connection_id == connection_id,
        Participant.session_id.in_(session_ids),
        Participant.gone_at.is_(None),
    )
    return _frame(db, query)


def _frame(db: Session, query: Any) -> pd.DataFrame:
    """Rows as columns: texts without None, moments with their zone.

    Column by column: pandas takes three times as long to look at every cell of ten thousand rows itself.
    """
    names = [column["name"] for column in query.column_descriptions]
    rows = db.connection().execute(query).all()  # as rows of the database: nothing is made an object of ours
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pd.DataFrame({name: _column(name, values) for name, values in zip(names, cells, strict=True)})


def _column(name: str, values: Sequence[Any]) -> Any:
    if name in MOMENTS:
        stored = np.array([_UNKNOWN if one is None else one * 1000 for one in values], dtype=np.int64)
        return pd.DatetimeIndex(stored.view("datetime64[us]")).tz_localize("UTC")
    if name == "post_webinar":
        return np.array([bool(one) for one in values], dtype=bool)
    return pd.Series(["" if one is None else one for one in values], dtype=object)


def _as_stored(column: Any) -> Any:
    """A moment as the milliseconds that it is kept in: ten thousand need not become objects on their way to a frame."""
    return type_coerce(column, BigInteger).label(column.key)
