"""The registrants of a session on both databases: who is found, in which order, and what the book knows of them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from rollcall.outbox import picked, wishes
from rollcall.outbox.picked import Picked, Place
from rollcall.outbox.states import Outcome, State
from rollcall.roster import people, people_file, registrants
from rollcall.roster.people import Leaving, Listed, Order, Search, Shown
from rollcall.roster.registrants import Seen
from rollcall.store.database import Store
from rollcall.store.tables import Action, Registration
from tests.databases import NINE, a_connection
from tests.outbox import rows
from tests.outbox.rows import SESSION, a_person, a_seen


def keep(store: Store, connection_id: int, *seen: Seen, now: datetime = NINE) -> None:
    with store.write() as db:
        registrants.keep(db, connection_id, SESSION, list(seen), now=now)


def somebody(number: int, **changed: object) -> Seen:
    return a_seen(f"r-{number}", f"p{number}@example.com", **changed)


def found(store: Store, connection_id: int, typed: str = "", **wanted: object) -> list[str]:
    """The ids of those on the first page."""
    with store.read() as db:
        search = Search(connection_id, SESSION, typed, **wanted)  # type: ignore[arg-type]
        page = [one.registrant_id for one in people.page(db, search, start=0, most=50)]
        assert people.count(db, search) == len(page) == len(people.ids(db, search, most=50))
        return page


def the(store: Store, connection_id: int, registrant_id: str = "r-1") -> Listed:
    with store.read() as db:
        return people.those(db, Search(connection_id, SESSION), [registrant_id])[0]


class TestSearching:
    @pytest.mark.parametrize(
        "typed",
        ["kovač", "KOVAC", "zoe", "P1@Example", "märz", "marz", "lid", "4@56", "oid=4%4056", "lid=7&oid=4%4056"],
    )
    def test_somebody_is_found_by_whatever_is_known_of_them(self, store: Store, connection_id: int, typed: str) -> None:
        """A marketer has a name, an address, a campaign or an id of the CRM, and never the same one twice."""
        keep(
            store,
            connection_id,
            somebody(1, first_name="Zoë", last_name="Kovač", source="Newsletter März", external_id="lid=7&oid=4%4056"),
            somebody(2),
        )

        assert found(store, connection_id, typed) == ["r-1"]

    @pytest.mark.parametrize("typed", ["%", "_", "\\", "'", "100%"])
    def test_what_a_pattern_would_mean_is_taken_as_it_is(self, store: Store, connection_id: int, typed: str) -> None:
        """A percent sign finds percent signs, not everybody."""
        keep(store, connection_id, somebody(1))

        assert found(store, connection_id, typed) == []

    def test_every_word_must_be_found(self, store: Store, connection_id: int) -> None:
        """More words make fewer people."""
        keep(store, connection_id, somebody(1, source="ads"), somebody(2, source="mail"))

        assert found(store, connection_id, "ada mail") == ["r-2"]

    def test_a_source_is_met_exactly_and_none_is_one(self, store: Store, connection_id: int) -> None:
        """`ad` must not show `ads`; people without a source are a group like any other."""
        keep(store, connection_id, somebody(1, source="ads"), somebody(2, source="ad"), somebody(3))

        assert found(store, connection_id, source="ad") == ["r-2"]
        assert found(store, connection_id, source="") == ["r-3"]

    def test_a_source_is_met_with_all_that_count_as_it(self, store: Store, connection_id: int) -> None:
        """Spellings that were merged are one campaign, however many there are."""
        long = "x" * 10_000
        keep(store, connection_id, *(somebody(n, source=f"{n}{long}") for n in range(5)), somebody(5))
        spellings = tuple(f"{n}{long}" for n in range(1, 4))

        assert found(store, connection_id, source=f"0{long}", spellings=spellings) == ["r-0", "r-1", "r-2", "r-3"]

    def test_a_source_of_ten_thousand_characters_is_kept_and_met(self, store: Store, connection_id: int) -> None:
        """Whatever a page elsewhere sends as a source must not break reading the list."""
        long = "".join(chr(0x4E00 + number % 5_000) for number in range(10_000))
        keep(store, connection_id, somebody(1, source=long))

        assert found(store, connection_id, source=long[:120]) == ["r-1"]
        assert the(store, connection_id).source == long

    def test_the_cancelled_are_shown_when_they_are_asked_for(self, store: Store, connection_id: int) -> None:
        """The list is of those who are registered, unless somebody wants to know who is not any more."""
        keep(store, connection_id, somebody(1), somebody(2))
        with store.write() as db:
            registrants.remove(db, connection_id, SESSION, "r-1", now=NINE)

        assert found(store, connection_id) == ["r-2"]
        assert found(store, connection_id, shown=Shown.CANCELLED) == ["r-1"]
        assert sorted(found(store, connection_id, shown=Shown.EVERYBODY)) == ["r-1", "r-2"]

    def test_other_sessions_and_connections_stay_out(self, store: Store, connection_id: int) -> None:
        """One person is registered for many webinars."""
        other = a_connection(store, owner_id="4002", credential_hash="hash-2")
        keep(store, other, somebody(1))
        with store.write() as db:
            registrants.keep(db, connection_id, "8002", [somebody(2)], now=NINE)

        assert found(store, connection_id, shown=Shown.EVERYBODY) == []

    def test_a_change_of_data_is_found_by_the_new_and_not_by_the_old(self, store: Store, connection_id: int) -> None:
        """What is searched follows the list."""
        keep(store, connection_id, somebody(1, source="ads"))
        keep(store, connection_id, somebody(1, source="mail"))

        assert (found(store, connection_id, "mail"), found(store, connection_id, "ads")) == (["r-1"], [])


class TestOrder:
    @pytest.mark.parametrize(
        ("order", "expected"),
        [
            (Order.NEWEST, ["r-2", "r-1", "r-3"]),
            (Order.OLDEST, ["r-3", "r-1", "r-2"]),
            (Order.NAME, ["r-3", "r-1", "r-2"]),
            (Order.EMAIL, ["r-2", "r-3", "r-1"]),
            (Order.SOURCE, ["r-2", "r-1", "r-3"]),
        ],
    )
    def test_they_come_in_the_order_that_is_asked_for(
        self, store: Store, connection_id: int, order: Order, expected: list[str]
    ) -> None:
        """Whose registration time is not known counts as the oldest; both databases agree."""
        keep(
            store,
            connection_id,
            a_seen("r-1", "c@example.com", last_name="Müller", source="ads"),
            a_seen("r-2", "a@example.com", last_name="Zuse", registered_at=NINE + timedelta(hours=1)),
            a_seen("r-3", "b@example.com", last_name="Ångström", source="mail", registered_at=None),
        )

        assert found(store, connection_id, order=order) == expected

    def test_pages_show_everybody_once(self, store: Store, connection_id: int) -> None:
        """People of the same second must not change places between two pages."""
        keep(store, connection_id, *(somebody(number) for number in range(7)))

        with store.read() as db:
            search = Search(connection_id, SESSION)
            pages = [people.page(db, search, start=start, most=3) for start in (0, 3, 6)]

        assert sorted(one.registrant_id for page in pages for one in page) == [f"r-{number}" for number in range(7)]

    def test_sources_are_counted_biggest_first(self, store: Store, connection_id: int) -> None:
        """The filter offers what there is, with how many it would show; the cancelled are not counted."""
        keep(store, connection_id, *(somebody(number, source="ads") for number in range(2)), somebody(3), somebody(4))
        keep(store, connection_id, somebody(5))
        with store.write() as db:
            registrants.remove(db, connection_id, SESSION, "r-0", now=NINE)

        with store.read() as db:
            assert people.sources(db, connection_id, SESSION) == {"": 3, "ads": 1}

    def test_sources_are_counted_among_those_who_are_shown(self, store: Store, connection_id: int) -> None:
        """A number beside a source is of the people that picking it shows."""
        keep(store, connection_id, somebody(1, source="ads"), somebody(2, source="mail"), somebody(3, source="mail"))
        with store.write() as db:
            registrants.remove(db, connection_id, SESSION, "r-1", now=NINE)
            registrants.remove(db, connection_id, SESSION, "r-2", now=NINE)

        with store.read() as db:
            counted = {one: people.sources(db, connection_id, SESSION, shown=one) for one in Shown}

        assert counted[Shown.REGISTERED] == {"mail": 1}
        assert counted[Shown.CANCELLED] == {"ads": 1, "mail": 1}
        assert counted[Shown.EVERYBODY] == {"mail": 2, "ads": 1}


class TestTheBook:
    def test_somebody_from_elsewhere_has_no_origin(self, store: Store, connection_id: int) -> None:
        """RingCentral's own page registers people too."""
        keep(store, connection_id, somebody(1))

        assert the(store, connection_id).origin is None

    def test_whom_the_form_registered_is_from_the_form(self, store: Store, connection_id: int) -> None:
        """So a colleague who did it is found."""
        with store.write() as db:
            rows.bring(db, rows.register(db, connection_id, a_person(email="p1@example.com")), State.DONE)
        keep(store, connection_id, somebody(1))

        origin = the(store, connection_id).origin

        assert origin is not None
        assert origin.how == "form"

    def test_whom_an_import_registered_names_its_file(self, store: Store, connection_id: int) -> None:
        """One click leads back to the list somebody came from."""
        batch_id = rows.a_running(
            store, connection_id, [rows.a_line(1, a_person(email="p1@example.com"))], name="a.csv"
        )
        with store.write() as db:
            rows.send(db, rows.lines_of(db, batch_id)[0].action_id or 0)
            rows.done(db, rows.lines_of(db, batch_id)[0].action_id or 0)
        keep(store, connection_id, somebody(1))

        assert the(store, connection_id).origin == people.Origin("import", batch_id, "a.csv")

    def test_whoever_was_registered_again_here_is_from_no_import(self, store: Store, connection_id: int) -> None:
        """A batch of one without a file is no import; nobody should look for its list."""
        with store.write() as db:
            place, old = (
                Place(connection_id, SESSION, "local"),
                Picked("r-0", "p1@example.com", "A", "B", "p1@example.com"),
            )
            again = a_person(email="p1@example.com")
            batch_id = picked.register_again(db, place, old, again, name="1 registrant", now=NINE)
            leaving = db.scalars(select(Action.id)).one()
            rows.bring(db, leaving, State.DONE)
        rows.unfold_all(store, batch_id or 0)
        with store.write() as db:
            rows.bring(db, rows.lines_of(db, batch_id or 0)[0].action_id or 0, State.DONE)
        keep(store, connection_id, somebody(1))

        origin = the(store, connection_id).origin

        assert origin is not None
        assert origin.how == people.AGAIN

    def test_who_was_there_already_is_from_elsewhere(self, store: Store, connection_id: int) -> None:
        """An import that finds somebody on the list has not registered them."""
        with store.write() as db:
            action_id = rows.register(db, connection_id, a_person(email="p1@example.com"))
            rows.send(db, action_id)
            rows.done(db, action_id, Outcome.ALREADY_THERE)
        keep(store, connection_id, somebody(1))

        assert the(store, connection_id).origin is None

    @pytest.mark.parametrize(
        ("state", "expected"),
        [
            (State.WAITING, Leaving.WAITING),
            (State.SENDING, Leaving.SENDING),
            (State.UNCONFIRMED, Leaving.UNCONFIRMED),
            (State.REFUSED, Leaving.REFUSED),
            (State.WITHDRAWN, None),
        ],
    )
    def test_a_cancellation_under_way_is_seen_on_the_list(
        self, store: Store, connection_id: int, state: State, expected: Leaving | None
    ) -> None:
        """Until it is done the person is registered, and somebody has asked that they be not."""
        keep(store, connection_id, somebody(1), somebody(2))
        with store.write() as db:
            wish = rows.a_wish(connection_id)
            registration = wishes.registration_for(db, wish, "p1@example.com", now=NINE)
            rows.bring(db, wishes.cancel(db, wish, registration, now=NINE, registrant_id="r-1"), state)

        assert the(store, connection_id).leaving == expected
        assert the(store, connection_id, "r-2").leaving is None

    def test_a_registration_in_the_book_of_another_session_says_nothing(self, store: Store, connection_id: int) -> None:
        """The same email may have been cancelled there."""
        with store.write() as db:
            rows.bring(db, rows.register(db, connection_id, a_person(email="p1@example.com")), State.DONE)
            db.execute(update(Registration).values(session_id="8002"))
        keep(store, connection_id, somebody(1))

        assert the(store, connection_id).origin is None


