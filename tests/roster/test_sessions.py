"""The roster's sessions on both databases, and what a connection's RingCentral has been seen to do."""

from datetime import datetime, timedelta

import pytest

from rollcall.roster import capabilities, sessions
from rollcall.roster.capabilities import Name
from rollcall.roster.sessions import RegistrationStatus, SeenRegistration, SeenSession
from rollcall.store.database import Store
from tests.databases import NINE, a_connection

HOUR = timedelta(hours=1)


def a_seen(session_id: str = "8001", **changed: object) -> SeenSession:
    """A webinar of tomorrow."""
    fields = {
        "session_id": session_id,
        "webinar_id": "70",
        "title": "Autumn tour",
        "description": None,
        "host_id": None,
        "host_name": None,
        "starts_at": NINE + timedelta(days=1),
        "ends_at": NINE + timedelta(days=1, hours=1),
        "time_zone": "Europe/Berlin",
        "status": "Scheduled",
        "runtime_status": None,
        "raw": {"id": session_id},
    }
    return SeenSession(**{**fields, **changed})  # type: ignore[arg-type]


def keep(store: Store, connection_id: int, *seen: SeenSession, now: datetime = NINE) -> None:
    with store.write() as db:
        sessions.keep(db, connection_id, list(seen), now=now)


def ids(store: Store, connection_id: int) -> list[str]:
    with store.read() as db:
        return [listing.session_id for listing in sessions.all_of(db, connection_id)]


class TestSessions:
    def test_they_come_by_their_start(self, store: Store, connection_id: int) -> None:
        """The picker and the overview show them so."""
        keep(store, connection_id, a_seen("8003"), a_seen("8002", starts_at=NINE), a_seen("8001"))

        assert ids(store, connection_id) == ["8002", "8001", "8003"]

    def test_one_shown_twice_is_one_with_its_latest_data(self, store: Store, connection_id: int) -> None:
        """The list of what comes and the history of what was may both show the one that is running."""
        keep(store, connection_id, a_seen(), a_seen(title="Renamed"))
        keep(store, connection_id, a_seen(title="Renamed again", status="Active"), now=NINE + HOUR)

        with store.read() as db:
            (listing,) = sessions.all_of(db, connection_id)
        assert (listing.session.title, listing.session.status) == ("Renamed again", "Active")
        assert listing.session.read_at == NINE + HOUR

    def test_one_to_come_that_no_list_shows_any_more_has_been_deleted(self, store: Store, connection_id: int) -> None:
        """The past falls out of the lists by itself and stays; another user's sessions are not touched."""
        other = a_connection(store, owner_id="4002")
        long_ago = a_seen("7000", starts_at=NINE - timedelta(days=90), ends_at=NINE - timedelta(days=90))
        keep(store, connection_id, long_ago, a_seen("8001"), a_seen("8002"))
        keep(store, other, a_seen("8002"))

        keep(store, connection_id, a_seen("8001"), now=NINE + HOUR)
        with store.write() as db:
            sessions.close_listing(db, connection_id, begun_at=NINE + HOUR)

        assert ids(store, connection_id) == ["7000", "8001"]
        assert ids(store, other) == ["8002"]

    def test_one_that_comes_back_is_there_again(self, store: Store, connection_id: int) -> None:
        """Rights were taken away and given back."""
        keep(store, connection_id, a_seen())
        with store.write() as db:
            sessions.close_listing(db, connection_id, begun_at=NINE + HOUR)
        assert ids(store, connection_id) == []

        keep(store, connection_id, a_seen(), now=NINE + HOUR)

        assert ids(store, connection_id) == ["8001"]

    @pytest.mark.parametrize(
        ("changed", "is_past"),
        [
            ({}, False),
            ({"status": "Finished"}, True),
            ({"ends_at": NINE - HOUR}, True),
            ({"ends_at": NINE - HOUR, "status": "Active"}, False),
            ({"ends_at": None, "starts_at": None}, False),
        ],
        ids=["tomorrow", "finished early", "over", "runs longer", "no times"],
    )
    def test_it_is_past_when_ringcentral_says_so_or_its_end_lies_behind_us(
        self, store: Store, connection_id: int, changed: dict[str, object], is_past: bool
    ) -> None:
        """Nobody can be registered for it then."""
        keep(store, connection_id, a_seen(**changed))

        with store.read() as db:
            listing = sessions.of(db, connection_id, "8001")
            assert listing is not None
            assert listing.is_past(NINE) is is_past


