"""Asking for what RingCentral should be read for, and how old is too old."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from components import wording
from rollcall import connections, wiring
from rollcall.attendance.unread import Wish
from rollcall.outbox.states import Lane
from rollcall.roster import readings
from rollcall.roster.readings import ReadingState, What
from rollcall.store.tables import Connection, Reading

GOOD_FOR = timedelta(seconds=60)  # judgement: older, and a page that needs it reads it again
CALLS = {What.SESSIONS: 2, What.REGISTRATION: 1}  # at least; a list is longer than one page only above 1,000 entries


def is_open(reading: Reading | None) -> bool:
    """Whether a reading is filed or running."""
    return reading is not None and reading.state in (ReadingState.WAITING, ReadingState.RUNNING)


def is_wanted(
    read_at: datetime | None,
    latest: Reading | None,
    now: datetime,
    *,
    lane: Lane,
    good_for: timedelta = GOOD_FOR,
) -> bool:
    """Whether something should be asked for: too old or never read, and no attempt as urgent is open or just failed."""
    if latest is not None and is_open(latest):
        return latest.lane > lane
    tried_at = latest.ended_at if latest is not None else None
    newest = max((moment for moment in (read_at, tried_at) if moment is not None), default=None)
    return newest is None or newest < now - good_for


def has_failed(reading: Reading | None) -> bool:
    """Whether the last attempt gave nothing: given up, or being tried again after a failure."""
    return reading is not None and reading.error_code is not None and reading.state != ReadingState.COMPLETE


def hope(words: str) -> str:
    """These words about a reading under way; while nothing can be read, what it waits for."""
    connection = _connection()
    if connection.stopped_reason is not None:
        return wording.READING_STOPPED
    return wording.READING_WAITS if connection.trouble == "unreachable" else words


def is_halted() -> bool:
    """Whether nothing is read before somebody acts: what is wrong stands at the top of the page."""
    return _connection().stopped_reason is not None


def _connection() -> Connection:
    here = wiring.current()
    with here.store.read() as db:
        return connections.of(db, here.connection_id)


def ask(what: What, session_id: str = "", *, lane: Lane = Lane.CLICK) -> None:
    """File a reading and wake the worker."""
    _file([(what, session_id)], lane)


def ask_beside(wishes: Sequence[Wish]) -> None:
    """File many readings, which let imports and clicks go first, and wake the worker."""
    _file([(wish.what, wish.session_id) for wish in wishes], Lane.BACKGROUND)


def _file(wanted: Sequence[tuple[What, str]], lane: Lane) -> None:
    here = wiring.current()
    with here.store.write() as db:
        for what, session_id in wanted:
            readings.ask(db, here.connection_id, what, session_id, lane=lane, asked_by="page", now=here.now())
    here.wake()
