"""The lists a marketer writes to after a webinar: who is on each, narrowed by source and by what their CRM knows.

Whoever registered after the session is counted apart from the others, and so is on no list but `everybody`, `on_demand`
and `recent`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import pandas as pd

from rollcall.attendance.exports import keys
from rollcall.attendance.facts import SessionFacts
from rollcall.attendance.matching import Attendance, Standing, is_settled, known_until, read_at
from rollcall.attendance.minutes import EARLY

RECENT = timedelta(days=1)


class List(StrEnum):
    """Whom to write to, with one sentence of meaning each."""

    EVERYBODY = "everybody"  # every live registrant ever seen, also those on demand
    ATTENDED = "attended"  # came, also if they had cancelled before
    STAYED = "stayed"  # attended at least a share of the broadcast
    LEFT_EARLY = "left_early"  # attended, and left more than some minutes before the end
    JOINED_LATE = "joined_late"  # attended, and joined more than some minutes after the begin
    ABSENT = "absent"  # registered, not cancelled, not seen; the session is over and its attendance final
    CANCELLED = "cancelled"  # gone from the list of registrants, and not seen
    NEW = "new"  # never registered before
    RETURNING = "returning"  # registered before
    ON_DEMAND = "on_demand"  # registered after the session
    RECENT = "recent"  # registered in the last day and did not cancel


class Wait(StrEnum):
    """What a list waits for before it can be made."""

    BEGIN = "begin"  # of the session
    END = "end"
    START = "start"  # its time is past, and it never started
    READING = "reading"  # of who came, after the begin or after the end
    HISTORY = "history"  # of the registrants of any earlier session


_OF_WHO_CAME = (List.ATTENDED, List.STAYED, List.JOINED_LATE)
_WITH_ON_DEMAND = frozenset({List.EVERYBODY, List.ON_DEMAND, List.RECENT})


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """People by one key of their external ID.

    Attributes:
        values: any of these; empty: any value at all.
        absent: the people this does not fit, instead of those it fits.
    """

    key: str
    values: frozenset[str] = field(default=frozenset(), repr=False)
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """One list and what narrows it; all of it must fit. Late, early and the share are of the broadcast.

    Attributes:
        share: of the broadcast that `stayed` asks for, 0 to 1.
        margin: minutes that count as neither late nor early.
        sources: any of these as they stand in `people`, "" being none; empty: all.
    """

    name: List
    share: float = 0.5
    margin: float = EARLY.total_seconds() / 60
    sources: frozenset[str] = field(default=frozenset(), repr=False)
    keys: tuple[KeyFilter, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """The people of a selection, and how many more it cannot tell about: they attended, their times are not known."""

    people: pd.DataFrame = field(repr=False)
    unknown: int

    @property
    def count(self) -> int:
        """How many people a download would hold."""
        return len(self.people)


def people_of(attendance: Attendance, *, known_before: Collection[str] | None) -> pd.DataFrame:
    """Everybody of a session as lists and files take them: `attendance.people`, then those on demand, with three flags.

    Adds is_on_demand, and is_new and is_returning by the address; nobody is either where earlier sessions are not
    known. Whoever registered on demand is absent, or cancelled if gone from the list; they have no minutes.

    Args:
        known_before: the `email_key` of everybody who registered for an earlier session; None: not known.
    """
    late = attendance.on_demand
    never = pd.Series(pd.NaT, index=late.index, dtype=attendance.people["first_join"].dtype)
    standing = np.where(late["gone_at"].notna(), Standing.CANCELLED.value, Standing.ABSENT.value)
    late = late.assign(standing=standing, minutes=np.nan, first_join=never, last_leave=never, is_on_demand=True)
    people = attendance.people.assign(is_on_demand=False)
    if len(late):
        people = pd.concat([people, late], ignore_index=True)
    is_known = people["email_key"].isin(list(known_before or ()))
    has_history = known_before is not None
    return people.assign(
        is_new=has_history & ~is_known & (people["email_key"] != ""), is_returning=has_history & is_known
    )


def choose(people: pd.DataFrame, selection: Selection, session: SessionFacts) -> Chosen:
    """The people of one selection, in the order they came in."""
    filtered = people[_fits(people, selection)]
    verdict = _verdict(filtered, selection, session)
    is_on = verdict.fillna(False).to_numpy(dtype=bool)
    return Chosen(filtered[is_on], int(verdict.isna().sum()))


class Counted(NamedTuple):
    """How many people a list would hold, and of how many more it cannot be told."""

    people: int
    unknown: int


def counts(people: pd.DataFrame, selection: Selection, session: SessionFacts) -> Mapping[List, Counted]:
    """How many people each list would hold under the filters and numbers of this selection."""
    filtered = people[_fits(people, selection)]
    found = {}
    for name in List:
        verdict = _verdict(filtered, Selection(name, selection.share, selection.margin), session)
        found[name] = Counted(int(verdict.fillna(False).sum()), int(verdict.isna().sum()))
    return found


def not_yet(session: SessionFacts, *, has_history: bool) -> Mapping[List, Wait]:
    """The lists that cannot be made yet, and what each waits for; the others can, if some with nobody on them.

    Args:
        has_history: whether the registrants of any earlier session are known.
    """
    found: dict[List, Wait] = {}
    if session.never_started:
        found |= dict.fromkeys((*_OF_WHO_CAME, List.LEFT_EARLY, List.ABSENT), Wait.START)
    elif not session.has_begun:
        found |= dict.fromkeys(_OF_WHO_CAME, Wait.BEGIN)
    else:
        if not _saw_begin(session, session.registrants_read_at) and not _saw_begin(session, read_at(session)):
            found[List.ATTENDED] = Wait.READING  # the registrants' own mark tells as well who came
        if not _saw_begin(session, read_at(session)):
            found |= dict.fromkeys((List.STAYED, List.JOINED_LATE), Wait.READING)
    if not session.is_over:
        found |= dict.fromkeys((List.LEFT_EARLY, List.ABSENT, List.ON_DEMAND), Wait.END)
    elif not session.never_started and not is_settled(session):
        found |= dict.fromkeys((List.STAYED, List.LEFT_EARLY, List.ABSENT), Wait.READING)
    if not has_history:
        found |= dict.fromkeys((List.NEW, List.RETURNING), Wait.HISTORY)
    return found


def _saw_begin(session: SessionFacts, when: datetime | None) -> bool:
    """Whether a reading at that time, None: never, can have seen anybody come."""
    return when is not None and (session.starts_at is None or when >= session.starts_at)


def source_counts(people: pd.DataFrame) -> Counter[str]:
    """How many people came from each source, "" being none; the most frequent first."""
    counted = Counter(str(source) for source in people["source"].tolist())
    return Counter(dict(sorted(counted.items(), key=lambda item: (-item[1], item[0]))))


def key_counts(people: pd.DataFrame) -> Counter[str]:
    """How many people have each key in their external ID; the most frequent first."""
    return keys.key_counts(people["external_id"].tolist())


def _fits(people: pd.DataFrame, selection: Selection) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whom the filters let through."""
    fits = np.ones(len(people), dtype=bool)
    if selection.sources:
        fits &= people["source"].isin(list(selection.sources)).to_numpy(dtype=bool)
    if selection.keys:
        found = keys.decoded(people["external_id"].tolist())
        for one in selection.keys:
            fits &= np.array([_has(pairs or {}, one) != one.absent for pairs in found], dtype=bool)
    return fits