class TestTheFile:
    def text(self, store: Store, connection_id: int, typed: str = "") -> str:
        with store.read() as db:
            data = people_file.write(
                db,
                Search(connection_id, SESSION, typed, order=Order.NAME),
                zone=UTC,
                zone_name="UTC",
                status=lambda _: "registered",
                made_by=lambda _: "elsewhere",
            )
        return data.decode("utf-8-sig")

    def test_keys_become_columns_and_a_key_named_as_a_column_stands_apart(
        self, store: Store, connection_id: int
    ) -> None:
        """A CRM matches by the id alone, and two columns of one name would hide each other."""
        keep(store, connection_id, somebody(1, external_id="lid=7&email=x%40y"), somebody(2, external_id="raw"))

        header, first, second = self.text(store, connection_id).splitlines()

        assert header.split(",")[4:8] == ["External ID", "lid", "email (external ID)", "Registered (UTC)"]
        assert first.split(",")[4:8] == ["lid=7&email=x%40y", "7", "x@y", "2026-09-01 09:00:00"]
        assert second.split(",")[4:7] == ["raw", "", ""]

    def test_no_cell_is_run_by_a_spreadsheet(self, store: Store, connection_id: int) -> None:
        """A registrant writes their own name; the file is opened by somebody who trusts it."""
        keep(store, connection_id, somebody(1, first_name="=1+cmd|' /C calc'!A0", external_id="%3Dk=%3Dv()"))

        text = self.text(store, connection_id)

        assert "'=1+cmd" in text
        assert "'=k" in text
        assert "'=v()" in text

    def test_everybody_who_is_found_is_in_it_and_nobody_else(self, store: Store, connection_id: int) -> None:
        """Not only the page that is shown."""
        keep(store, connection_id, *(somebody(number, source="ads") for number in range(600)), somebody(700))

        assert len(self.text(store, connection_id, "ads").splitlines()) == 601
