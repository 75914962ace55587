"""The list that was invited, row by row: who of it registered and came, and who came without being on it.

A lead is known by keys of the external ID, by the email, or by both; then the first key that a registrant has decides,
and the email where none does. Colleagues share an address, so it leads to nobody who has another id than the row, nor
to whom an earlier row with another id has already: two rows with different ids are never one lead. Salesforce ids of
15 and 18 characters are the same id. An id that a spreadsheet has made `1.23E+17` is never looked for, since many ids
end as the same such text.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import pandas as pd

from rollcall.attendance.exports import keys, salesforce
from rollcall.attendance.exports.ruined import is_ruined, may_be_rounded
from rollcall.attendance.exports.sheet import READABLE, Cell, Sheet, known_zone, numbers, texts, times
from rollcall.attendance.exports.statuses import strengths
from rollcall.contact_file import aliases, columns
from rollcall.contact_file.table import Table
from rollcall.person import email_key

RESULT_COLUMNS = (  # of a name that no column of a list is matched by, and that a second upload replaces
    "rollcall_registered",
    "rollcall_attended",
    "rollcall_minutes",
    "rollcall_source",
    "rollcall_registered_at",
    "rollcall_note",
)
NOBODY = -1
_SALESFORCE_LENGTHS = (15, 18)
_SALESFORCE_PREFIXES = frozenset((*aliases.SALESFORCE_PREFIXES, *map(str.upper, aliases.SALESFORCE_PREFIXES)))


class Note(StrEnum):
    """What is to be known of a row besides."""

    NONE = ""
    RUINED = "ruined"  # its id is 1.23E+17: a spreadsheet has destroyed it
    ROUNDED = "rounded"  # its id fits nobody, and its last digits may have become zeros in a spreadsheet
    NO_IDENTITY = "no_identity"  # neither an id nor an email
    REPEATED = "repeated"  # the same lead as an earlier row
    CONTRADICTED = "contradicted"  # its id is one registrant's and its email another's; the id counts
    SHARED = "shared"  # its email is that of a registrant with another id, so of another lead; it does not count


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one lead from another. Columns count from 0.

    Attributes:
        email: the column of the address; None: the address does not count.
        keys: columns and the key of the external ID that each holds, the most certain first.
    """

    email: int | None = None
    keys: tuple[tuple[int, str], ...] = ()

    @classmethod
    def of(cls, mapping: columns.Mapping) -> Identity:
        """What the Import page would take from these columns."""
        return cls(mapping.email, mapping.keys)


class Lead(NamedTuple):
    """One row of the list, matched."""

    line: int  # physical line of the file
    registrant: int  # position in `people`, or NOBODY
    first_line: int  # of the same lead; its own unless an earlier row is the same
    is_identified: bool  # whether there was anything to look for
    note: Note

    @property
    def is_first(self) -> bool:
        """Whether no earlier row is the same lead, so that this one counts."""
        return self.first_line == self.line


@dataclass(frozen=True, slots=True)
class Matched:
    """The list with what became of each row, and the registrants who are not on it."""

    table: Table = field(repr=False)
    people: pd.DataFrame = field(repr=False)
    leads: list[Lead] = field(repr=False)
    uninvited: pd.DataFrame = field(repr=False)

    def notes(self) -> Counter[Note]:
        """How many rows have which note."""
        return Counter(lead.note for lead in self.leads if lead.note)


