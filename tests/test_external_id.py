"""Key/value pairs and the one string they travel in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall import external_id
from rollcall.external_id import ExternalIdError
from rollcall.pasted import unmarked
from rollcall.problem import Problem

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PAIRS = st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=4, unique_by=lambda pair: pair[0])


def refusal(pairs: list[tuple[str, str]]) -> Problem:
    with pytest.raises(ExternalIdError) as caught:
        external_id.encode(pairs)
    return caught.value.problem


class TestEncode:
    def test_pairs_become_the_string_that_the_crm_expects(self) -> None:
        """The very example of the brief; the order is the marketer's."""
        assert external_id.encode([("lid", "123"), ("oid", "4@56")]) == "lid=123&oid=4%4056"

    def test_a_space_is_percent_20_and_a_plus_percent_2b(self) -> None:
        """Readers disagree about a raw plus, so none is ever written."""
        assert external_id.encode([("a b", "c+d=e&f")]) == "a%20b=c%2Bd%3De%26f"

    def test_marks_that_copying_adds_are_left_out(self) -> None:
        """A CRM would search for `lid` in vain if an invisible mark went with it."""
        pasted = [("\ufefflid\u2060", "\u200b4\u2060@56\u200d")]

        assert external_id.encode(pasted) == "lid=4%4056"

    def test_keys_that_look_the_same_are_the_same(self) -> None:
        """Two keys apart by an invisible mark would be two of the same in the string."""
        assert refusal([("lid", "1"), ("lid\u2060", "2")]).code == "duplicate_key"

    def test_a_joiner_within_a_word_stays(self) -> None:
        """Persian words change their meaning without it."""
        assert external_id.decode(external_id.encode([("k", "می\u200cخواهم")])) == (("k", "می\u200cخواهم"),)

    def test_no_pairs_are_the_empty_string(self) -> None:
        """Somebody without CRM keys has no external ID, not an invalid one."""
        assert external_id.encode([]) == ""

    @pytest.mark.parametrize(
        ("pairs", "code", "value", "detail"),
        [
            ([("lid", "1"), ("", "2")], "empty_key", "2", "row 2"),
            ([("lid", "1"), ("lid", "2")], "duplicate_key", "lid", "row 2"),
            ([("lid", "\ud800")], "not_text", "", "row 1"),
        ],
    )
    def test_what_could_not_be_read_back_is_refused(
        self, pairs: list[tuple[str, str]], code: str, value: str, detail: str
    ) -> None:
        """A key that is empty or there twice would come back as something else."""
        problem = refusal(pairs)

        assert (problem.code, problem.value, problem.detail) == (code, value, detail)

    def test_the_encoded_string_is_counted_not_what_was_typed(self) -> None:
        """126 umlauts are 126 characters and 756 in the string."""
        fits, too_much = [("k", "x" * 253)], [("k", "x" * 254)]

        assert len(external_id.encode(fits)) == 255
        assert refusal(too_much).detail == "256 of 255"
        assert refusal([("k", "ü" * 126)]).detail == "758 of 255"

    def test_a_refusal_does_not_repeat_the_value(self) -> None:
        """Errors end up in logs, CRM ids must not."""
        with pytest.raises(ExternalIdError) as caught:
            external_id.encode([("", "secret-1")])

        assert "secret-1" not in str(caught.value) + repr(caught.value.problem)


class TestDecode:
    @pytest.mark.parametrize(
        ("text", "pairs"),
        [
            ("lid=123&oid=4%4056", (("lid", "123"), ("oid", "4@56"))),
            ("name=Ada+Lovelace", (("name", "Ada Lovelace"),)),
            ("lid=", (("lid", ""),)),
            ("a=1&a=2", (("a", "1"), ("a", "2"))),
            ("", ()),
        ],
    )
    def test_a_key_value_string_is_read_also_when_others_wrote_it(
        self, text: str, pairs: tuple[tuple[str, str], ...]
    ) -> None:
        """A raw plus is a space, as web forms write it."""
        assert external_id.decode(text) == pairs

    @pytest.mark.parametrize("text", ["123", "=1", "a=1&", "a=b=c", "a=%4", "a=%zz", "a=%ff", "a=1&b", "\ud800=1"])
    def test_anything_else_is_left_as_it_is(self, text: str) -> None:
        """None says: show it raw. Half-read pairs would be worse."""
        assert external_id.decode(text) is None

    @given(st.text())
    def test_no_text_breaks_it(self, text: str) -> None:
        """RingCentral may hold anything in that field."""
        pairs = external_id.decode(text)

        assert pairs is None or all(key for key, _ in pairs)

    @given(PAIRS)
    def test_pairs_come_back_and_give_the_same_string_again(self, pairs: list[tuple[str, str]]) -> None:
        """Any Unicode; the string is what finds a person again after a lost answer."""
        if external_id.problems(pairs):
            return
        text = external_id.encode(pairs)

        assert external_id.decode(text) == tuple((unmarked(key), unmarked(value)) for key, value in pairs)
        assert text.isascii()
        assert external_id.encode(external_id.decode(text) or ()) == text


class TestProblems:
    def test_all_are_named_at_once(self) -> None:
        """The form shows them while somebody types, each at its row."""
        found = external_id.problems([("", "x"), ("a", "1"), ("a", "y" * 300)])

        assert [problem.code for problem in found] == ["empty_key", "duplicate_key", "too_long"]

    @given(st.lists(st.tuples(st.text(max_size=4), st.text(max_size=90)), max_size=4))
    def test_none_is_found_exactly_when_the_pairs_can_be_encoded(self, pairs: list[tuple[str, str]]) -> None:
        """The form and the sending must not disagree."""
        found = external_id.problems(pairs)

        if found:
            assert refusal(pairs) == found[0]
        else:
            assert len(external_id.encode(pairs)) <= external_id.LIMIT
