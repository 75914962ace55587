"""Moments, durations and numbers as the screens say them."""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from math import ceil, floor
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_UNITS = ((86_400, "day", "days"), (3_600, "h", "h"), (60, "min", "min"), (1, "s", "s"))
_DAYS_ALONE = 14  # from so many days on, nobody asks for the hours
_UTC = ZoneInfo("UTC")


def moment(when: datetime, zone_name: str | None, *, now: datetime | None = None) -> str:
    """Day and time in that zone, which it names: "Thu 3 Dec 15:00 CET"; with the year where it is not this one's.

    Args:
        zone_name: as IANA has it ("Europe/Berlin"); None or unknown: UTC.
        now: what "this year" is; without it no year is written.
    """
    local = when.astimezone(zone(zone_name))
    year = f" {local.year}" if now is not None and now.astimezone(local.tzinfo).year != local.year else ""
    return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M} {_zone_word(local)}"


def day(when: datetime, zone_name: str | None, *, now: datetime) -> str:
    """The day alone, "3 Dec"; with the year where it is not this one's."""
    local = when.astimezone(zone(zone_name))
    year = f" {local.year}" if now.astimezone(local.tzinfo).year != local.year else ""
    return f"{local.day} {local:%b}{year}"


def clock(when: datetime, zone_name: str | None, *, now: datetime | None = None) -> str:
    """The time alone, "14:20 CET"; with its day in front where that is not today's."""
    local = when.astimezone(zone(zone_name))
    if now is not None and now.astimezone(local.tzinfo).date() != local.date():
        return moment(when, zone_name, now=now)
    return f"{local:%H:%M} {_zone_word(local)}"


def duration(length: timedelta) -> str:
    """In words, the two greatest units, rounded up: "1 h 40 min", "2 days 3 h", "45 s"."""
    return _in_words(length, ceil)


def relative(when: datetime, now: datetime) -> str:
    """How far from now, rounded down to what is whole: "in 2 days 3 h", "3 min ago", "just now"."""
    if abs(when - now) < timedelta(seconds=10):
        return "just now"
    return f"in {_in_words(when - now, floor)}" if when > now else f"{_in_words(now - when, floor)} ago"


def number(amount: int) -> str:
    """With thousands separators: "1,240"."""
    return f"{amount:,}"


def many(amount: int, one: str, more: str = "") -> str:
    """A number and its word: "1 person", "1,240 people"; `more` is `one` with an s if it is not given."""
    return f"{amount:,} {one if amount == 1 else more or one + 's'}"


def zone(name: str | None) -> tzinfo:
    """The time zone of this name, UTC for none and for one that this machine does not know."""
    return _zone(name or "UTC")


@lru_cache(maxsize=256)
def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return _UTC


def _zone_word(local: datetime) -> str:
    """The zone's short name; "UTC-3" for the many that have none but their distance."""
    name = local.tzname() or "UTC"
    if name[0] not in "+-":
        return name
    hours, minutes = name[1:3].lstrip("0") or "0", name[3:5]
    return f"UTC{name[0]}{hours}{f':{minutes}' if minutes else ''}"


def _in_words(length: timedelta, rounded: Callable[[float], int]) -> str:
    seconds = max(0, rounded(length.total_seconds()))
    grain = 1 if seconds < 60 else 60 if seconds < 86_400 else 3_600 if seconds < _DAYS_ALONE * 86_400 else 86_400
    seconds = rounded(seconds / grain) * grain
    parts = []
    for size, one, more in _UNITS:
        amount, seconds = divmod(seconds, size)
        if amount:
            parts.append(f"{amount:,} {one if amount == 1 else more}")
    return " ".join(parts[:2]) or "0 s"