def match(table: Table, identity: Identity, people: pd.DataFrame) -> Matched:
    """Look up every row of the list among the registrants.

    Of several registrants with one id the one with the strongest standing is meant, the first of equal ones.

    Raises:
        ValueError: the identity names no column.
    """
    if identity.email is None and not identity.keys:
        raise ValueError("nothing identifies a lead")
    with _collector_paused():
        finder = _Finder(identity, people)
        leads = _told([finder.lead(line, cells) for line, cells in table.rows])
        return Matched(table, people, leads, people[finder.are_uninvited()])


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Let nothing look for circles meanwhile: among 50,000 rows that all stay, that takes longer than the work."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _told(leads: list[Lead]) -> list[Lead]:
    """The rows of one lead all with the registrant that one of them has shown, each registrant as one lead's."""
    repeated = [lead for lead in leads if not lead.is_first]
    if not repeated:
        return leads
    lines, taken = {lead.first_line for lead in repeated}, {lead.registrant for lead in leads if lead.is_first}
    known = {lead.line: lead.registrant for lead in leads if lead.line in lines and lead.registrant != NOBODY}
    for lead in repeated:
        if lead.registrant != NOBODY and lead.registrant not in taken:
            taken.add(known.setdefault(lead.first_line, lead.registrant))
    return [
        lead._replace(registrant=known.get(lead.first_line, NOBODY)) if lead.registrant == NOBODY else lead
        for lead in leads
    ]


