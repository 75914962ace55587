"""Records' joins and leaves → everybody's time in the broadcast. Whole columns at a time, in integer microseconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60_000_000  # microseconds
UNKNOWN: int = np.iinfo(np.int64).min  # as numpy and pandas write "not a time"
FOREVER: int = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Spans:
    """Records as intervals, one element per record of a person; moments in microseconds since 1970.

    Attributes:
        person: whose it is, 0 to people - 1.
        usable: whether join and leave make an interval; the rest counts as a record, not as time.
        left: UNKNOWN where the record is open; `end` is then how far it is known to go on.
    """

    people: int
    person: Ints
    usable: Bools
    is_open: Bools
    joined: Ints
    left: Ints
    end: Ints


@dataclass(frozen=True, slots=True)
class United:
    """Everybody's intervals within the broadcast: none empty, none touching, by person and time."""

    person: Ints
    start: Ints
    end: Ints


def spans(records: pd.DataFrame, person: Ints, *, people: int, until: datetime | None) -> Spans:
    """Read joined_at and left_at of these records; an open one goes on `until`, None: nobody knows how long."""
    joined, left = microseconds(records["joined_at"]), microseconds(records["left_at"])
    is_open = (left == UNKNOWN) & (joined != UNKNOWN)
    end = np.where(is_open, np.maximum(joined, moment(until)), left)
    usable = (joined != UNKNOWN) & (end >= joined) & ~(is_open & (until is None))
    return Spans(people, person, usable, is_open, joined, left, end)


def united(spans: Spans, *, since: datetime | None, until: datetime | None) -> United:
    """Clip to the broadcast and unite per person; a side that is None is not clipped."""
    lower = UNKNOWN if since is None else moment(since)
    upper = FOREVER if until is None else moment(until)
    start, end = np.clip(spans.joined, lower, upper), np.clip(spans.end, lower, upper)
    some = np.flatnonzero(spans.usable & (end > start))
    order = some[np.lexsort((start[some], spans.person[some]))]
    person, start, end = spans.person[order], start[order], end[order]
    reached = pd.Series(end).groupby(person).cummax().to_numpy(np.int64)
    begins = np.ones(order.size, dtype=bool)
    begins[1:] = (person[1:] != person[:-1]) | (start[1:] > reached[:-1])
    firsts = np.flatnonzero(begins)
    ends = np.maximum.reduceat(end, firsts) if firsts.size else end
    return United(person[firsts], start[firsts], ends)


def minutes(spans: Spans, united: United) -> npt.NDArray[np.float64]:
    """Per person, the length of their united intervals; NaN for whoever has no usable record."""
    total = np.zeros(spans.people, dtype=np.int64)
    np.add.at(total, united.person, united.end - united.start)
    known = np.bincount(spans.person[spans.usable], minlength=spans.people) > 0
    return np.where(known, total / MINUTE, np.nan)


def first_join(spans: Spans) -> Ints:
    """Per person, the earliest join of their usable records; UNKNOWN: none."""
    first = np.full(spans.people, FOREVER, dtype=np.int64)
    np.minimum.at(first, spans.person[spans.usable], spans.joined[spans.usable])
    return np.where(first == FOREVER, UNKNOWN, first)


def last_leave(spans: Spans) -> Ints:
    """Per person, the latest leave of their usable records; UNKNOWN: none, or one of them is open."""
    last = np.full(spans.people, UNKNOWN, dtype=np.int64)
    closed = spans.usable & ~spans.is_open
    np.maximum.at(last, spans.person[closed], spans.left[closed])
    last[spans.person[spans.usable & spans.is_open]] = UNKNOWN
    return last


def devices(spans: Spans) -> Ints:
    """Per person, the most of their records that share a moment: so many devices at least; 0 without a record."""
    some = spans.usable & (spans.end > spans.joined)
    person = np.concatenate([spans.person[some]] * 2)
    at = np.concatenate([spans.joined[some], spans.end[some]])
    step = np.repeat([1, -1], person.size // 2)
    order = np.lexsort((step, at, person))  # who leaves when another joins has left: -1 before 1
    most = np.minimum(np.bincount(spans.person, minlength=spans.people), 1)
    np.maximum.at(most, person[order], np.cumsum(step[order]))
    return most


def moment(at: datetime | None) -> int:
    """An aware moment in microseconds since 1970; UNKNOWN for None."""
    return UNKNOWN if at is None else (at - EPOCH) // timedelta(microseconds=1)


def microseconds(moments: pd.Series[Any]) -> Ints:
    """A column of aware moments in microseconds since 1970; UNKNOWN for NaT."""
    found: Ints = moments.dt.as_unit("us").to_numpy("datetime64[us]").view(np.int64)
    return found


def moments(at: Ints) -> pd.Series[pd.Timestamp]:
    """The other way round."""
    return pd.Series(at.view("datetime64[us]")).dt.tz_localize("UTC")
