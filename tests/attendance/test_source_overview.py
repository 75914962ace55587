"""Every spelling over all sessions, and what is worth asking about."""

from datetime import timedelta

import pandas as pd

from rollcall.attendance import source_overview, tallies
from rollcall.attendance.sources import COUNTS
from rollcall.roster import sessions
from rollcall.roster.sessions import SeenSession
from rollcall.roster.source_names import hash_of
from rollcall.store.database import Store
from rollcall.store.tables import SourceTally
from tests.databases import NINE


def spellings(**registered: int) -> pd.DataFrame:
    rows = [(raw, 1, n, n, 0, 0, 0) for raw, n in registered.items()]
    return pd.DataFrame(rows, columns=["raw", "sessions", *COUNTS])


class TestOverview:
    def test_spellings_of_one_name_stand_together_the_name_first(self) -> None:
        """So that a merge is seen as one, and the largest campaign on top."""
        found = source_overview.overview(spellings(mail=9, ads=2, Ads=8, ADS=1), {"Ads": "ads", "ADS": "ads"})

        assert list(found["raw"]) == ["ads", "Ads", "ADS", "mail"]
        assert list(found["is_decided"]) == [False, True, True, False]
        assert list(found["people"]) == [11, 11, 11, 9]

    def test_nothing_and_only_blanks_are_none(self) -> None:
        """Both registered without a source, and neither is a decision."""
        found = source_overview.overview(spellings(**{"": 4, "  ": 1, "ads": 3}), {})

        assert list(found["name"]) == ["(none)", "(none)", "ads"]
        assert not found["is_decided"].any()

    def test_no_spelling_at_all_is_an_empty_frame(self) -> None:
        """Before the first list is read."""
        assert source_overview.overview(spellings(), {}).empty


class TestSuggestions:
    def test_what_looks_alike_is_suggested(self) -> None:
        """With the more frequent one as the name."""
        (found,) = source_overview.suggestions({"customer-invite": 9, "Customer Invite": 2}, {}, ())

        assert (found.spelling, found.name) == ("Customer Invite", "customer-invite")

    def test_declined_stays_declined_when_the_counts_turn(self) -> None:
        """The name is whichever has more people; no is no in both directions."""
        apart = [frozenset({"Customer Invite", "customer-invite"})]

        assert source_overview.suggestions({"customer-invite": 9, "Customer Invite": 2}, {}, apart) == ()
        assert source_overview.suggestions({"customer-invite": 2, "Customer Invite": 9}, {}, apart) == ()

    def test_declined_holds_for_what_counts_as_one_of_them(self) -> None:
        """“ads” is kept apart from “Ads”, and so it is from all that counts as “Ads”."""
        found = source_overview.suggestions(
            {"ADS-x": 9, "Ads X": 5, "ads_x": 1}, {"Ads X": "ADS-x"}, [frozenset({"ads_x", "Ads X"})]
        )

        assert found == ()

    def test_another_pair_is_still_suggested(self) -> None:
        """Declining one says nothing about the others."""
        found = source_overview.suggestions(
            {"summer-tour": 9, "Summer Tour": 2, "summer_tour": 1}, {}, [frozenset({"summer-tour", "Summer Tour"})]
        )

        assert [(one.spelling, one.name) for one in found] == [("summer_tour", "summer-tour")]


def test_a_spelling_is_found_in_its_sessions_the_latest_first(store: Store, connection_id: int) -> None:
    """From there it is one click to its people; deleted sessions have none."""
    for number in (1, 2):
        a_session(store, connection_id, f"800{number}", days=number)
        a_tally(store, connection_id, f"800{number}", "ads", number)
        a_tally(store, connection_id, f"800{number}", "mail", 7)

    with store.read() as db:
        found = source_overview.where(db, connection_id, "ads")
        nowhere = source_overview.where(db, connection_id, "Ads")

    assert found[["session_id", "registered"]].to_numpy().tolist() == [["8002", 2], ["8001", 1]]
    assert nowhere.empty


def test_whom_a_few_sources_brought_is_counted_under_their_names(store: Store, connection_id: int) -> None:
    """Costs need the people of ten sources, not of all three hundred; blanks and nothing are one."""
    for number in (1, 2):
        a_session(store, connection_id, f"800{number}", days=number)
        for raw, registered in (("ads", 5), ("Ads", 2), ("mail", 7), ("", 1), ("  ", 3)):
            a_tally(store, connection_id, f"800{number}", raw, registered)
    with store.read() as db:
        seen = source_overview.overview(tallies.spellings(db, connection_id), {"Ads": "ads"})

        found = source_overview.brought(db, connection_id, ["8001"], seen, {"ads", "(none)", "never seen"})
        nobody = source_overview.brought(db, connection_id, [], seen, {"ads"})

    assert found.to_numpy().tolist() == [["8001", "(none)", 4, 0], ["8001", "ads", 7, 0]]
    assert nobody.empty


def a_session(store: Store, connection_id: int, session_id: str, *, days: int) -> None:
    at = NINE + timedelta(days=days)
    seen = SeenSession(session_id, f"7{session_id}", "Tour", None, None, None, at, at, "UTC", "Finished", None, {})
    with store.write() as db:
        sessions.keep(db, connection_id, [seen], now=NINE)


def a_tally(store: Store, connection_id: int, session_id: str, raw: str, registered: int) -> None:
    with store.write() as db:
        db.add(
            SourceTally(
                connection_id=connection_id, session_id=session_id, raw_hash=hash_of(raw), raw=raw,
                registered=registered, attended=0, absent=0, cancelled=0, not_yet_known=registered,
            )
        )  # fmt: skip
