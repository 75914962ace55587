"""A file becomes a draft."""

import pytest

from rollcall.contact_file.problem import FileProblem
from rollcall.importing import drafting, finding, planning
from rollcall.outbox.states import BatchState
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