class TestRegistration:
    def test_it_is_kept_beside_its_session(self, store: Store, connection_id: int) -> None:
        """Read one after the other, in either order; unknown stays unknown."""
        with store.write() as db:
            open_one = SeenRegistration(RegistrationStatus.OPEN, registrant_count=12, suppress_emails=True)
            sessions.keep_registration(db, connection_id, "8001", open_one, now=NINE)
        keep(store, connection_id, a_seen(), a_seen("8002"))

        with store.read() as db:
            read, unread = sessions.all_of(db, connection_id)
        assert read.registration is not None
        assert (read.registration.status, read.registration.registrant_count) == ("Open", 12)
        assert (read.registration.suppress_emails, read.registration.auto_close_limit) == (True, None)
        assert unread.registration is None

    def test_what_is_read_later_replaces_it_whole(self, store: Store, connection_id: int) -> None:
        """A limit that was taken away must not go on counting."""
        with store.write() as db:
            limited = SeenRegistration(RegistrationStatus.OPEN, registrant_count=12, auto_close_limit=50)
            sessions.keep_registration(db, connection_id, "8001", limited, now=NINE)
        with store.write() as db:
            closed = SeenRegistration(RegistrationStatus.CLOSED, registrant_count=13)
            sessions.keep_registration(db, connection_id, "8001", closed, now=NINE + HOUR)
        keep(store, connection_id, a_seen())

        with store.read() as db:
            listing = sessions.of(db, connection_id, "8001")
            assert listing is not None
            known = listing.registration
            assert known is not None
            assert (known.status, known.auto_close_limit, known.read_at) == ("Closed", None, NINE + HOUR)

    def test_a_session_no_list_has_shown_is_not_known(self, store: Store, connection_id: int) -> None:
        """A link from somewhere with an id of another account."""
        keep(store, a_connection(store, owner_id="4002"), a_seen())

        with store.read() as db:
            assert sessions.of(db, connection_id, "8001") is None


class TestCapabilities:
    def test_a_later_sight_replaces_an_earlier_one(self, store: Store, connection_id: int) -> None:
        """RingCentral may change what it does."""
        self.note(store, connection_id, "kept", now=NINE, call_id=1)
        self.note(store, connection_id, "replaced", now=NINE + HOUR, call_id=2)

        with store.read() as db:
            assert capabilities.value_of(db, connection_id, Name.OWN_LINKS) == "replaced"
            seen = capabilities.all_of(db, connection_id)[Name.OWN_LINKS]
            assert (seen.seen_at, seen.call_id) == (NINE + HOUR, 2)

    def test_the_same_again_soon_changes_nothing(self, store: Store, connection_id: int) -> None:
        """Since when it is so, and by which call it was seen, is what the overview says."""
        self.note(store, connection_id, "kept", now=NINE, call_id=1)
        self.note(store, connection_id, "kept", now=NINE + HOUR, call_id=2)

        with store.read() as db:
            seen = capabilities.all_of(db, connection_id)[Name.OWN_LINKS]
            assert (seen.seen_at, seen.call_id) == (NINE, 1)

    def test_a_no_is_tried_again_after_a_day(self, store: Store, connection_id: int) -> None:
        """The right to list the company's webinars was granted, and only a new database would have seen it."""
        found = []
        for hours in (0, 23, 25):
            with store.write() as db:
                found.append(capabilities.is_denied(db, connection_id, Name.COMPANY_LISTS, now=NINE + hours * HOUR))
                capabilities.note(db, connection_id, Name.COMPANY_LISTS, "no", now=NINE + hours * HOUR)
        with store.read() as db:
            found.append(capabilities.is_denied(db, connection_id, Name.COMPANY_LISTS, now=NINE + 26 * HOUR))

        assert found == [None, True, None, True]

    def test_noted_and_asked_in_one_transaction_it_is_the_new_one(self, store: Store, connection_id: int) -> None:
        """The answer that shows it is settled with it."""
        with store.write() as db:
            found = [capabilities.value_of(db, connection_id, Name.OWN_LINKS)]
            for value in ("kept", "refused"):
                capabilities.note(db, connection_id, Name.OWN_LINKS, value, now=NINE)
                found.append(capabilities.value_of(db, connection_id, Name.OWN_LINKS))

        assert found == [None, "kept", "refused"]

    def test_each_connection_has_its_own(self, store: Store, connection_id: int) -> None:
        """Another account may be set up differently."""
        self.note(store, a_connection(store, owner_id="4002"), "kept", now=NINE, call_id=1)

        with store.read() as db:
            assert capabilities.all_of(db, connection_id) == {}

    @staticmethod
    def note(store: Store, connection_id: int, value: str, *, now: datetime, call_id: int) -> None:
        with store.write() as db:
            capabilities.note(db, connection_id, Name.OWN_LINKS, value, now=now, call_id=call_id)
