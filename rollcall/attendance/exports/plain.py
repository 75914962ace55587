"""Everything that is known of the people, a column each: for a spreadsheet, or for a program that asks what is what."""

from __future__ import annotations

import pandas as pd

from rollcall.attendance.exports import keys, statuses
from rollcall.attendance.exports.sheet import READABLE, Cell, Sheet, flags, known_zone, numbers, texts, times
from rollcall.attendance.exports.statuses import Statuses

STANDINGS = Statuses("attended", "absent", "cancelled", "not yet known", "on demand")


def sheet(people: pd.DataFrame, *, zone: str = "UTC", links: bool = False) -> Sheet:
    """The people with their attendance and the keys of their external ID, which stands whole where it has none.

    Args:
        zone: IANA name; the times are written in it and their columns named for it. Unknown: UTC.
        links: with each person's join and cancellation link, which let whoever has the file in under that name.
    """
    zone = known_zone(zone)
    columns: dict[str, list[Cell] | list[str]] = {
        name: texts(people[name]) for name in ("email", "first_name", "last_name", "registrant_id", "source")
    }
    columns["standing"] = statuses.of(people, STANDINGS)
    columns["minutes"] = numbers(people["minutes"])
    for name in ("registered_at", "first_join", "last_leave"):
        columns[f"{name} ({zone})"] = times(people[name], READABLE, zone=zone)
    for name, flag in (("new", "is_new"), ("returning", "is_returning"), ("on_demand", "is_on_demand")):
        columns[name] = flags(people[flag])
    if links:
        columns |= {name: texts(people[name]) for name in ("join_uri", "cancellation_uri")}
    return Sheet.of({**columns, **keys.columns(texts(people["external_id"]), taken=columns)})
