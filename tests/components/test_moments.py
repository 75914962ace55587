"""Times, durations and numbers as the screens say them."""

from datetime import UTC, datetime, timedelta

import pytest

from components.moments import clock, duration, many, moment, number, relative

NINE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Europe/Berlin", "Tue 1 Dec 10:00 CET"),
        ("America/New_York", "Tue 1 Dec 04:00 EST"),
        ("America/Sao_Paulo", "Tue 1 Dec 06:00 UTC-3"),
        ("Asia/Kathmandu", "Tue 1 Dec 14:45 UTC+5:45"),
        ("Nowhere/Atall", "Tue 1 Dec 09:00 UTC"),
        ("../../etc/passwd", "Tue 1 Dec 09:00 UTC"),
        (None, "Tue 1 Dec 09:00 UTC"),
    ],
)
def test_a_moment_names_its_zone(zone: str | None, said: str) -> None:
    """RingCentral may send any text as a zone, and none at all."""
    assert moment(NINE, zone) == said


def test_another_year_is_written() -> None:
    """In December many webinars lie in January."""
    assert moment(NINE + timedelta(days=60), "UTC", now=NINE) == "Sat 30 Jan 2027 09:00 UTC"


def test_the_clock_names_the_day_when_it_is_another() -> None:
    """Done at 02:20 means tomorrow, in the session's zone and not in ours."""
    assert clock(NINE, "Europe/Berlin", now=NINE) == "10:00 CET"
    assert clock(NINE + timedelta(hours=14), "Europe/Berlin", now=NINE) == "Wed 2 Dec 00:00 CET"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"), (0.2, "1 s"), (59.5, "1 min"), (61, "2 min"), (5_990, "1 h 40 min"), (86_399, "1 day"),
        (2 * 86_400 + 3 * 3_600, "2 days 3 h"), (15 * 86_400, "15 days"), (-5, "0 s"),
    ],
)  # fmt: skip
def test_a_duration_is_rounded_up_to_two_units(seconds: float, said: str) -> None:
    """Somebody who waits is never promised too little."""
    assert duration(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-3, "just now"), (-230, "3 min ago"), (51 * 3_600 + 59, "in 2 days 3 h"), (-40 * 86_400, "40 days ago")],
)
def test_far_from_now_is_rounded_down(seconds: int, said: str) -> None:
    """Three and a half minutes ago is three minutes ago."""
    assert relative(NINE + timedelta(seconds=seconds), NINE) == said


def test_numbers_have_separators_and_their_word() -> None:
    """1 person, 1,240 people, 2 calls."""
    assert number(1240) == "1,240"
    assert [many(1, "person", "people"), many(1240, "person", "people"), many(2, "call")] == [
        "1 person", "1,240 people", "2 calls",
    ]  # fmt: skip
