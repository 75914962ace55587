"""Connections on both databases: whose rows these are. A row of one is never sent with the credentials of another."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from rollcall import callbook, connections, lease
from rollcall.connections import DEMO_SERVER, Account, account
from rollcall.outbox.states import Lane
from rollcall.roster import capabilities, readings
from rollcall.roster.capabilities import Name
from rollcall.roster.readings import What
from rollcall.store.database import Store
from rollcall.store.tables import Connection
from tests.databases import NINE
from tests.outbox.rows import a_person, on_the_list, register, the

SERVER = "https://platform.ringcentral.com"
LATER = NINE + timedelta(hours=1)
SCOPES = ("ReadWebinars", "EditWebinars")


def live(secret: str = "jwt-1", *, client_id: str = "app-1", server_url: str = SERVER) -> Account:
    return account("live", server_url, client_id, "client-secret", secret)


def find_or_make(store: Store, who: Account) -> int:
    with store.write() as db:
        return connections.find_or_make(db, who, now=NINE)


def sign_in(store: Store, connection_id: int, owner_id: str = "4001") -> int:
    with store.write() as db:
        return connections.signed_in(db, connection_id, owner_id=owner_id, account_id="400", scopes=SCOPES, now=LATER)


def all_ids(store: Store) -> list[int]:
    with store.read() as db:
        return list(db.scalars(select(Connection.id).order_by(Connection.id)))


class TestWhoIsWho:
    def test_the_same_credentials_are_the_same_connection(self, store: Store) -> None:
        """Every start, before and after the first sign-in."""
        first = find_or_make(store, live())
        assert find_or_make(store, live()) == first
        sign_in(store, first)

        assert find_or_make(store, live()) == first
        assert all_ids(store) == [first]

    def test_a_new_jwt_of_the_same_user_and_app_is_the_same_connection(self, store: Store) -> None:
        """JWTs expire and are replaced: imports and people must still be there. The sign-in tells."""
        old = sign_in(store, find_or_make(store, live("jwt-1")))
        new = find_or_make(store, live("jwt-2"))
        assert new != old

        assert sign_in(store, new) == old

        assert all_ids(store) == [old]
        assert find_or_make(store, live("jwt-2")) == old

    @pytest.mark.parametrize(
        "other",
        [live("jwt-2", client_id="app-2"), live("jwt-2", server_url="https://platform.devtest.ringcentral.com")],
        ids=["another app", "another server"],
    )
    def test_another_app_or_server_is_another_connection(self, store: Store, other: Account) -> None:
        """Even for the same user: another quota, or another world."""
        mine = sign_in(store, find_or_make(store, live()))

        theirs = sign_in(store, find_or_make(store, other))

        assert theirs != mine
        assert all_ids(store) == [mine, theirs]

    def test_another_user_is_another_connection(self, store: Store) -> None:
        """A colleague's JWT in the same `.env`: nothing of mine is sent in their name."""
        mine = sign_in(store, find_or_make(store, live("jwt-1")))

        theirs = sign_in(store, find_or_make(store, live("jwt-2")), owner_id="4002")

        assert all_ids(store) == [mine, theirs]
        assert find_or_make(store, live("jwt-1")) == mine

    def test_credentials_that_come_to_belong_to_somebody_else_are_another_connection(self, store: Store) -> None:
        """They should not; if they do, nothing of the first user is sent, not even after a restart."""
        mine = sign_in(store, find_or_make(store, live()))

        theirs = sign_in(store, mine, owner_id="4002")

        assert theirs != mine
        assert find_or_make(store, live()) == theirs
        with store.read() as db:
            assert connections.of(db, mine).owner_id == "4001"

    def test_the_demo_is_one_of_its_own(self, store: Store) -> None:
        """Nothing wished in the demo may reach a real account."""
        demo = find_or_make(store, account("demo", DEMO_SERVER, "demo-app"))

        assert find_or_make(store, live()) != demo
        assert find_or_make(store, account("demo", DEMO_SERVER, "demo-app")) == demo

    def test_no_secret_is_kept(self, store: Store) -> None:
        """Only a digest, to know the same credentials again; the database may be backed up anywhere."""
        connection_id = sign_in(store, find_or_make(store, live("jwt-very-secret")))

        with store.read() as db:
            row = connections.of(db, connection_id)
            kept = " ".join(str(getattr(row, column.key)) for column in Connection.__table__.columns)
        assert "jwt-very-secret" not in kept
        assert "client-secret" not in kept
        assert "secret" not in repr(live("jwt-very-secret"))


