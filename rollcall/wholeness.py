"""Whether a list of several pages was whole: nobody came or left between two of its pages.

Where pages go by position, whoever is cancelled on a page that was read moves everybody behind up by one, and the
first of the next page is shown on neither. A list of one page is whole. One of several is whole if it showed as many as
RingCentral counted just before it, and those who came since; a list that leaves nobody out who was known needs no
count where every call delays an import. Any other is read again, so often, and then only those are gone whom none of
these passes showed.

How RingCentral cuts its pages is not documented, nor whether its count takes in those who registered for the recording.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from rollcall.outbox.states import Lane
from rollcall.ringcentral import limits
from rollcall.ringcentral.models import RegistrationSession
from rollcall.roster import readings, registrants, sessions
from rollcall.roster.readings import What
from rollcall.store.tables import Reading, Registrant

MOST_PASSES = 3  # judgement: people who come and go so fast are there again, or gone, when it is read next
CLOCKS_APART = timedelta(seconds=10)  # judgement: RingCentral dates who registers, we date the count
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over the pages of a session's registrants, as the reading's row keeps it.

    Attributes:
        number: 1 for the first.
        since: when it began, in milliseconds since 1970 UTC.
        counts: whether the next call asks how many there are.
        counted: how many RingCentral said there were; None: not asked, or not told.
        late: how many of them, or beside them, registered for the recording.
        page_tokens: the pages met so far; the last is to be fetched.
    """

    number: int = 1
    since: int = 0
    counts: bool = False
    counted: int | None = None
    late: int = 0
    page_tokens: tuple[str, ...] = ()

    @classmethod
    def first(cls, db: Session, reading: Reading, *, now: datetime) -> Pass:
        """How a reading begins: with a count where several pages are to be expected and nobody's import waits."""
        waits = reading.lane in (Lane.BATCH, Lane.SETTLE_CLICK)
        return cls(since=_milliseconds(now), counts=not waits and _may_be_long(db, reading))

    @classmethod
    def of(cls, reading: Reading) -> Pass:
        """Where a running reading is."""
        place = dict(reading.cursor or {})
        return cls(**place | {"page_tokens": tuple(place.get("page_tokens", ()))})

    def to_json(self) -> dict[str, Any]:
        """For the reading's row."""
        return asdict(self) | {"page_tokens": list(self.page_tokens)}

    @property
    def begun_at(self) -> datetime:
        """When it began."""
        return _EPOCH + timedelta(milliseconds=self.since)

    def told(self, answer: RegistrationSession | None, *, now: datetime) -> Pass:
        """RingCentral has counted, None: it would not; the pages follow."""
        counted = answer.registrant_count if answer else None
        late = (answer.post_webinar_registrant_count if answer else None) or 0
        return replace(self, counts=False, counted=counted, late=late, since=_milliseconds(now))

    def again(self, *, now: datetime) -> Pass:
        """The next pass: it counts first."""
        return Pass(number=self.number + 1, since=_milliseconds(now), counts=True)


def is_whole(db: Session, reading: Reading, here: Pass) -> bool:
    """Whether the pass that has just shown its last page left nobody out."""
    if not here.page_tokens:
        return True
    may_miss = _is_first(db, reading) or _left_out(db, reading, here) > 0
    if here.counted is None:
        return here.number == 1 and not may_miss
    about = Registrant.registered_at.between(here.begun_at - CLOCKS_APART, here.begun_at + CLOCKS_APART)
    if may_miss and _shown(db, reading, here, about):
        return False  # counted or not: somebody who was passed over may be short by just as many
    shown = _shown(db, reading, here)
    came = _shown(db, reading, here, Registrant.registered_at >= here.begun_at)
    return shown - came in (here.counted, here.counted + here.late)


def _may_be_long(db: Session, reading: Reading) -> bool:
    known = sessions.registration_of(db, reading.connection_id, reading.session_id)
    if known is None or known.registrant_count is None:
        return _is_first(db, reading)
    counted = known.registrant_count + (known.post_webinar_registrant_count or 0)
    return max(counted, registrants.on_list(db, reading.connection_id, reading.session_id)) > limits.PER_PAGE


def _is_first(db: Session, reading: Reading) -> bool:
    return readings.last_complete(db, reading.connection_id, What.REGISTRANTS, reading.session_id) is None


def _shown(db: Session, reading: Reading, here: Pass, *more: ColumnElement[bool]) -> int:
    shown = and_(Registrant.seen_reading_id == reading.id, Registrant.seen_at >= here.begun_at)
    return _count(db, reading, shown, *more)


def _left_out(db: Session, reading: Reading, here: Pass) -> int:
    unseen = Registrant.seen_at < here.begun_at - registrants.STORED_LATE
    return _count(db, reading, Registrant.gone_at.is_(None), unseen)


def _count(db: Session, reading: Reading, *which: ColumnElement[bool]) -> int:
    of_session = (Registrant.connection_id == reading.connection_id, Registrant.session_id == reading.session_id)
    return db.scalar(select(func.count()).select_from(Registrant).where(*of_session, *which)) or 0


def _milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)