class _Finder:
    """The registrants by what identifies them, and which leads have been seen."""

    def __init__(self, identity: Identity, people: pd.DataFrame) -> None:
        self._email_column, self._key_columns = identity.email, identity.keys
        emails, external_ids = texts(people["email_key"]), texts(people["external_id"])
        found = keys.decoded(external_ids if identity.keys else [""] * len(emails))
        self._ids: list[dict[str, str]] = []  # of each registrant by key what a row may have; once named, of their lead
        self._identities: list[list[str]] = []  # the same with the email
        for email, pairs in zip(emails, found, strict=True):
            values = [(key, (pairs or {}).get(key, "").strip()) for _, key in identity.keys]
            ids = {key: one for key, value in values if value and (one := _key_identity(key, value))}
            self._ids.append(ids)
            self._identities.append([*ids.values(), *([email] if identity.email is not None and email else [])])
        strong = strengths(people)
        self._registrants: dict[str, list[int]] = {}  # the strongest first
        for position in sorted(range(len(emails)), key=lambda position: -strong[position]):
            for one in self._identities[position]:
                self._registrants.setdefault(one, []).append(position)
        self._first_line: dict[str | int, int] = {}
        self._ids_of_lead: dict[int, dict[str, str]] = {}  # by first line
        self._elsewhere: set[str] = set()  # identities of rows that mean somebody else

    def lead(self, line: int, cells: Sequence[str]) -> Lead:
        """One row, to be asked for in the order of the list."""
        ids, is_ruined_here = {}, False
        for column, key in self._key_columns:
            if text := cells[column].strip():
                if identity := _key_identity(key, text):
                    ids[key] = identity
                else:
                    is_ruined_here = True
        looked_for = list(ids.values())
        if self._email_column is not None and "@" in (email := cells[self._email_column]):
            looked_for.append(email_key(email))
        if not looked_for:
            return Lead(line, NOBODY, line, False, Note.RUINED if is_ruined_here else Note.NO_IDENTITY)
        registrant = self._meant(ids, looked_for)
        first_line, leads_elsewhere = self._seen(line, ids, looked_for, registrant)
        note = Note.NONE
        if is_ruined_here:
            note = Note.RUINED
        elif first_line != line:
            note = Note.REPEATED
        elif registrant != NOBODY:
            note = Note.CONTRADICTED if leads_elsewhere else Note.NONE
        elif self._may_be_rounded(cells):
            note = Note.ROUNDED
        elif leads_elsewhere:
            note = Note.SHARED
        return Lead(line, registrant, first_line, True, note)

    def _meant(self, ids: dict[str, str], looked_for: list[str]) -> int:
        """The registrant that the most certain identity leads to, and no more certain one excludes; or NOBODY."""
        for rank, one in enumerate(looked_for):
            for position in self._registrants.get(one, ()):
                if rank == 0 or _agree(dict(list(ids.items())[:rank]), self._ids[position]):
                    return position
        return NOBODY

    def _seen(self, line: int, ids: dict[str, str], looked_for: list[str], registrant: int) -> tuple[int, bool]:
        """The first line of this lead, and whether anything less certain of the row is other registrants'.

        The lead has the row's ids and its registrant from now on.
        """
        first_lines, first = self._first_line, self._first(line, ids, looked_for[0], registrant)
        of_lead = self._ids_of_lead.setdefault(first, ids)
        if of_lead is not ids:
            of_lead.update({**ids, **of_lead})
        first_lines.setdefault(looked_for[0], first)
        if registrant != NOBODY and first_lines.setdefault(registrant, first) == first:
            of_lead.update({**self._ids[registrant], **of_lead})
            self._ids[registrant] = of_lead
        leads_elsewhere = False
        for other in looked_for[1:]:
            if other not in self._registrants or registrant in self._registrants[other]:
                first_lines.setdefault(other, first)
            else:
                self._elsewhere.add(other)
                leads_elsewhere = True
        return first, leads_elsewhere

    def _first(self, line: int, ids: dict[str, str], own: str, registrant: int) -> int:
        """The line of the lead that has the row's identity or its registrant, else the row's own.

        The most certain id is the lead's. A row without it is the lead of its registrant, and only then that of a less
        certain id, or of an address, that it shares with a lead whose ids are not others.
        """
        by_id, by_registrant = self._first_line.get(own), self._first_line.get(registrant)
        if by_id is None and by_registrant is None:
            return line
        if by_id is not None and self._key_columns and self._key_columns[0][1] in ids:
            return by_id
        if by_registrant is not None:
            return by_registrant
        known = self._ids[registrant] if registrant != NOBODY else ids
        return by_id if by_id is not None and _agree(known, self._ids_of_lead[by_id]) else line

    def _may_be_rounded(self, cells: Sequence[str]) -> bool:
        return any([may_be_rounded(cells[column]) for column, _ in self._key_columns])

    def are_uninvited(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """For each registrant whether no row named them, nor another registration of theirs; after all rows."""
        uninvited = [
            position not in self._first_line
            and self._elsewhere.isdisjoint(identities)
            and not any(one in self._first_line or self._is_another_invited(position, one) for one in identities)
            for position, identities in enumerate(self._identities)
        ]
        return np.array(uninvited, dtype=bool)

    def _is_another_invited(self, position: int, identity: str) -> bool:
        """Whether another registration with this identity, and without other ids, was named."""
        return any(
            other in self._first_line and _agree(self._ids[position], self._ids[other])
            for other in self._registrants[identity]
        )


def _agree(ids: Mapping[str, str], known: Mapping[str, str]) -> bool:
    """Whether these may be ids of one lead: no key has two values, unless a spreadsheet may have rounded the first."""
    return all(one == known.get(key, one) or _may_become(known[key], one) for key, one in ids.items())


def _may_become(identity: str, rounded: str) -> bool:
    """Whether a spreadsheet may have made the second id of the first."""
    key, _, text = rounded.partition("\0")
    digits = identity.removeprefix(f"{key}\0")
    return may_be_rounded(text) and len(digits) == len(text) and digits.isdecimal() and digits[:15] == text[:15]


def _key_identity(key: str, text: str) -> str:
    """What a key's values are compared by; empty for one that a spreadsheet has destroyed."""
    if len(text) in _SALESFORCE_LENGTHS and text[:3] in _SALESFORCE_PREFIXES:
        return f"{key}\0{_salesforce_identity(text)}"  # no address looks like this
    return "" if is_ruined(text) else f"{key}\0{text}"


def _salesforce_identity(text: str) -> str:
    """The 15 characters of an id; those of a program that lost their case are restored.

    What has 18 and other last three than they give is an id of another program, and counts whole.
    """
    if len(text) == 15:
        return text
    try:
        return salesforce.long_id(text)[:15]
    except salesforce.IdError:
        return text


def annotated(
    matched: Matched,
    *,
    zone: str = "UTC",
    is_settled: bool = True,
    words: Callable[[Lead], str] = lambda lead: lead.note,
) -> Sheet:
    """The list as it was, same rows, same columns, with what became of each row after them.

    Columns of an earlier such list are replaced. A row longer than the header keeps its extra cells after the new
    columns, which so stay under their names.

    Args:
        zone: IANA name; the times of registration are written in it and their column named for it. Unknown: UTC.
        is_settled: whether it is known who did not come; until then nobody is said not to have attended.
        words: the sentence for a row that has a note; wording is not the domain's.
    """
    header, zone = matched.table.header, known_zone(zone)
    kept = [column for column, name in enumerate(header) if name.strip().partition(" (")[0] not in RESULT_COLUMNS]
    as_it_was = _picked(kept)
    names = [f"{name} ({zone})" if name == "rollcall_registered_at" else name for name in RESULT_COLUMNS]
    results = _results(matched.people, zone)
    unregistered = ("no", "no" if is_settled else "", "", "", ""), ("", "", "", "", "")
    rows: list[tuple[Cell, ...]] = []
    with _collector_paused():
        for row, lead in zip(matched.table.rows, matched.leads, strict=True):
            known = results[lead.registrant] if lead.registrant != NOBODY else unregistered[not lead.is_identified]
            note = words(lead) if lead.note else ""
            cells = row.cells
            rows.append((*as_it_was(cells), *known, note, *cells[len(header) :]))
    return Sheet((*[header[column] for column in kept], *names), rows)


def _picked(columns: Sequence[int]) -> Callable[[Sequence[str]], Sequence[str]]:
    """What takes these columns out of a row; 50,000 rows of 15 take a fifth less time than one by one."""
    if len(columns) > 1:
        return itemgetter(*columns)
    return lambda cells: [cells[column] for column in columns]


_ATTENDED = {"attended": "yes", "absent": "no", "cancelled": "no", "not_yet_known": ""}


def _results(people: pd.DataFrame, zone: str) -> list[tuple[Cell, ...]]:
    """Of each registrant the values of RESULT_COLUMNS but the note."""
    standings, on_demand = texts(people["standing"]), people["is_on_demand"].tolist()
    registered = [
        "on demand" if is_on_demand else "cancelled" if standing == "cancelled" else "yes"
        for standing, is_on_demand in zip(standings, on_demand, strict=True)
    ]
    attended = [_ATTENDED[standing] for standing in standings]
    registered_at = times(people["registered_at"], READABLE, zone=zone)
    others = numbers(people["minutes"]), texts(people["source"]), registered_at
    return list(zip(registered, attended, *others, strict=True))


@dataclass(frozen=True, slots=True)
class Group:
    """How far the leads came that have one value in a column; each lead counts once, in its first row.

    Attributes:
        invited: leads with anything to look for them by.
        registered: of these, before or during the session; also those who cancelled.
        on_demand: of these, registered after it; not among `registered`.
        cancelled, attended, not_yet_known: of `registered`; the others were absent.
        unidentified: rows without anything to look for them by; not among `invited`.
    """

    value: str = field(repr=False)
    invited: int = 0
    registered: int = 0
    on_demand: int = 0
    cancelled: int = 0
    attended: int = 0
    not_yet_known: int = 0
    unidentified: int = 0


def funnel(matched: Matched, column: int | None = None) -> list[Group]:
    """Invited → registered → attended for each value of a column, the largest group first; None: for all in one."""
    standings = texts(matched.people["standing"])
    on_demand = matched.people["is_on_demand"].tolist()
    counted: dict[str, Counter[str]] = {}
    for row, lead in zip(matched.table.rows, matched.leads, strict=True):
        if lead.is_first:
            counts = counted.setdefault("" if column is None else row.cells[column].strip(), Counter())
            counts.update(_steps(lead, standings, on_demand))
    groups = [Group(value, **counts) for value, counts in counted.items()]
    return sorted(groups, key=lambda group: (-group.invited, group.value))


def _steps(lead: Lead, standings: Sequence[str], on_demand: Sequence[bool]) -> tuple[str, ...]:
    """The counts of a Group that a lead is in."""
    if not lead.is_identified:
        return ("unidentified",)
    if lead.registrant == NOBODY:
        return ("invited",)
    if on_demand[lead.registrant]:
        return ("invited", "on_demand")
    standing = standings[lead.registrant]
    return ("invited", "registered") if standing == "absent" else ("invited", "registered", standing)
