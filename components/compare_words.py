"""What the comparison says: sessions by name, why one is left out, how sure a figure is. Names are foreign text."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count
from typing import Any
from zlib import crc32

import pandas as pd

from components.moments import day, moment
from rollcall.attendance import report_words
from rollcall.attendance.matching import Provisional
from rollcall.attendance.over_time import Against, LeftOut
from rollcall.attendance.returning import REGULAR, Group
from rollcall.attendance.tallies import State

LEFT_OUT = {
    LeftOut.TO_COME: "still to come",
    LeftOut.RUNNING: "running: its figures are “so far”",
    LeftOut.NEVER_STARTED: "never started",
    LeftOut.NOT_LISTED: "its time has just passed; RingCentral's list tells within an hour whether it took place",
    LeftOut.WITHOUT_LIST: "nobody can register for it, so there is no list to read",
    LeftOut.NOT_READ: "who came was not read yet",
    LeftOut.READ_BEFORE_END: "read before its end",
    LeftOut.NOBODY: "nobody had registered",
}
STATES = {
    State.TO_COME: "to come",
    State.RUNNING: "running, so far",
    State.OVER: "over",
    State.NEVER_STARTED: "never started",
}
AGAINST = {
    Against.HIGHER: "higher, more than chance",
    Against.LOWER: "lower, more than chance",
    Against.NO_MORE_THAN_CHANCE: "no more than chance",
    Against.TOO_FEW: "too few to tell",
}
GROUPS = {
    Group.NEW: "New",
    Group.ONCE: "Came once",
    Group.RETURNING: "Returning",
    Group.REGULAR: "Regular",
    Group.NEVER_CAME: "Never came",
}
MEANINGS = {
    Group.NEW: "Registered for the latest of these sessions, and for none before it.",
    Group.ONCE: "Registered for one session before the latest, and came to it.",
    Group.RETURNING: f"Registered for several, and came to one or more, but to fewer than {REGULAR}.",
    Group.REGULAR: f"Known before the latest, and came to {REGULAR} or more.",
    Group.NEVER_CAME: "Known before the latest, and came to none.",
}
NO_FIGURE = "not available"
RATE_NOTE = "Attended of registered, with 95 % interval (Wilson)"
_WHY = {Provisional.NEVER_STARTED: "it never started, as far as RingCentral's list says"}


def rows(found: pd.DataFrame) -> Iterator[Any]:
    """The sessions of `tallies.sessions` one by one, as objects with its columns."""
    return iter(found.itertuples(index=False))


def began(row: Any, now: datetime) -> str:
    """When a session of `tallies.sessions` began, in its own zone."""
    if pd.isna(row.starts_at):
        return "time not known"
    return moment(row.starts_at.to_pydatetime(), row.time_zone, now=now)


def name(row: Any, now: datetime) -> str:
    """A session by day and title: "3 Dec · Autumn tour"."""
    if pd.isna(row.starts_at):
        return str(row.title)
    return f"{day(row.starts_at.to_pydatetime(), row.time_zone, now=now)} · {row.title}"


def names(found: pd.DataFrame, now: datetime) -> list[str]:
    """The sessions by day and title, no two alike: they may become the titles of columns."""
    told: dict[str, None] = {}
    tries: dict[str, count[int]] = {}
    for row in rows(found):
        said = unused = name(row, now)
        while unused in told:  # "Demo (2)" may itself be a title
            unused = f"{said} ({next(tries.setdefault(said, count(2)))})"
        told[unused] = None
    return list(told)


def of_these(name: str, ids: Sequence[str]) -> str:
    """A name that is another one for other ids: what is selected by its row in a chart or table must not outlive it."""
    return f"{name}-{crc32(repr(list(ids)).encode('utf-8', 'surrogatepass')):08x}"


def sureness(row: Any) -> str:
    """Whether the figures are final, and why not; that they are not there at all."""
    if not row.is_counted:
        return NO_FIGURE
    if not row.provisional:
        return "final"
    return f"provisional: {'; '.join(_WHY.get(why, '') or report_words.PROVISIONAL[why] for why in row.provisional)}"


def percent(share: float) -> str:
    """A share of 1 as the screens say it: "41.5 %"."""
    return f"{100 * share:.1f} %"


def interval(low: float, high: float) -> str:
    """From one share of 1 to another: "35.2 to 44.6 %"."""
    return f"{100 * low:.1f} to {100 * high:.1f} %"