def _has(pairs: Mapping[str, str], wanted: KeyFilter) -> bool:
    value = pairs.get(wanted.key, "")
    return value in wanted.values if wanted.values else bool(value)


def _verdict(people: pd.DataFrame, selection: Selection, session: SessionFacts) -> pd.Series:
    """For each of the people whether they are on the list; NA: it cannot be told."""
    verdict = _RULES[selection.name](people, selection, session).astype("boolean")
    if selection.name not in _WITH_ON_DEMAND:
        verdict = verdict & ~people["is_on_demand"].astype("boolean")
    return verdict


def _has_standing(standing: str) -> Callable[[pd.DataFrame, Selection, SessionFacts], pd.Series]:
    return lambda people, _selection, _session: people["standing"] == standing


def _is_flagged(flag: str) -> Callable[[pd.DataFrame, Selection, SessionFacts], pd.Series]:
    return lambda people, _selection, _session: people[flag]


def _stayed(people: pd.DataFrame, selection: Selection, session: SessionFacts) -> pd.Series:
    begin, end = session.broadcast_start, session.broadcast_end
    if end is None and not session.is_over:
        end = known_until(session)  # so far
    length = end - begin if begin and end else timedelta()
    known = people["minutes"].notna() & (length > timedelta())
    wanted = selection.share * length / timedelta(minutes=1)  # of whole microseconds, as minutes are
    return _if_attended(people, people["minutes"] >= wanted, known)


def _left_early(people: pd.DataFrame, selection: Selection, session: SessionFacts) -> pd.Series:
    end, margin = session.broadcast_end, timedelta(minutes=selection.margin)
    limit = pd.Timestamp(end - margin) if end else pd.NaT
    return _if_attended(people, people["last_leave"] < limit, people["last_leave"].notna() & (end is not None))


def _joined_late(people: pd.DataFrame, selection: Selection, session: SessionFacts) -> pd.Series:
    begin, margin = session.broadcast_start, timedelta(minutes=selection.margin)
    limit = pd.Timestamp(begin + margin) if begin else pd.NaT
    return _if_attended(people, people["first_join"] > limit, people["first_join"].notna() & (begin is not None))


def _if_attended(people: pd.DataFrame, is_so: pd.Series, is_known: pd.Series) -> pd.Series:
    """The verdict on those who attended, NA where it is not known; False for the others."""
    attended = people["standing"] == "attended"
    return is_so.astype("boolean").mask(~is_known).where(attended, False)


def _recent(people: pd.DataFrame, _selection: Selection, session: SessionFacts) -> pd.Series:
    since = pd.Timestamp(session.now) - RECENT
    registered_at = people["registered_at"]
    return (registered_at > since) & (registered_at <= session.now) & (people["standing"] != "cancelled")


_RULES: Mapping[List, Callable[[pd.DataFrame, Selection, SessionFacts], pd.Series]] = {
    List.EVERYBODY: lambda people, _selection, _session: pd.Series(True, index=people.index, dtype=bool),
    List.ATTENDED: _has_standing("attended"),
    List.STAYED: _stayed,
    List.LEFT_EARLY: _left_early,
    List.JOINED_LATE: _joined_late,
    List.ABSENT: _has_standing("absent"),
    List.CANCELLED: _has_standing("cancelled"),
    List.NEW: _is_flagged("is_new"),
    List.RETURNING: _is_flagged("is_returning"),
    List.ON_DEMAND: _is_flagged("is_on_demand"),
    List.RECENT: _recent,
}
