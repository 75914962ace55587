"""Which spelling counts as which: decided, undone, kept apart; no chain is left open and no circle is closed."""

from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from rollcall.roster import source_names
from rollcall.store.database import Store
from rollcall.store.tables import Journal, SourceName
from tests.databases import NINE, a_connection

TEN = NINE + timedelta(hours=1)
SPELLINGS = st.sampled_from("abcdef")


def decide(store: Store, connection_id: int, spellings: list[str], name: str) -> list[str]:
    with store.write() as db:
        return source_names.decide(db, connection_id, spellings, name, actor="local", now=NINE)


def undo(store: Store, connection_id: int, *spellings: str) -> list[str]:
    with store.write() as db:
        return source_names.undo(db, connection_id, spellings, actor="local", now=TEN)


def decline(store: Store, connection_id: int, *pairs: tuple[str, str]) -> list[tuple[str, str]]:
    with store.write() as db:
        return source_names.decline(db, connection_id, pairs, actor="local", now=NINE)


def names(store: Store, connection_id: int) -> dict[str, str]:
    with store.read() as db:
        return source_names.names(db, connection_id)


def counting(links: dict[str, str], spelling: str) -> str:
    return source_names.resolved(links).get(spelling, spelling)


class TestResolved:
    def test_a_chain_is_followed_to_its_end(self) -> None:
        """Whoever merged a into b, and later b into c, means all three."""
        assert source_names.resolved({"a": "b", "b": "c"}) == {"a": "c", "b": "c"}

    def test_a_circle_ends_at_one_name(self) -> None:
        """Two people may have decided at the same moment; their people must not vanish or be counted twice."""
        assert source_names.resolved({"a": "b", "b": "c", "c": "a", "d": "b"}) == dict.fromkeys("abcd", "a")

    def test_a_spelling_may_count_as_itself(self) -> None:
        """That is a decision as well, and no circle to be lost in."""
        assert source_names.resolved({"a": "a", "b": "a"}) == {"a": "a", "b": "a"}

    @given(st.dictionaries(SPELLINGS, SPELLINGS))
    def test_no_name_counts_as_another_name(self, links: dict[str, str]) -> None:
        """One look tells the name, whatever the links are: applying the names twice changes nothing."""
        found = source_names.resolved(links)

        assert set(found) >= set(links)
        assert all(found.get(name, name) == name for name in found.values())

    @given(st.dictionaries(SPELLINGS, SPELLINGS))
    def test_whatever_is_linked_counts_as_one(self, links: dict[str, str]) -> None:
        """A link that changed nothing would be a decision that is not kept."""
        assert all(counting(links, spelling) == counting(links, name) for spelling, name in links.items())

    @given(st.permutations(list("abcdef")), st.dictionaries(SPELLINGS, SPELLINGS))
    def test_the_order_of_the_links_tells_nothing(self, order: list[str], links: dict[str, str]) -> None:
        """Two databases give rows in two orders, and the figures have to be the same."""
        shuffled = {one: links[one] for one in order if one in links}

        assert source_names.resolved(shuffled) == source_names.resolved(links)


class TestDeciding:
    def test_a_spelling_counts_as_the_name_in_every_session(self, store: Store, connection_id: int) -> None:
        """The raw value stays beside it."""
        decide(store, connection_id, ["Ads", "ADS"], "ads")
        people = pd.DataFrame({"source": ["Ads", "ads", "mail", ""]})

        found = source_names.applied(people, names(store, connection_id))

        assert list(found["source"]) == ["ads", "ads", "mail", ""]
        assert list(found["source_raw"]) == ["Ads", "ads", "mail", ""]

    def test_what_counted_as_a_spelling_goes_along(self, store: Store, connection_id: int) -> None:
        """Else a second merge would tear the first one apart."""
        decide(store, connection_id, ["a"], "b")
        decide(store, connection_id, ["b"], "c")

        assert names(store, connection_id) == {"a": "c", "b": "c"}

    def test_a_circle_is_not_closed(self, store: Store, connection_id: int) -> None:
        """Whoever lets b count as a, after a counted as b, wants the name a."""
        decide(store, connection_id, ["a"], "b")
        decide(store, connection_id, ["b"], "c")
        decide(store, connection_id, ["c"], "a")

        assert names(store, connection_id) == {"b": "a", "c": "a"}

    def test_undoing_restores_what_was_before(self, store: Store, connection_id: int) -> None:
        """a was merged into b on another day, by somebody else perhaps."""
        decide(store, connection_id, ["a"], "b")
        decide(store, connection_id, ["b"], "c")

        undone = undo(store, connection_id, "b", "never decided")

        assert undone == ["b"]
        assert names(store, connection_id) == {"a": "b"}

    def test_a_second_press_decides_nothing(self, store: Store, connection_id: int) -> None:
        """And leaves no second line in the journal."""
        decide(store, connection_id, ["a"], "b")

        assert decide(store, connection_id, ["a", "b"], "b") == []
        with store.read() as db:
            assert len(db.scalars(select(Journal)).all()) == 1

    @pytest.mark.parametrize("blank", ["", " ", "\t\u00a0"])
    def test_no_source_is_never_a_spelling_nor_a_name(self, store: Store, connection_id: int, blank: str) -> None:
        """Those who came without one stay “(none)”."""
        assert decide(store, connection_id, [blank], "ads") == []
        with pytest.raises(ValueError, match="needs a name"):
            decide(store, connection_id, ["ads"], blank)

    def test_a_source_of_ten_thousand_characters_can_be_decided(self, store: Store, connection_id: int) -> None:
        """A page's address with everything in it, as some forms send it."""
        long = "https://acme.example/?" + "x" * 10_000

        decide(store, connection_id, [long], "web")

        assert names(store, connection_id) == {long: "web"}
        assert undo(store, connection_id, long) == [long]

    def test_decisions_are_listed_with_their_time_the_latest_first(self, store: Store, connection_id: int) -> None:
        """“Since when is that so, and who said it?”"""
        decide(store, connection_id, ["a"], "b")
        with store.write() as db:
            source_names.decide(db, connection_id, ["c"], "d", actor="kim", now=TEN)

        with store.read() as db:
            found = source_names.decisions(db, connection_id)

        assert [(one.spelling, one.name, one.at, one.by) for one in found] == [
            ("c", "d", TEN, "kim"),
            ("a", "b", NINE, "local"),
        ]
        assert "spelling" not in repr(found)

    def test_another_connection_decides_for_itself(self, store: Store, connection_id: int) -> None:
        """Two companies may mean two things by one word."""
        other = a_connection(store, owner_id="4002")

        decide(store, connection_id, ["a"], "b")

        assert names(store, other) == {}

    def test_more_than_a_statement_takes_can_be_undone(self, store: Store, connection_id: int) -> None:
        """Databases limit how many values a statement may name."""
        many = [f"s-{number}" for number in range(1_200)]
        decide(store, connection_id, many, "one")

        assert len(undo(store, connection_id, *many)) == 1_200
        assert names(store, connection_id) == {}

    @given(st.lists(st.tuples(st.lists(SPELLINGS, min_size=1, max_size=3), SPELLINGS), max_size=6))
    def test_no_decisions_close_a_circle(self, decisions: list[tuple[list[str], str]]) -> None:
        """In whatever order they come: the last one holds, and every spelling has one name."""
        links: dict[str, str] = {}
        for spellings, name in decisions:
            source_names.linked(links, spellings, name)

            assert not has_circle(links)
            assert {counting(links, one) for one in spellings} == {counting(links, name)}


