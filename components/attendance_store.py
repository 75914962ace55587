"""A session's attendance from the store, reckoned once for what is stored and again when any of it is another."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rollcall import wiring
from rollcall.attendance import frames, rates, reckoning
from rollcall.attendance.matching import Attendance
from rollcall.attendance.rates import Finding
from rollcall.attendance.run_up import RunUp, earlier_arrivals, run_up
from rollcall.roster import readings
from rollcall.roster.readings import ReadingState, What
from rollcall.store.tables import Participant, Reading, Registrant, SourceName, WebinarSession

KEPT = 8  # sessions; some megabytes each with 10,000 people

Mark = tuple[Any, ...]


def of_session(session_id: str) -> Attendance | None:
    """The session as it is known now; None if no list has shown it. What goes on is reckoned anew every time."""
    here = wiring.current()
    with here.store.read() as db:
        facts = frames.session_facts(db, here.connection_id, session_id, now=here.now())
        if facts is None:
            return None
        if not facts.is_over:
            return reckoning.of_session(db, here.connection_id, session_id, now=here.now())
        mark = _mark(db, here.connection_id, session_id)
    return _reckoned(str(here.store.engine.url), here.connection_id, session_id, mark)


@st.cache_resource(max_entries=KEPT, show_spinner=False)  # not copied for each run: nobody changes it
def _reckoned(address: str, connection_id: int, session_id: str, mark: Mark) -> Attendance | None:
    here = wiring.current()
    with here.store.read() as db:
        return reckoning.of_session(db, connection_id, session_id, now=here.now())


def _mark(db: Session, connection_id: int, session_id: str) -> Mark:
    """Everything that attendance depends on once a session is over: another mark, another reckoning."""
    session = db.get_one(WebinarSession, (connection_id, session_id))
    people = select(
        func.count(), func.count(Registrant.gone_at), func.max(Registrant.seen_at), func.max(Registrant.gone_at)
    ).where(Registrant.connection_id == connection_id, Registrant.session_id == session_id)
    records = select(
        func.count(), func.count(Participant.gone_at), func.max(Participant.seen_at), func.max(Participant.gone_at)
    ).where(Participant.connection_id == connection_id, Participant.session_id == session_id)
    decided = select(func.count(), func.max(SourceName.decided_at)).where(SourceName.connection_id == connection_id)
    return (
        session.read_at,
        *(_state(db, connection_id, what, session_id) for what in (What.REGISTRANTS, What.PARTICIPANTS)),
        *(tuple(db.execute(query).one()) for query in (people, records, decided)),
    )


def _state(db: Session, connection_id: int, what: What, session_id: str) -> Mark:
    last = readings.last_complete(db, connection_id, what, session_id)
    latest = readings.latest(db, connection_id, what, session_id)
    return (last.id if last else None, latest.state if latest else None, latest.error_code if latest else None)


def run_up_of(found: Attendance) -> RunUp | None:
    """How its registrations came in, against the sessions before it; None: its start is not known."""
    facts, here = found.facts, wiring.current()
    if facts.starts_at is None:
        return None
    with here.store.read() as db:
        read = db.scalar(
            select(func.max(Reading.id)).where(
                Reading.connection_id == here.connection_id,
                Reading.what == What.REGISTRANTS,
                Reading.state == ReadingState.COMPLETE,
            )
        )
    address = str(here.store.engine.url)
    earlier = _earlier(address, here.connection_id, facts.starts_at, read)
    registered_at = found.people["registered_at"]
    known_until = facts.registrants_read_at or facts.now
    return run_up(registered_at, facts.starts_at, known_until=known_until, earlier=list(earlier.values()))


@st.cache_data(max_entries=100, show_spinner=False)
def _earlier(
    address: str, connection_id: int, starts_at: datetime, last_reading: int | None
) -> dict[str, dict[int, int]]:
    with wiring.current().store.read() as db:
        return earlier_arrivals(db, connection_id, starts_at)


@st.cache_data(max_entries=100, show_spinner=False)
def findings(sources: pd.DataFrame) -> tuple[Finding, ...]:
    """What may be said of the differences between sources: many thousand comparisons where there are hundreds."""
    return rates.compare(sources)
