"""A file becomes a draft."""

import pytest

from rollcall.contact_file.columns import Mapping
from rollcall.contact_file.problem import FileProblem
from rollcall.importing import drafting, finding, planning
from rollcall.outbox.states import BatchState
from rollcall.outbox.wishes import LinkTemplates
from rollcall.store.database import Store
from rollcall.store.tables import Batch
from tests.importing.conftest import NINE, PEOPLE, SESSION, a_draft


class TestBegin:
    def test_a_file_is_a_draft_at_once_with_its_columns_matched(self, store: Store) -> None:
        """Whoever reloads right after the upload finds their file."""
        batch_id = a_draft(store, checked=False)

        with store.read() as db:
            batch = finding.draft_of(db, 1, SESSION, None)

        assert batch is not None
        assert (batch.id, batch.state, batch.name) == (batch_id, BatchState.DRAFT, "people.csv")
        assert planning.plan_of(batch).columns.email == 2
        assert planning.plan_of(batch).columns.keys == ((3, "lid"),)

    def test_a_file_that_is_no_list_leaves_nothing_behind(self, store: Store) -> None:
        """The answer says how to save it as CSV; no half draft lies about."""
        with pytest.raises(FileProblem) as refused:
            drafting.begin(store, 1, SESSION, name="x.xlsx", data=b"PK\x03\x04xl/", actor="local", now=NINE)

        with store.read() as db:
            left = finding.draft_of(db, 1, SESSION, None)

        assert (refused.value.code, left) == ("not_csv", None)

    def test_a_hostile_name_is_kept_as_short_text(self, store: Store) -> None:
        """File names come from outside, too, and PostgreSQL keeps no NUL."""
        batch_id = drafting.begin(store, 1, SESSION, name="a\0\n" + "b" * 999, data=PEOPLE, actor="local", now=NINE)

        with store.read() as db:
            name = db.get_one(Batch, batch_id).name

        assert name == ("a " + "b" * 999)[: drafting.NAME_LIMIT]


class TestAFileInPlaceOfAnother:
    FOR_EVERYBODY = Mapping(first_name=0, last_name=1, email=2, source_constant="tour", constant_keys=(("cid", "9"),))
    LINKS = LinkTemplates("https://acme.com/{ref}")

    def replaced(self, store: Store, data: bytes) -> Batch:
        first = a_draft(store, columns=self.FOR_EVERYBODY, links=self.LINKS)
        second = drafting.begin(
            store, 1, SESSION, name="better.csv", data=data, actor="local", now=NINE, replaces=first
        )
        with store.read() as db:
            return db.get_one(Batch, second)

    def test_what_was_entered_for_everybody_stays(self, store: Store) -> None:
        """It was about the people, not about the file: nobody should have to type it twice, or miss that it is gone."""
        batch = self.replaced(store, b"E-Mail;Vorname;Nachname\nanna@example.com;Anna;Novak\n")

        columns = planning.plan_of(batch).columns
        assert (columns.source_constant, columns.constant_keys) == ("tour", (("cid", "9"),))
        assert planning.links_of(batch) == self.LINKS
        assert (columns.email, columns.first_name) == (0, 1)  # matched anew: the columns are others

    def test_with_the_same_header_the_columns_stay_as_they_were_picked(self, store: Store) -> None:
        """The usual case: wrong rows were put right in the file."""
        batch = self.replaced(store, PEOPLE + b"Cleo,Ode,cleo@example.com,19\n")

        assert planning.plan_of(batch).columns == self.FOR_EVERYBODY  # "Lead ID" was taken out by hand

    def test_nothing_of_it_is_left_for_a_list_that_begins_anew(self, store: Store) -> None:
        """Own links of yesterday's list must not go out with today's."""
        a_draft(store, columns=self.FOR_EVERYBODY, links=self.LINKS)

        with store.read() as db:
            batch = db.get_one(Batch, a_draft(store, checked=False))

        assert planning.links_of(batch) == LinkTemplates()
        assert planning.plan_of(batch).columns.source_constant is None
