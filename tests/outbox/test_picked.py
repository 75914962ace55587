"""Registrants picked from the list: cancelled as many at once as may be, or cancelled and registered again."""

from sqlalchemy import select

from rollcall.outbox import picked
from rollcall.outbox.picked import Picked, Place
from rollcall.outbox.states import BatchKind, BatchState, Kind, Priority, State
from rollcall.roster import registrants
from rollcall.store.database import Store
from rollcall.store.tables import Action, Batch, Journal
from tests.databases import NINE
from tests.outbox import rows
from tests.outbox.rows import SESSION, a_person, a_seen


def on_list(store: Store, connection_id: int, *people: Picked) -> None:
    with store.write() as db:
        seen = [a_seen(one.registrant_id, one.email) for one in people]
        registrants.keep(db, connection_id, SESSION, seen, now=NINE)


def somebody(number: int, email: str = "") -> Picked:
    address = email or f"p{number}@example.com"
    return Picked(f"r-{number}", address, "Ada", "Lovelace", address)


def cancel(store: Store, connection_id: int, *people: Picked) -> int | None:
    with store.write() as db:
        return picked.cancel(db, Place(connection_id, SESSION, "local"), people, name="2 registrants", now=NINE)


def actions(store: Store) -> list[Action]:
    with store.read() as db:
        return list(db.scalars(select(Action).order_by(Action.id)))


class TestCancelling:
    def test_many_are_a_batch_of_exactly_those(self, store: Store, connection_id: int) -> None:
        """Whoever registered them: also people that this app never met."""
        people = [somebody(1), somebody(2)]
        on_list(store, connection_id, *people, somebody(3))

        batch_id = cancel(store, connection_id, *people)
        assert batch_id is not None
        rows.unfold_all(store, batch_id)

        assert [(one.kind, one.registrant_id) for one in actions(store)] == [("delete", "r-1"), ("delete", "r-2")]
        with store.read() as db:
            batch = db.get_one(Batch, batch_id)
            assert (batch.kind, batch.state, batch.lines) == (BatchKind.CANCEL, BatchState.RUNNING, 2)

    def test_one_alone_goes_before_every_import(self, store: Store, connection_id: int) -> None:
        """Somebody who cancels one person waits for it; two hours of an import come after."""
        on_list(store, connection_id, somebody(1))

        assert cancel(store, connection_id, somebody(1)) is None

        assert [(one.kind, one.priority) for one in actions(store)] == [("delete", Priority.CLICK)]

    def test_pressed_twice_it_is_wished_once(self, store: Store, connection_id: int) -> None:
        """A double-click must not spend a call more."""
        on_list(store, connection_id, somebody(1))

        cancel(store, connection_id, somebody(1))
        cancel(store, connection_id, somebody(1))

        assert len(actions(store)) == 1

    def test_two_of_one_email_are_not_cancelled_at_once(self, store: Store, connection_id: int) -> None:
        """The second wish would replace the first, and one of the two would stay registered unseen."""
        twin = [somebody(1, "ada@example.com"), somebody(2, "ada@example.com")]
        on_list(store, connection_id, *twin)

        with store.read() as db:
            now, later = picked.split(db, Place(connection_id, SESSION, "local"), twin)

        assert (now, later) == ([twin[0]], [twin[1]])

    def test_the_second_of_one_email_waits_until_the_first_is_through(self, store: Store, connection_id: int) -> None:
        """Also when it is ticked a minute later."""
        on_list(store, connection_id, somebody(1, "ada@example.com"), somebody(2, "ada@example.com"))
        cancel(store, connection_id, somebody(1, "ada@example.com"))

        cancel(store, connection_id, somebody(2, "ada@example.com"))
        assert [one.registrant_id for one in actions(store)] == ["r-1"]
        with store.write() as db:
            rows.bring(db, actions(store)[0].id, State.DONE)
        cancel(store, connection_id, somebody(2, "ada@example.com"))

        assert [one.registrant_id for one in actions(store)] == ["r-1", "r-2"]

    def test_it_is_in_the_journal_without_a_name(self, store: Store, connection_id: int) -> None:
        """Who cancelled whom is asked later; the journal holds ids only."""
        on_list(store, connection_id, somebody(1), somebody(2))

        batch_id = cancel(store, connection_id, somebody(1), somebody(2))

        with store.read() as db:
            assert [(one.deed, one.batch_id) for one in db.scalars(select(Journal))] == [("cancel", batch_id)]


class TestRegisteringAgain:
    def again(self, store: Store, connection_id: int, email: str = "p1@example.com") -> int | None:
        on_list(store, connection_id, somebody(1))
        new = a_person(email=email, source="corrected")
        with store.write() as db:
            place = Place(connection_id, SESSION, "local")
            return picked.register_again(db, place, somebody(1), new, name="1 registrant", now=NINE)

    def test_first_the_cancellation_then_after_a_listing_the_registration(
        self, store: Store, connection_id: int
    ) -> None:
        """Both are rows at once: whoever closes the browser in between has not cancelled somebody for good."""
        batch_id = self.again(store, connection_id)
        assert batch_id is not None
        with store.read() as db:
            batch = db.get_one(Batch, batch_id)
            assert (batch.kind, batch.list_after, batch.lines) == (BatchKind.REGISTER, NINE, 1)
        assert [(one.kind, one.state) for one in actions(store)] == [("delete", "waiting")]

        with store.write() as db:
            rows.send(db, actions(store)[0].id)
        rows.unfold_all(store, batch_id)

        assert [(one.kind, one.state) for one in actions(store)] == [("delete", "sending"), ("create", "waiting")]
        assert actions(store)[1].payload["source"] == "corrected"

    def test_another_email_is_another_registration(self, store: Store, connection_id: int) -> None:
        """The old one is cancelled all the same."""
        batch_id = self.again(store, connection_id, "new@example.com")
        assert batch_id is not None
        with store.write() as db:
            rows.send(db, actions(store)[0].id)
        rows.unfold_all(store, batch_id)

        assert [one.kind for one in actions(store)] == [Kind.DELETE, Kind.CREATE]

    def test_a_refused_cancellation_leaves_the_person_as_they_are(self, store: Store, connection_id: int) -> None:
        """Nobody is registered twice because the first could not be removed."""
        batch_id = self.again(store, connection_id)
        assert batch_id is not None
        with store.write() as db:
            rows.bring(db, actions(store)[0].id, State.REFUSED)
        rows.unfold_all(store, batch_id)

        assert [one.kind for one in actions(store)] == [Kind.DELETE]

    def test_pressed_twice_it_is_wished_once(self, store: Store, connection_id: int) -> None:
        """The second batch would register nobody, and puzzle whoever finds it."""
        self.again(store, connection_id)

        assert self.again(store, connection_id) is None

    def test_what_runs_is_found_and_an_import_is_not_taken_for_it(self, store: Store, connection_id: int) -> None:
        """The page shows its own deeds; imports have a page of their own."""
        rows.a_running(store, connection_id, [rows.a_line(5)])
        batch_id = self.again(store, connection_id)

        with store.read() as db:
            found = picked.open_batches(db, Place(connection_id, SESSION, "local"))

        assert [one.id for one in found] == [batch_id]
