"""Who of a session's registrants had registered before: from the store, and only as far as it is known."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import event

from rollcall.attendance import earlier
from rollcall.attendance.earlier import Earlier
from rollcall.outbox.states import Lane
from rollcall.roster import readings, registrants, sessions
from rollcall.roster.readings import What
from rollcall.roster.sessions import RegistrationStatus, SeenSession
from rollcall.store.database import Store
from rollcall.store.tables import Reading, WebinarSession
from tests.attendance.stored import a_registrant
from tests.databases import NINE, a_connection

DAY = timedelta(days=1)


def held(
    store: Store, connection_id: int, session_id: str, starts_at: datetime | None, *numbers: int, read: bool = True
) -> None:
    """A session with these people, whose list of registrants was read to its end or never."""
    seen = SeenSession(
        session_id=session_id, webinar_id=None, title="", description=None, host_id=None, host_name=None,
        starts_at=starts_at, ends_at=None, time_zone=None, status=None, runtime_status=None, raw={},
    )  # fmt: skip
    with store.write() as db:
        sessions.keep(db, connection_id, [seen], now=NINE)
        registrants.keep(db, connection_id, session_id, [a_registrant(number) for number in numbers], now=NINE)
        if read:
            reading_id = readings.ask(
                db, connection_id, What.REGISTRANTS, session_id, lane=Lane.BACKGROUND, asked_by="test", now=NINE
            )
            reading = db.get_one(Reading, reading_id)
            readings.begin(db, reading, cursor={}, now=NINE)
            readings.turn_page(db, reading, cursor=None, records=len(numbers), now=NINE)


def of(store: Store, connection_id: int, session_id: str = "now") -> Earlier:
    with store.read() as db:
        return earlier.of_session(db, connection_id, session_id)


def numbers(found: Earlier) -> set[str]:
    return {key.removeprefix("person").partition("@")[0] for key in found.email_keys}


class TestOfSession:
    def test_who_was_there_before_is_known_by_the_address(self, store: Store, connection_id: int) -> None:
        """Of all who ever registered only those who are here again."""
        held(store, connection_id, "now", NINE, 1, 2, 3)
        held(store, connection_id, "before", NINE - DAY, 2, 9)
        held(store, connection_id, "long ago", NINE - 90 * DAY, 3)

        found = of(store, connection_id)

        assert numbers(found) == {"2", "3"}
        assert (found.read, found.unread) == (2, 0)

    def test_a_later_session_makes_nobody_returning(self, store: Store, connection_id: int) -> None:
        """Looked at a year later, whoever was new then is still new then."""
        held(store, connection_id, "now", NINE, 1)
        held(store, connection_id, "later", NINE + DAY, 1)
        held(store, connection_id, "some time", None, 1)

        assert of(store, connection_id) == Earlier(frozenset(), 0, 0)

    def test_without_a_read_list_nothing_is_known(self, store: Store, connection_id: int) -> None:
        """Two people whom this app registered are no list: the others would all be called new."""
        held(store, connection_id, "now", NINE, 1, 2)
        held(store, connection_id, "before", NINE - DAY, 1, read=False)

        found = of(store, connection_id)

        assert found.known_before is None
        assert (found.read, found.unread) == (0, 1)

    def test_what_nobody_can_read_is_not_called_unread(self, store: Store, connection_id: int) -> None:
        """Deleted before it began, or an all-hands webinar: "not read yet" would be said of it for ever."""
        held(store, connection_id, "now", NINE, 1)
        held(store, connection_id, "deleted", NINE - DAY, read=False)
        held(store, connection_id, "all hands", NINE - DAY, read=False)
        held(store, connection_id, "read, then deleted", NINE - DAY, 1)
        with store.write() as db:
            for session_id in ("deleted", "read, then deleted"):
                db.get_one(WebinarSession, (connection_id, session_id)).gone_at = NINE - 2 * DAY
            off = sessions.SeenRegistration(RegistrationStatus.OFF)
            sessions.keep_registration(db, connection_id, "all hands", off, now=NINE)

        found = of(store, connection_id)

        assert (found.read, found.unread) == (1, 0)

    def test_what_is_known_of_an_unread_session_counts_beside_a_read_one(
        self, store: Store, connection_id: int
    ) -> None:
        """Whoever is known to have been there is not new, and the unread session is told."""
        held(store, connection_id, "now", NINE, 1, 2)
        held(store, connection_id, "before", NINE - DAY, 1, read=False)
        held(store, connection_id, "long ago", NINE - 2 * DAY)

        found = of(store, connection_id)

        assert numbers(found) == {"1"}
        assert (found.read, found.unread) == (1, 1)

    def test_another_connection_knows_nobody_here(self, store: Store, connection_id: int) -> None:
        """Two accounts in one database, as with a demo beside the real thing."""
        other = a_connection(store, owner_id="other", credential_hash="other")
        held(store, connection_id, "now", NINE, 1)
        held(store, other, "before", NINE - DAY, 1)

        assert of(store, connection_id) == Earlier(frozenset(), 0, 0)

    def test_a_session_that_no_list_has_shown_has_no_history(self, store: Store, connection_id: int) -> None:
        """An address that somebody typed."""
        assert of(store, connection_id, "404") == Earlier(frozenset(), 0, 0)

    def test_people_are_one_query_whatever_their_number(self, store: Store, connection_id: int) -> None:
        """200 sessions of 2,000 people would be 400,000 addresses to carry and throw away."""
        held(store, connection_id, "now", NINE, *range(50))
        for number in range(5):
            held(store, connection_id, f"before {number}", NINE - (number + 1) * DAY, *range(50))
        asked: list[str] = []
        event.listen(store.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))

        found = of(store, connection_id)

        assert len(found.email_keys) == 50
        assert sum("registrant" in query and "reading" not in query for query in asked) == 1

    def test_nobody_shows_in_its_repr(self, store: Store, connection_id: int) -> None:
        """It may end in a log."""
        held(store, connection_id, "now", NINE, 1)
        held(store, connection_id, "before", NINE - DAY, 1)

        assert "person" not in repr(of(store, connection_id))
