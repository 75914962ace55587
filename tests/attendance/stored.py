"""A session as its readings left it in a real store, for the tests that go from there to the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rollcall.attendance import reckoning
from rollcall.attendance.matching import Attendance
from rollcall.outbox.states import Lane
from rollcall.person import email_key
from rollcall.roster import participants, readings, registrants, sessions
from rollcall.roster.participants import SeenParticipant
from rollcall.roster.readings import What
from rollcall.roster.registrants import Seen
from rollcall.roster.sessions import SeenSession
from rollcall.store.database import Store
from rollcall.store.tables import Reading
from tests.attendance.examples import ELEVEN, NEXT_DAY, TEN, at

SESSION = "8001"


def a_registrant(number: int = 1, *, name: str = "", email: str | None = None, **fields: Any) -> Seen:
    """Somebody on the list, `number` telling them from others; registered a week before."""
    address = f"person{number}@example.com" if email is None else email
    given: dict[str, Any] = {
        "registrant_id": f"r-{number}",
        "email": address,
        "email_key": email_key(address),
        "first_name": name or "Ada",
        "last_name": f"Lovelace {number}",
        "source": None,
        "external_id": None,
        "join_uri": None,
        "cancellation_uri": None,
        "registered_at": TEN - timedelta(days=7),
        "participant_id": None,
        "post_webinar": False,
        "raw": {},
    }
    return Seen(**given | fields)


def a_participant(
    number: int = 1, *, of: int | None = None, joined: float | None = 0, left: float | None = 60, **fields: Any
) -> SeenParticipant:
    """A record of the registrant `of`, in minutes of the broadcast; None: it names nobody, or has no such time."""
    given: dict[str, Any] = {
        "participant_id": f"p-{number}",
        "registrant_id": None if of is None else f"r-{of}",
        "email_key": None,
        "user_hash": None,
        "first_name": "Ada",
        "last_name": "Lovelace",
        "role": "Attendee",
        "original_role": "Attendee",
        "joined_at": None if joined is None else at(joined),
        "left_at": None if left is None else at(left),
        "raw": {},
    }
    return SeenParticipant(**given | fields)


@dataclass(frozen=True, slots=True)
class Stored:
    """One session in a store. Each method is something that happened, in the order of the calls."""

    store: Store
    connection_id: int
    session_id: str = SESSION

    def session(
        self,
        *,
        status: str = "Finished",
        title: str = "Spring",
        starts_at: datetime | None = TEN - timedelta(minutes=15),
        ends_at: datetime | None = ELEVEN,
        broadcast: tuple[datetime | None, datetime | None] = (TEN, ELEVEN),
        seen_at: datetime = NEXT_DAY,
    ) -> None:
        """A list of sessions showed it."""
        times = zip(("broadcastingStartTime", "broadcastingEndTime"), broadcast, strict=True)
        shown = SeenSession(
            session_id=self.session_id,
            webinar_id=f"7{self.session_id}",
            title=title,
            description=None,
            host_id=None,
            host_name=None,
            starts_at=starts_at,
            ends_at=ends_at,
            time_zone="Europe/Berlin",
            status=status,
            runtime_status=None,
            raw={name: moment.isoformat() for name, moment in times if moment is not None},
        )
        with self.store.write() as db:
            sessions.keep(db, self.connection_id, [shown], now=seen_at)

    def list_registrants(self, *seen: Seen, begun_at: datetime = NEXT_DAY) -> None:
        """The list of registrants was read to its end, and showed these."""
        reading_id = self._begun(What.REGISTRANTS, begun_at)
        with self.store.write() as db:
            reading = db.get_one(Reading, reading_id)
            registrants.keep(db, self.connection_id, self.session_id, list(seen), now=begun_at, reading=reading)
            registrants.close_listing(db, reading)
            readings.turn_page(db, reading, cursor=None, records=len(seen), now=begun_at)

    def list_participants(self, *seen: SeenParticipant, begun_at: datetime = NEXT_DAY) -> None:
        """The history was read to its end, and showed these."""
        reading_id = self._begun(What.PARTICIPANTS, begun_at)
        with self.store.write() as db:
            reading = db.get_one(Reading, reading_id)
            participants.keep(db, reading, list(seen), now=begun_at)
            participants.close_listing(db, reading)
            readings.turn_page(db, reading, cursor=None, records=len(seen), now=begun_at)

    def forbid_participants(self, *, begun_at: datetime = NEXT_DAY) -> None:
        """RingCentral shows who came to the host only."""
        reading_id = self._begun(What.PARTICIPANTS, begun_at)
        with self.store.write() as db:
            reading = db.get_one(Reading, reading_id)
            readings.fail(db, reading, code=readings.FORBIDDEN, message="", again=False, now=begun_at)

    def reckoned(self, *, now: datetime = NEXT_DAY) -> Attendance:
        """What a page would show."""
        with self.store.read() as db:
            found = reckoning.of_session(db, self.connection_id, self.session_id, now=now)
        assert found is not None
        return found

    def _begun(self, what: What, begun_at: datetime) -> int:
        with self.store.write() as db:
            reading_id = readings.ask(
                db, self.connection_id, what, self.session_id, lane=Lane.BACKGROUND, asked_by="test", now=begun_at
            )
            readings.begin(db, db.get_one(Reading, reading_id), cursor={}, now=begun_at)
        return reading_id


def people(numbers: Sequence[int], **fields: Any) -> list[Seen]:
    """Several registrants."""
    return [a_registrant(number, **fields) for number in numbers]