class TestMerging:
    def test_calls_made_before_the_owner_was_known_go_on_counting(self, store: Store) -> None:
        """They spent the same user's quota: forgotten, thirty restarts with a new JWT would break the limit."""
        old = sign_in(store, find_or_make(store, live("jwt-1")))
        new = find_or_make(store, live("jwt-2"))
        with store.write() as db:
            call_id = callbook.depart(db, new, callbook.AUTH, "sign in", epoch=1, now=NINE)
            callbook.end(db, call_id, status=200, result="ok", request_id=None, now=NINE)
            callbook.penalise(db, new, callbook.HEAVY, retry_after=0, now=NINE)
            lease.take(db, new, lease.this_process("me"), now=NINE)

        sign_in(store, new)

        with store.read() as db:
            allowed = callbook.allowance(db, old, callbook.AUTH)
            assert callbook.record(db, old, callbook.AUTH, allowed, now=NINE).ended == [NINE]

    def test_what_was_asked_for_before_the_owner_was_known_does_not_stop_the_sign_in(self, store: Store) -> None:
        """A browser was open already and a page asked for the sessions."""
        old = sign_in(store, find_or_make(store, live("jwt-1")))
        new = find_or_make(store, live("jwt-2"))
        with store.write() as db:
            readings.ask(db, new, What.SESSIONS, lane=Lane.CLICK, asked_by="page", now=NINE)
            capabilities.note(db, new, Name.RATE_HEADERS, "yes", now=NINE)

        assert sign_in(store, new) == old

        assert all_ids(store) == [old]


class TestRights:
    @pytest.mark.parametrize(
        ("scopes", "may"),
        [
            (("EditWebinars", "ReadWebinars"), True),
            (("ReadWebinars",), False),
            (("EditWebinarsX",), False),
            ((), False),
        ],
    )
    def test_only_the_granted_scope_lets_us_register(self, store: Store, scopes: tuple[str, ...], may: bool) -> None:
        """Without it the app is read-only and says so."""
        connection_id = find_or_make(store, live())
        with store.write() as db:
            connections.signed_in(db, connection_id, owner_id="1", account_id=None, scopes=scopes, now=NINE)

        with store.read() as db:
            assert connections.may_edit(connections.of(db, connection_id)) is may

    def test_before_the_first_sign_in_nothing_says_no(self, store: Store) -> None:
        """Wishes may be filed; they wait for the sign-in anyway."""
        connection_id = find_or_make(store, live())

        with store.read() as db:
            assert connections.may_edit(connections.of(db, connection_id))


class TestTrouble:
    def test_a_stop_stays_until_somebody_goes_on_or_a_sign_in_succeeds(self, store: Store) -> None:
        """A wrong JWT: trying it again and again would only end in a penalty."""
        connection_id = find_or_make(store, live())
        found = []
        for mend in ("go on", "sign in"):
            with store.write() as db:
                connections.stop(db, connection_id, reason="sign_in_refused", detail="invalid_grant")
            found.append(self.stopped(store, connection_id))
            if mend == "go on":
                with store.write() as db:
                    connections.go_on(db, connection_id, now=LATER)
            else:
                sign_in(store, connection_id)
            found.append(self.stopped(store, connection_id))

        assert found == [("sign_in_refused", "invalid_grant"), (None, None)] * 2

    @staticmethod
    def stopped(store: Store, connection_id: int) -> tuple[str | None, str | None]:
        with store.read() as db:
            here = connections.of(db, connection_id)
            return here.stopped_reason, here.stopped_detail

    def test_trouble_is_dated_from_its_beginning(self, store: Store) -> None:
        """ "No network since 9:00", not since the last try."""
        connection_id = find_or_make(store, live())
        since = []
        for now, trouble in ((NINE, "unreachable"), (LATER, "unreachable"), (LATER, None)):
            with store.write() as db:
                connections.note_trouble(db, connection_id, trouble, now=now)
            with store.read() as db:
                since.append(connections.of(db, connection_id).trouble_since)

        assert since == [NINE, NINE, None]


def test_the_list_of_another_connection_is_not_ours(store: Store) -> None:
    """Two users of one company list the same session; each sees what their own readings showed."""
    mine = sign_in(store, find_or_make(store, live("jwt-1")))
    theirs = sign_in(store, find_or_make(store, live("jwt-2")), owner_id="4002")
    with store.write() as db:
        on_the_list(db, theirs, "ada1@example.com")

        assert the(db, register(db, mine, a_person(1))).state == "waiting"
