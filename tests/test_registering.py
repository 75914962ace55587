"""One person from the form to a wish, and what the form's screen asks afterwards."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from rollcall import connections, registering
from rollcall.outbox import wishes
from rollcall.outbox.wishes import LinkTemplates
from rollcall.problem import Problem
from rollcall.registering import Difference, Form, Target
from rollcall.roster import sessions
from rollcall.roster.sessions import Listing, SeenRegistration, SeenSession
from rollcall.store.database import Store, open_store
from rollcall.store.tables import Action, Registrant, Registration
from rollcall.store.upgrade import upgrade

NINE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
HERE = Target(1, "8001", "local")
ANNA = Form("Anna", "Novak", "anna@example.com")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'test.sqlite'}")
    upgrade(opened, now=NINE)
    session = SeenSession(
        "8001", "70", "Autumn tour", None, None, None, NINE, NINE + timedelta(hours=1), "UTC", "Scheduled", None, {}
    )
    with opened.write() as db:
        connections.find_or_make(db, connections.account("demo", "demo", "app"), now=NINE)
        sessions.keep(db, 1, [session], now=NINE)
    yield opened
    opened.close()


def with_links(join: str = "", cancel: str = "", **more: str) -> Form:
    pairs = tuple(more.items())
    return Form("Anna", "Novak", "anna@example.com", pairs=pairs, links=LinkTemplates(join, cancel))


class TestSubmit:
    def test_the_same_form_twice_is_one_wish(self, store: Store) -> None:
        """Whatever double-clicks, two tabs or a reload send again."""
        first, second = (registering.submit(store, HERE, ANNA, now=NINE) for _ in range(2))

        assert first == second

    def test_keys_and_links_are_frozen_into_the_wish(self, store: Store) -> None:
        """What was shown is what is sent, however long it waits."""
        wish = registering.submit(store, HERE, with_links("https://acme.com/{key:lid}?r={ref}", lid="1 2"), now=NINE)

        with store.read() as db:
            action = db.get_one(Action, wish)
            registration = db.get_one(Registration, action.registration_id)
        assert action.payload["external_id"] == "lid=1%202"
        assert action.payload["join_uri"] == f"https://acme.com/1%202?r={registration.ref}"

    @pytest.mark.parametrize(
        ("form", "codes"),
        [
            (Form(), ["required", "required", "required"]),
            (Form("A", "B", "a@acme", pairs=(("", "1"),)), ["no_ending", "empty_key"]),
            (with_links("ftp://acme.com/{ref}"), ["not_http"]),
            (with_links("https://acme.com/{key:lid}"), ["missing_key"]),
        ],
    )
    def test_whatever_is_wrong_is_returned_and_nothing_is_filed(
        self, store: Store, form: Form, codes: list[str]
    ) -> None:
        """All of it at once, and never an exception for a page to catch."""
        found = registering.submit(store, HERE, form, now=NINE)

        assert isinstance(found, list)
        assert [problem.code for problem in found] == codes
        with store.read() as db:
            assert registering.latest(db, 1, "8001") == []

    def test_a_link_that_does_not_expand_is_named_by_its_field(self, store: Store) -> None:
        """Two links, one wrong: which?"""
        form = with_links(cancel="https://acme.com/{key:lid}")

        found = registering.submit(store, HERE, form, now=NINE)

        assert found == [Problem("cancellation_uri", "missing_key", "lid")]


class TestPreview:
    def test_a_new_person_has_a_stand_in_as_long_as_the_real_reference(self, store: Store) -> None:
        """So that a link that is just short enough does not turn out too long."""
        with store.read() as db:
            join, cancel = registering.preview(db, 1, "8001", with_links("https://acme.com/{webinar_id}/{ref}"))

        assert (join, cancel) == (f"https://acme.com/70/{registering.REF_TO_COME}", "")
        assert len(registering.REF_TO_COME) == len(wishes.new_ref())

    def test_somebody_known_has_their_own_reference(self, store: Store) -> None:
        """It survives retry, cancel and re-register."""
        registering.submit(store, HERE, ANNA, now=NINE)

        with store.read() as db:
            join, _ = registering.preview(db, 1, "8001", with_links("https://acme.com/{ref}"))
            ref = db.scalars(select(Registration.ref)).one()

        assert join == f"https://acme.com/{ref}"

    def test_what_does_not_expand_says_why(self, store: Store) -> None:
        """While it is being typed, not after the press."""
        with store.read() as db:
            join, _ = registering.preview(db, 1, "8001", with_links("https://acme.com/{key:lid}"))

        assert join == Problem("join_uri", "missing_key", "lid")


class TestAddress:
    def test_a_wish_of_another_session_or_connection_is_not_found(self, store: Store) -> None:
        """The address may say anything; it shows only what belongs here."""
        wish = str(registering.submit(store, HERE, ANNA, now=NINE))

        with store.read() as db:
            found = [registering.of_session(db, *where, wish) for where in ((1, "8001"), (1, "8002"), (2, "8001"))]

        assert [one is not None for one in found] == [True, False, False]


def test_differences_name_only_what_was_wished_otherwise() -> None:
    """RingCentral's own links are no difference where none were sent."""
    registrant = Registrant(
        email="anna@example.com", first_name="Anna", last_name="Nowak", source=None, external_id="lid=1",
        join_uri="https://rc.example.com/j", cancellation_uri="https://rc.example.com/c",
    )  # fmt: skip
    payload = {
        "first_name": "Anna",
        "last_name": "Novak",
        "source": "",
        "external_id": "lid=1",
        "join_uri": "https://a",
    }

    found = registering.differences(payload, registrant)

    assert found == [
        Difference("last_name", "Novak", "Nowak"),
        Difference("join_uri", "https://a", "https://rc.example.com/j"),
    ]


@pytest.mark.parametrize(
    ("scopes", "status", "may"),
    [
        ((), "Open", True),
        (("ReadWebinars", "EditWebinars"), "Open", True),
        (("ReadWebinars",), "Open", False),
        ((), "Closed", False),
        ((), "Off", False),
        ((), None, True),
    ],
)
def test_who_may_register_where(store: Store, scopes: tuple[str, ...], status: str | None, may: bool) -> None:
    """What is not known yet says no to nobody; RingCentral will."""
    with store.write() as db:
        if scopes:
            connections.signed_in(db, 1, owner_id="1", account_id=None, scopes=scopes, now=NINE)
        if status:
            sessions.keep_registration(db, 1, "8001", SeenRegistration(status), now=NINE)
    with store.read() as db:
        listing = sessions.of(db, 1, "8001")
        assert isinstance(listing, Listing)

        assert registering.may_register(connections.of(db, 1), listing) is may
