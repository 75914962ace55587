"""What an address names."""

import pytest

from rollcall.importing import finding
from rollcall.store.database import Store
from tests.importing.conftest import a_draft


class TestAddress:
    @pytest.mark.parametrize("asked", ["", "0", "999", "-1", "1e3", "٣", "9" * 40, "1 OR 1=1"])
    def test_an_address_that_names_no_batch_finds_none(self, store: Store, asked: str) -> None:
        """Anybody can type anything behind ?batch=."""
        a_draft(store, checked=False)

        with store.read() as db:
            found = finding.batch_of(db, 1, asked)

        assert found is None

    def test_a_batch_of_another_connection_or_session_is_not_shown(self, store: Store) -> None:
        """A copied address must not show one account's people in another."""
        batch_id = str(a_draft(store, checked=False))

        with store.read() as db:
            elsewhere = finding.batch_of(db, 2, batch_id), finding.draft_of(db, 1, "8002", batch_id)

        assert elsewhere == (None, None)
