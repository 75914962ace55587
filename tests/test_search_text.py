"""What is searched: the same letters whatever their case and accents, and external IDs as people know them."""

import pytest

from rollcall.search_text import MOST_BYTES, SOURCE_KEY, folded, search_text, source_key, words


def text_of(**changed: str) -> str:
    fields = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com", "source": "", "external_id": ""}
    return search_text(**{**fields, **changed})


def is_found(typed: str, text: str) -> bool:
    """What the store asks, without a store."""
    return all(any(all(part in text for part in spelling) for spelling in word) for word in words(typed))


def test_a_name_is_found_without_its_case_and_accents() -> None:
    """Nobody types Zoë Kovač into a search as she writes herself."""
    text = text_of(first_name="Zoë", last_name="Kovač")

    assert [typed for typed in ("kovac", "KOVAČ", "zoe kovac", "Kovač zoë") if not is_found(typed, text)] == []


def test_sorting_by_it_sorts_by_last_name() -> None:
    """The column is both, so that one index serves search and order."""
    texts = [text_of(last_name=name) for name in ("Zuse", "Ångström", "Lovelace")]

    assert [text.split()[0] for text in sorted(texts)] == ["angstrom", "lovelace", "zuse"]


@pytest.mark.parametrize("typed", ["4@56", "oid=4@56", "lid=123&oid=4%4056", "lid", "123 oid", "march list"])
def test_an_external_id_is_found_by_key_and_by_value(typed: str) -> None:
    """Marketers know the value from their CRM, not how it was encoded for a link."""
    text = text_of(external_id="lid=123&oid=4%4056&list=March%20list")

    assert is_found(typed, text)


def test_an_external_id_that_is_no_list_of_pairs_is_found_as_it_is() -> None:
    """Other systems write what they like."""
    assert is_found("a%zz", text_of(external_id="00Q/A%ZZ"))


@pytest.mark.parametrize("length", [1_100, 1_180, 10_000])
def test_a_long_source_hides_no_external_id(length: int) -> None:
    """A whole link as a source is longer than what fits; who is looked for by their lead id must be found."""
    text = text_of(source=f"https://acme.example/?q={'x' * length}", external_id="lid=123&oid=4%4056")

    assert is_found("lid=123", text)
    assert is_found("oid=4@56", text)
    assert is_found("https://acme.example/?q=", text)


def test_what_nobody_has_is_not_found() -> None:
    """Two words that both occur, in different people, find nobody."""
    assert not is_found("ada byron", text_of())


def test_a_source_of_any_length_fits_the_index() -> None:
    """PostgreSQL refuses a row whose index entry is too long, and the whole list with it."""
    text = text_of(source="ß𝔘" * 5_000)

    assert len(text.encode()) <= MOST_BYTES
    assert len(source_key("x" * 10_000)) == SOURCE_KEY


def test_a_search_of_blanks_and_marks_looks_for_nothing() -> None:
    """It would otherwise be a pattern that matches everybody, slowly."""
    assert words("  \t \u0301 ") == []


def test_folding_twice_is_folding_once() -> None:
    """What is typed is folded, and what is stored was; both must meet."""
    odd = "İstanbul ǅ ﬁne ß Ω Å é"

    assert folded(folded(odd)) == folded(odd)
