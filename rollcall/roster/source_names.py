"""Which spelling of a source counts as which: decided by hand, undone by hand, the raw value of everybody stays.

A decision is a link from one spelling to a name. Links are followed to their end, so that of a → b and b → c all count
as c, and undoing b → c leaves a → b as it was. No decision closes a circle; should two people at once have closed one,
it still resolves, to one and the same name for all of it.

What was suggested and declined is kept apart: two spellings that nobody wants to be asked about again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from rollcall.store import journal
from rollcall.store.database import upsert
from rollcall.store.journal import Deed
from rollcall.store.tables import Preference, SourceName

APART = "apart."  # begins the names of the preferences that keep two spellings apart
CHUNK = 500  # rows asked for, or deleted, in one statement

Pair = frozenset[str]  # two spellings, whichever is the name


@dataclass(frozen=True, slots=True)
class Decision:
    """Count `spelling` as `name`. Its repr shows neither."""

    spelling: str = field(repr=False)
    name: str = field(repr=False)
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Declined:
    """Somebody has said that `spelling` and `name` are two. Its repr shows neither."""

    spelling: str = field(repr=False)
    name: str = field(repr=False)
    at: datetime
    by: str

    @property
    def pair(self) -> Pair:
        """The two, in no order."""
        return frozenset((self.spelling, self.name))


def names(db: Session, connection_id: int) -> dict[str, str]:
    """The name that each decided spelling counts as; a spelling that is missing counts as itself."""
    return resolved(_links(db, connection_id))


def resolved(links: Mapping[str, str]) -> dict[str, str]:
    """Every link followed to its end: spelling → name, where no name is itself counted as another one.

    A circle, which no decision makes, ends at its alphabetically first spelling.
    """
    ends: dict[str, str] = {}
    for start in links:
        path: dict[str, None] = {}
        one = start
        while one in links and one not in ends and one not in path:
            path[one] = None
            one = links[one]
        if one in path:
            circle = list(path)[list(path).index(one) :]
            end = min(circle)
        else:
            end = ends.get(one, one)
        ends |= dict.fromkeys(path, end)
    return ends


def applied(registrants: pd.DataFrame, decided: dict[str, str]) -> pd.DataFrame:
    """The people with `source` as it counts, and `source_raw` as it was received."""
    raw = registrants["source"]
    counted = raw.map(lambda one: decided.get(one, one)).astype(object) if decided else raw
    return registrants.assign(source_raw=raw, source=counted)


def linked(links: dict[str, str], spellings: Iterable[str], name: str) -> tuple[list[str], set[str]]:
    """Link these spellings to the name, in `links` itself. Returns the new ones, and whose own link had to go."""
    new = [one for one in dict.fromkeys(spellings) if one.strip() and one != name and links.get(one) != name]
    freed = set[str]()
    for one in new:
        if _leads_to(links, name, one):
            freed.add(name)
            links.pop(name, None)
        links[one] = name
    return new, freed


def offered(known: Iterable[str], decided: Mapping[str, str]) -> list[str]:
    """The names to choose from where somebody is registered: of spellings that count as one, only that one."""
    return list(dict.fromkeys(decided.get(one, one) for one in known))


# ---------------------------------------------------------------- decided and undone


def decisions(db: Session, connection_id: int) -> list[Decision]:
    """Every decision that holds, the latest first."""
    rows = db.scalars(
        select(SourceName)
        .where(SourceName.connection_id == connection_id)
        .order_by(SourceName.decided_at.desc(), SourceName.name, SourceName.raw)
    )
    return [Decision(row.raw, row.name, row.decided_at, row.decided_by) for row in rows]


def decide(
    db: Session, connection_id: int, spellings: Sequence[str], name: str, *, actor: str, now: datetime
) -> list[str]:
    """Let these spellings count as `name`, in all sessions. Returns those for which that is new.

    What counted as one of them goes along. If `name` itself counts as one of them so far, that ends: the name wins.
    Where there is no source there is nothing to decide; blank spellings are passed over.

    Raises:
        ValueError: the name is blank.
    """
    if not name.strip():
        raise ValueError("a source needs a name to count as")
    new, freed = linked(_links(db, connection_id), spellings, name)
    _unlink(db, connection_id, freed)
    rows = [
        {
            "connection_id": connection_id,
            "raw_hash": hash_of(one),
            "raw": one,
            "name": name,
            "decided_at": now,
            "decided_by": actor,
        }
        for one in new
    ]
    upsert(db, SourceName, rows, key=("connection_id", "raw_hash"))
    _join(db, connection_id, [(one, name) for one in new])
    _note(db, connection_id, Deed.COUNT_SOURCE, new, name, actor=actor, now=now)
    return new


def undo(db: Session, connection_id: int, spellings: Sequence[str], *, actor: str, now: datetime) -> list[str]:
    """Let these spellings count as themselves again, and what counts as them too. Returns those that were decided."""
    links = _links(db, connection_id)
    known = [one for one in dict.fromkeys(spellings) if one in links]
    _unlink(db, connection_id, known)
    _note(db, connection_id, Deed.UNCOUNT_SOURCE, known, actor=actor, now=now)
    return known


def _links(db: Session, connection_id: int) -> dict[str, str]:
    """The decisions as they were made, none of them followed."""
    rows = db.execute(select(SourceName.raw, SourceName.name).where(SourceName.connection_id == connection_id))
    return {raw: name for raw, name in rows}


def _leads_to(links: Mapping[str, str], start: str, end: str) -> bool:
    """Whether following the links from `start` comes by `end`."""
    seen = set[str]()
    while start in links and start not in seen:
        seen.add(start)
        start = links[start]
        if start == end:
            return True
    return False


def _unlink(db: Session, connection_id: int, spellings: Iterable[str]) -> None:
    hashes = [hash_of(one) for one in spellings]
    for begin in range(0, len(hashes), CHUNK):
        db.execute(
            delete(SourceName).where(
                SourceName.connection_id == connection_id, SourceName.raw_hash.in_(hashes[begin : begin + CHUNK])
            )
        )


# ---------------------------------------------------------------- kept apart


def declined(db: Session, connection_id: int) -> list[Declined]:
    """Every suggestion that was declined, the latest first."""
    rows = db.scalars(
        select(Preference)
        .where(Preference.connection_id == connection_id, Preference.name.startswith(APART, autoescape=True))
        .order_by(Preference.changed_at.desc(), Preference.name)
    )
    return [Declined(row.value["spelling"], row.value["name"], row.changed_at, row.value.get("by", "")) for row in rows]


def decline(
    db: Session, connection_id: int, pairs: Iterable[tuple[str, str]], *, actor: str, now: datetime
) -> list[tuple[str, str]]:
    """Keep each spelling apart from the name it was suggested to count as. Returns the pairs for which that is new."""
    known = {one.pair for one in declined(db, connection_id)}
    new = [pair for pair in dict.fromkeys(pairs) if frozenset(pair) not in known and pair[0] != pair[1]]
    rows = [
        {
            "connection_id": connection_id,
            "name": _apart(spelling, name),
            "value": {"spelling": spelling, "name": name, "by": actor},
            "changed_at": now,
        }
        for spelling, name in new
    ]
    upsert(db, Preference, rows, key=("connection_id", "name"))
    _note(db, connection_id, Deed.PART_SOURCES, [one for pair in new for one in pair], actor=actor, now=now)
    return new


def reconsider(
    db: Session, connection_id: int, pairs: Iterable[tuple[str, str]], *, actor: str, now: datetime
) -> list[tuple[str, str]]:
    """Let what was declined be suggested again. Returns the pairs that were declined."""
    known = {one.pair for one in declined(db, connection_id)}
    gone = [pair for pair in dict.fromkeys(pairs) if frozenset(pair) in known]
    _join(db, connection_id, gone)
    _note(db, connection_id, Deed.UNPART_SOURCES, [one for pair in gone for one in pair], actor=actor, now=now)
    return gone


def _join(db: Session, connection_id: int, pairs: Iterable[tuple[str, str]]) -> None:
    """Forget that these were kept apart."""
    kept = [_apart(spelling, name) for spelling, name in pairs]
    for begin in range(0, len(kept), CHUNK):
        db.execute(
            delete(Preference).where(
                Preference.connection_id == connection_id, Preference.name.in_(kept[begin : begin + CHUNK])
            )
        )


def _apart(spelling: str, name: str) -> str:
    """The preference's name: the same for both orders, and within its 64 characters."""
    both = hash_of("\0".join(sorted(hash_of(one) for one in (spelling, name))))
    return f"{APART}{both[: 64 - len(APART)]}"


def hash_of(source: str) -> str:
    """What a source is found by: it may have 10,000 characters, which no index takes."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def _note(
    db: Session,
    connection_id: int,
    deed: Deed,
    spellings: Sequence[str],
    name: str | None = None,
    *,
    actor: str,
    now: datetime,
) -> None:
    """A line of the journal, if anything was done; it holds hashes, since it outlives what they stand for."""
    if spellings:
        detail = {"sources": [hash_of(one) for one in spellings]} | ({"name": hash_of(name)} if name else {})
        journal.note(db, connection_id, deed, actor=actor, now=now, detail=detail)
