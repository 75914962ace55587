"""Ids that a spreadsheet has destroyed."""

import pytest

from rollcall.attendance.exports import keys
from rollcall.attendance.exports.ruined import is_ruined, may_be_rounded


@pytest.mark.parametrize("text", ["1.23E+17", "1,23E+17", "1.23457E+17", "1E+17", " 1.2e17 ", "-1.5E+20"])
def test_a_number_in_scientific_notation_was_an_id(text: str) -> None:
    """As Excel shows and saves it, in English and German."""
    assert is_ruined(text)


@pytest.mark.parametrize(
    "text", ["", "123", "1E5", "12E456", "00Q5E000001ABCD", "1.5", "E+17", "1.23E+17 x", "5e00000"]
)
def test_an_id_with_an_e_in_it_is_none(text: str) -> None:
    """Half of all hexadecimal ids have one."""
    assert not is_ruined(text)


def test_a_long_number_ending_in_zeros_may_be_rounded() -> None:
    """Excel keeps 15 digits."""
    assert may_be_rounded("123456789012345000")
    assert not may_be_rounded("123456789012345678")
    assert not may_be_rounded("123456789012000")
    assert not may_be_rounded("")


def test_people_with_a_ruined_id_are_counted_by_its_key() -> None:
    """However the string of keys was written: as RingCentral gives it, or with a plus that reads as a blank."""
    strings = ["lid=1.23E%2B17&oid=4", "lid=1.23E+17", "lid=00Q5e00000aBcDe", "1.23E+17", "", "name=2E"]

    assert keys.ruined(strings) == {"lid": 2, keys.RAW: 1}
