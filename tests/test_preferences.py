"""What somebody set once: the words of a CRM and where its ids stand, checked before they are kept."""

from datetime import timedelta

import pytest

from rollcall import preferences
from rollcall.attendance.exports.statuses import Statuses
from rollcall.preferences import Crm, IdKeys
from rollcall.store.database import Store
from rollcall.store.tables import Preference
from tests.databases import NINE, a_connection


def kept(store: Store, connection_id: int, crm: Crm = Crm.SALESFORCE) -> Statuses:
    with store.read() as db:
        return preferences.statuses(db, connection_id, crm)


def keep(store: Store, connection_id: int, words: Statuses, crm: Crm = Crm.SALESFORCE) -> list[tuple[str, str]]:
    with store.write() as db:
        problems = preferences.set_statuses(db, connection_id, crm, words, now=NINE)
    return [(one.field, one.code) for one in problems]


class TestStatuses:
    def test_until_somebody_sets_them_they_are_the_defaults(self, store: Store, connection_id: int) -> None:
        """Marketo has no status for a cancellation unless somebody made one."""
        assert kept(store, connection_id) == Statuses()
        assert kept(store, connection_id, Crm.MARKETO).cancelled == ""

    def test_what_was_set_is_kept_for_each_crm_and_connection_alone(self, store: Store, connection_id: int) -> None:
        """Two CRMs of one company, and two accounts in one database, have their own words."""
        words = Statuses(attended="Came", absent="Missed")

        assert keep(store, connection_id, words) == []

        assert kept(store, connection_id) == words
        assert kept(store, connection_id, Crm.HUBSPOT) == Statuses()
        assert kept(store, a_connection(store, owner_id="other", credential_hash="other")) == Statuses()

    def test_setting_them_again_replaces_them(self, store: Store, connection_id: int) -> None:
        """The last word counts, in one row."""
        keep(store, connection_id, Statuses(attended="Came"))

        keep(store, connection_id, Statuses(attended="Was there"))

        assert kept(store, connection_id).attended == "Was there"

    def test_what_was_copied_is_tidied(self, store: Store, connection_id: int) -> None:
        """A blank at the end is another picklist value for Salesforce, and not to be seen."""
        keep(store, connection_id, Statuses(attended="  Came \n again\u200b "))

        assert kept(store, connection_id).attended == "Came again"

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (Statuses(attended=" "), ("attended", "required")),
            (Statuses(absent="x" * 41), ("absent", "too_long")),
            (Statuses(attended="\ud800"), ("attended", "required")),
            (Statuses(attended="- Attended"), ("attended", "formula")),
            (Statuses(absent="No show;=1"), ("absent", "formula")),
        ],
    )
    def test_what_no_crm_takes_is_refused_and_nothing_is_kept(
        self, store: Store, connection_id: int, words: Statuses, problem: tuple[str, str]
    ) -> None:
        """Half a setting would be found out in the CRM, by the wrong people in the wrong status."""
        assert keep(store, connection_id, words) == [problem]
        assert kept(store, connection_id) == Statuses()

    def test_an_empty_one_leaves_these_people_out(self, store: Store, connection_id: int) -> None:
        """It is a choice, not a mistake."""
        assert keep(store, connection_id, Statuses(absent="", cancelled="")) == []
        assert kept(store, connection_id).absent == ""

    @pytest.mark.parametrize("value", [{"attended": 7, "later": "x"}, {}, {"absent": None}])
    def test_what_another_version_wrote_is_read_as_far_as_it_goes(
        self, store: Store, connection_id: int, value: dict[str, object]
    ) -> None:
        """A page must open after a step back to an older release."""
        with store.write() as db:
            db.add(Preference(connection_id=connection_id, name="statuses.salesforce", value=value, changed_at=NINE))

        assert kept(store, connection_id) == Statuses()


class TestIdKeys:
    def test_they_are_kept(self, store: Store, connection_id: int) -> None:
        """Not everybody calls them cid and lid."""
        with store.write() as db:
            problems = preferences.set_id_keys(
                db, connection_id, IdKeys(" contact ", "lead"), now=NINE + timedelta(hours=1)
            )

        with store.read() as db:
            assert preferences.id_keys(db, connection_id) == IdKeys("contact", "lead")
        assert problems == []

    @pytest.mark.parametrize(
        ("keys", "code"),
        [(IdKeys("", "lid"), "required"), (IdKeys("id", "id"), "duplicate_key"), (IdKeys("x" * 65, "lid"), "too_long")],
    )
    def test_wrong_ones_are_refused(self, store: Store, connection_id: int, keys: IdKeys, code: str) -> None:
        """One key for both would make every lead a contact."""
        with store.write() as db:
            assert [one.code for one in preferences.set_id_keys(db, connection_id, keys, now=NINE)] == [code]

        with store.read() as db:
            assert preferences.id_keys(db, connection_id) == IdKeys()