def has_circle(links: dict[str, str]) -> bool:
    for start in links:
        one, steps = start, 0
        while one in links:
            one, steps = links[one], steps + 1
            if steps > len(links):
                return True
    return False


class TestKeptApart:
    def test_what_was_declined_is_known_both_ways_round(self, store: Store, connection_id: int) -> None:
        """When counts change, the same pair would be suggested the other way round."""
        decline(store, connection_id, ("ad-eu", "ad-us"))

        assert decline(store, connection_id, ("ad-us", "ad-eu")) == []
        with store.read() as db:
            (found,) = source_names.declined(db, connection_id)
        assert (found.pair, found.at, found.by) == (frozenset({"ad-eu", "ad-us"}), NINE, "local")

    def test_it_can_be_asked_again(self, store: Store, connection_id: int) -> None:
        """Declining by mistake is undone like everything else here."""
        decline(store, connection_id, ("a", "b"))

        with store.write() as db:
            asked = source_names.reconsider(db, connection_id, [("b", "a"), ("c", "d")], actor="local", now=TEN)

        assert asked == [("b", "a")]
        with store.read() as db:
            assert source_names.declined(db, connection_id) == []

    def test_whoever_counts_them_as_one_keeps_them_apart_no_more(self, store: Store, connection_id: int) -> None:
        """The later word holds, and the list of decisions must not say both."""
        decline(store, connection_id, ("a", "b"))

        decide(store, connection_id, ["b"], "a")

        with store.read() as db:
            assert source_names.declined(db, connection_id) == []

    def test_nul_and_ten_thousand_characters_can_be_kept_apart(self, store: Store, connection_id: int) -> None:
        """PostgreSQL keeps no NUL in a text; the store has none, but a pair stands in a JSON value."""
        pair = ("x" * 10_000, "x" * 9_999 + "y")

        assert decline(store, connection_id, pair) == [pair]


def test_the_journal_holds_no_source(store: Store, connection_id: int) -> None:
    """A source may be a link with somebody's address in it; the journal outlives it."""
    decide(store, connection_id, ["anna@example.com"], "mail")
    decline(store, connection_id, ("anna@example.com", "ann@example.com"))
    undo(store, connection_id, "anna@example.com")

    with store.read() as db:
        written = [repr((one.deed, one.detail)) for one in db.scalars(select(Journal))]

    assert len(written) == 3
    assert not [one for one in written if "@" in one or "mail" in one]


def test_a_circle_in_the_store_still_resolves(store: Store, connection_id: int) -> None:
    """On PostgreSQL two transactions may each close half of one."""
    with store.write() as db:
        put(db, connection_id, {"a": "b", "b": "a"})

    assert names(store, connection_id) == {"a": "a", "b": "a"}
    assert decide(store, connection_id, ["b"], "c") == ["b"]
    assert names(store, connection_id) == {"a": "c", "b": "c"}


def put(db: Session, connection_id: int, links: dict[str, str]) -> None:
    for raw, name in links.items():
        db.add(
            SourceName(
                connection_id=connection_id, raw_hash=source_names.hash_of(raw), raw=raw, name=name, decided_at=NINE,
                decided_by="local",
            )
        )  # fmt: skip


def test_known_sources_are_offered_under_the_names_they_count_as() -> None:
    """The form must not offer three spellings of one campaign, nor change their order."""
    assert source_names.offered(["Ads", "mail", "ads", "ADS"], {"Ads": "ads", "ADS": "ads"}) == ["ads", "mail"]
