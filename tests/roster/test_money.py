"""Amounts as people write them, to the smallest unit and without a float."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.problem import Problem
from rollcall.roster import money
from rollcall.roster.money import CURRENCIES, DECIMALS, Money


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("1234.5", "EUR", 123_450), ("1,234.50", "EUR", 123_450), ("1.234,50", "EUR", 123_450),
        ("1 234,50", "EUR", 123_450), ("1\u202f234,5", "EUR", 123_450), ("1'234.50", "CHF", 123_450),
        ("€ 1,234", "EUR", 123_400), ("1.234 €", "EUR", 123_400), ("EUR 12", "EUR", 1_200), ("12 eur", "EUR", 1_200),
        ("$5", "CAD", 500), ("5 ¥", "CNY", 500),
        ("1,234,567", "USD", 123_456_700), ("0", "USD", 0), ("0,5", "USD", 50), ("12,", "USD", 1_200),
        ("007", "USD", 700), ("1,500.00", "JPY", 1_500), ("1500", "JPY", 1_500), ("1.500", "JPY", 1_500),
        ("1.234", "KWD", 1_234), ("0.234", "KWD", 234), ("1,234", "KWD", 1_234_000), ("12.3450", "KWD", 12_345),
        ("12.340", "EUR", 1_234_000), ("0.10", "EUR", 10), ("19.99", "EUR", 1_999),
    ],
)  # fmt: skip
def test_what_people_write_is_read(text: str, currency: str, amount: int) -> None:
    """Pasted out of a German, a Swiss or an American spreadsheet."""
    assert money.parse(text, currency) == Money(amount, currency)


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("-5", "EUR", "negative"), ("−5", "EUR", "negative"), ("5.99", "JPY", "too_many_decimals"),
        ("0.005", "EUR", "too_many_decimals"), ("1234.567", "EUR", "too_many_decimals"), ("", "EUR", "no_amount"),
        ("much", "EUR", "no_amount"), ("1e6", "EUR", "no_amount"), ("1,23,4", "EUR", "no_amount"),
        ("12 34", "EUR", "no_amount"), ("=1+1", "EUR", "no_amount"), ("nan", "EUR", "no_amount"),
        ("١٢", "EUR", "no_amount"), ("1,234,50", "EUR", "no_amount"), ("€ 5 €5", "EUR", "no_amount"),
        ("$5", "EUR", "other_currency"), ("5 £", "USD", "other_currency"),
        ("€5", "JPY", "other_currency"),
        ("1000000000001", "EUR", "too_much"), ("9" * 5_000, "EUR", "too_much"), ("5", "XXX", "unknown_currency"),
        ("5", "", "unknown_currency"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(text: str, currency: str, code: str) -> None:
    """Nothing is guessed, rounded or cut: a marketer moves a budget by these figures."""
    found = money.parse(text, currency)

    assert isinstance(found, Problem)
    assert found.code == code


@given(st.integers(0, money.MOST), st.sampled_from(CURRENCIES))
def test_what_is_written_is_read_back(amount: int, currency: str) -> None:
    """The table shows what is kept, and saving it untouched changes nothing."""
    kept = Money(amount, currency)

    assert money.parse(money.written(kept), currency) == kept


@given(st.text(max_size=30), st.sampled_from(CURRENCIES))
def test_any_text_is_an_amount_or_a_problem(text: str, currency: str) -> None:
    """Whatever is pasted into the table, the page stays."""
    found = money.parse(text, currency)

    assert isinstance(found, Problem) or (isinstance(found.amount, int) and found.amount >= 0)


@pytest.mark.parametrize(("currency", "digits"), [("JPY", 0), ("EUR", 2), ("KWD", 3), ("ISK", 0), ("TND", 3)])
def test_a_currency_has_its_decimals(currency: str, digits: int) -> None:
    """ISO 4217."""
    assert DECIMALS[currency] == digits


def test_every_currency_is_offered_once() -> None:
    """The usual ones first, the others by their codes."""
    assert sorted(CURRENCIES) == sorted(DECIMALS)
    assert len(set(CURRENCIES)) == len(CURRENCIES)
    assert all(len(code) == 3 for code in CURRENCIES)


def test_a_cost_per_person_is_written_like_an_amount() -> None:
    """It is a part of a cent, mostly."""
    assert money.of_smallest(123_456.7, "EUR") == "1,234.57"
    assert money.of_smallest(1_234.4, "JPY") == "1,234"
    assert money.written(Money(5, "EUR")) == "0.05"
