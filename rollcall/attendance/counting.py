"""Makes the tallies of sessions, and makes them again when what they were made from has changed; see `due`.

Reckoned in a view that blocks nobody, and written in one short transaction: beside the worker, SQLite has one lock.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import delete
from sqlalchemy.orm import Session

from rollcall.attendance import reckoning
from rollcall.attendance.due import due
from rollcall.attendance.matching import Attendance, Standing
from rollcall.attendance.minutes import spread
from rollcall.attendance.sources import COUNTS
from rollcall.store.database import Store, insert_ignoring_many, upsert
from rollcall.store.tables import SessionTally, SourceTally

logger = logging.getLogger(__name__)

SESSIONS_AT_ONCE = 10
PEOPLE_AT_ONCE = 5_000  # judgement: about a tenth of a second; the session that goes beyond it is the last of its turn
HELD = ("registrants_reading_id", "participants_reading_id", "status", "ends_at")  # what a tally names and holds for
LONGEST_MEDIAN = 366 * 24 * 60  # minutes; beyond it a clock was wrong, and in a century the column is full


@dataclass(frozen=True, slots=True)
class Turn:
    """How many tallies a turn made, and the session at which it ended because its tally could not be; "": none."""

    made: int
    failed: str = ""


@dataclass(frozen=True, slots=True)
class _Tally:
    """The rows to be written, of one session."""

    session: dict[str, Any]
    sources: list[dict[str, Any]]
    people: int


def bring_up_to_date(
    store: Store,
    connection_id: int,
    *,
    now: datetime,
    at_most: int = SESSIONS_AT_ONCE,
    people: int = PEOPLE_AT_ONCE,
    but_not: Collection[str] = (),
) -> Turn:
    """Make the tallies that are missing or no longer hold, the latest sessions first.

    One query and no write where nothing is to be made. A session that is being read waits for the end of its reading.
    What goes wrong with one session is logged without its message, which may name people, and costs no other its tally.

    Args:
        at_most: sessions in this turn.
        people: registrants in this turn; at least one session is made, however large.
        but_not: sessions to leave alone.
    """
    with store.read() as db:
        found = due(db, connection_id, now=now, at_most=at_most, but_not=but_not)
    made = 0
    for session_id in [row["session_id"] for row in found]:
        try:
            tally = _reckoned(store, connection_id, session_id, now=now)
            if tally is None:
                continue
            made += _kept(store, tally, now=now)
        except Exception as error:  # noqa: BLE001 (whatever it is, the other sessions have nothing to do with it)
            logger.error("the tally of a session could not be made: %s", type(error).__name__)
            return Turn(made, failed=session_id)
        people -= tally.people
        if people <= 0:
            break
    return Turn(made)


def _reckoned(store: Store, connection_id: int, session_id: str, *, now: datetime) -> _Tally | None:
    """The tally as of one view of the store; None: it is not due any more."""
    with store.read() as db:
        found = due(db, connection_id, now=now, at_most=1, session_ids=[session_id])
        attendance = reckoning.of_session(db, connection_id, session_id, now=now) if found else None
    if attendance is None:
        return None
    key = {"connection_id": connection_id, "session_id": session_id}
    holds = {name: found[0][name] for name in HELD}
    sources = [key | one for one in _by_raw(attendance.people)]
    return _Tally(key | holds | _row(attendance, now), sources, len(attendance.people))


def _row(attendance: Attendance, now: datetime) -> dict[str, Any]:
    counts, median = attendance.counts, spread(attendance).median
    is_credible = median is not None and median <= LONGEST_MEDIAN
    return {
        "counted_at": now,
        **{name: getattr(counts, name) for name in (*COUNTS, "on_demand")},
        "median_seconds": round(median * 60) if median is not None and is_credible else None,
        "provisional": [why.value for why in attendance.provisional],
    }


def _by_raw(people: pd.DataFrame) -> list[dict[str, Any]]:
    """A row per source as received, with who came."""
    if people.empty:
        return []
    found = pd.crosstab(people["source_raw"].to_numpy(object), people["standing"].to_numpy(object))
    found = found.reindex(columns=[one.value for one in Standing], fill_value=0)
    return [
        {
            "raw_hash": hashlib.sha256(str(raw).encode()).hexdigest(),
            "raw": str(raw),
            "registered": sum(counts),
            **dict(zip(found.columns, counts, strict=True)),
        }
        for raw, *counts in found.astype(int).itertuples(name=None)
    ]


def _kept(store: Store, tally: _Tally, *, now: datetime) -> bool:
    """Write it, unless what it holds for is another by now; whether it was written."""
    with store.write() as db:
        if not _still_holds(db, tally, now):
            return False
        _keep(db, tally)
    return True


def _still_holds(db: Session, tally: _Tally, now: datetime) -> bool:
    row = tally.session
    found = due(db, row["connection_id"], now=now, at_most=1, session_ids=[row["session_id"]])
    return bool(found) and all(found[0][name] == row[name] for name in HELD)


def _keep(db: Session, tally: _Tally) -> None:
    """The session's row first: whoever else keeps the same tally on PostgreSQL waits there, and replaces all of it."""
    row = tally.session
    upsert(db, SessionTally, [row], key=("connection_id", "session_id"))
    db.execute(
        delete(SourceTally)
        .where(SourceTally.connection_id == row["connection_id"], SourceTally.session_id == row["session_id"])
        .execution_options(synchronize_session=False)
    )
    insert_ignoring_many(db, SourceTally, tally.sources)
