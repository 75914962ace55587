"""The registrants of one session for a page: searched, filtered, sorted and paged by the store.

Everything that decides who is shown stands in one covering index, so that 50,000 rows are gone through without touching
them; only those of the page are read. Whoever registered them is found in the book, for the page's people alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, and_, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from rollcall import external_id as external_ids
from rollcall.search_text import Spelling, source_key, words
from rollcall.store.database import CHUNK
from rollcall.store.tables import Action, Batch, Registrant, Registration, Upload

AGAIN = "again"  # how somebody was registered whose data was changed here

Pairs = tuple[tuple[str, str], ...]


class Shown(StrEnum):
    """Who is shown."""

    REGISTERED = "registered"  # on RingCentral's list when it was read last
    CANCELLED = "cancelled"  # not any more, whoever cancelled them
    EVERYBODY = "everybody"


class Order(StrEnum):
    """By what they are sorted."""

    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    EMAIL = "email"
    SOURCE = "source"


class Leaving(StrEnum):
    """How far a cancellation of somebody is; the words are those of the outbox."""

    WAITING = "waiting"
    SENDING = "sending"
    UNCONFIRMED = "unconfirmed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for in which session.

    Attributes:
        typed: words, all of which must be found.
        source: as `sources` names it; empty for those without one, None for all.
        spellings: other sources that count as this one, named likewise; they are found as well.
    """

    connection_id: int
    session_id: str
    typed: str = ""
    source: str | None = None
    shown: Shown = Shown.REGISTERED
    order: Order = Order.NEWEST
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Who registered somebody, as far as this book knows; without it: somebody elsewhere."""

    how: str  # import, form, public, or AGAIN
    batch_id: int | None
    file: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One registrant as the page shows them.

    Attributes:
        pairs: the external ID decoded; None where it is no list of keys and values.
        leaving: how far their cancellation is; None: nobody wished one, or it is done.
    """

    registrant_id: str
    email_key: str = field(repr=False)
    email: str = field(repr=False)
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    source: str = field(repr=False)
    external_id: str = field(repr=False)
    pairs: Pairs | None = field(repr=False)
    join_uri: str = field(repr=False)
    cancellation_uri: str = field(repr=False)
    registered_at: datetime | None
    gone_at: datetime | None
    post_webinar: bool
    origin: Origin | None
    leaving: Leaving | None

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


def count(db: Session, search: Search) -> int:
    """How many are found."""
    return db.scalar(select(func.count()).select_from(Registrant).where(*_found(search))) or 0


def is_known(db: Session, connection_id: int, session_id: str) -> bool:
    """Whether anybody of this session was ever seen, by a list or by an answer."""
    query = select(Registrant.registrant_id).where(
        Registrant.connection_id == connection_id, Registrant.session_id == session_id
    )
    return db.scalar(query.limit(1)) is not None


def page(db: Session, search: Search, *, start: int, most: int) -> list[Listed]:
    """Those found from the `start`-th on, in their order."""
    some = select(Registrant.registrant_id).where(*_found(search)).order_by(*_order(search)).offset(start).limit(most)
    query = (
        select(*_COLUMNS)
        .where(*_session(search), Registrant.registrant_id.in_(some.scalar_subquery()))
        .order_by(*_order(search))
    )
    return _listed(db, search, db.execute(query).all())


def every(db: Session, search: Search) -> Iterator[Listed]:
    """All who are found, in their order, `CHUNK` at a time."""
    query = select(*_COLUMNS).where(*_found(search)).order_by(*_order(search))
    for rows in db.execute(query.execution_options(yield_per=CHUNK)).partitions():
        yield from _listed(db, search, rows)


def those(db: Session, search: Search, registrant_ids: Sequence[str]) -> list[Listed]:
    """These registrants, whether the search finds them or not, in their order."""
    found: list[Listed] = []
    for begin in range(0, len(registrant_ids), CHUNK):
        some = Registrant.registrant_id.in_(registrant_ids[begin : begin + CHUNK])
        query = select(*_COLUMNS).where(*_session(search), some).order_by(*_order(search))
        found += _listed(db, search, db.execute(query).all())
    return found


def ids(db: Session, search: Search, *, most: int) -> list[str]:
    """The ids of all who are found, in their order."""
    query = select(Registrant.registrant_id).where(*_found(search)).order_by(*_order(search)).limit(most)
    return list(db.scalars(query))


def sources(db: Session, connection_id: int, session_id: str, *, shown: Shown = Shown.REGISTERED) -> dict[str, int]:
    """The sources of those who are shown and how many each brought, the biggest first; "" are those without."""
    search = Search(connection_id, session_id, shown=shown)
    found = db.execute(
        select(Registrant.source_key, func.count()).where(*_found(search)).group_by(Registrant.source_key)
    ).all()
    return {name: int(number) for name, number in sorted(found, key=lambda one: (-one[1], one[0]))}


def keys(people: Sequence[Listed]) -> list[str]:
    """The external-ID keys of these people, those that most of them have first."""
    counted: dict[str, int] = {}
    for one in people:
        for key in dict.fromkeys(key for key, _ in one.pairs or ()):
            counted[key] = counted.get(key, 0) + 1
    return sorted(counted, key=lambda key: -counted[key])


# ---------------------------------------------------------------- what is asked of the store


_COLUMNS = (
    Registrant.registrant_id,
    Registrant.email_key,
    Registrant.email,
    Registrant.first_name,
    Registrant.last_name,
    Registrant.source,
    Registrant.external_id,
    Registrant.join_uri,
    Registrant.cancellation_uri,
    Registrant.registered_at,
    Registrant.gone_at,
    Registrant.post_webinar,
)


def _session(search: Search) -> list[Any]:
    return [Registrant.connection_id == search.connection_id, Registrant.session_id == search.session_id]


def _found(search: Search) -> list[Any]:
    conditions = _session(search)
    if search.shown is not Shown.EVERYBODY:
        is_gone = Registrant.gone_at.is_not(None) if search.shown is Shown.CANCELLED else Registrant.gone_at.is_(None)
        conditions.append(is_gone)
    if search.source is not None:
        meant = {source_key(one) for one in (search.source, *search.spellings)}
        conditions.append(Registrant.source_key.in_(sorted(meant)))
    for spellings in words(search.typed):
        conditions.append(or_(*(_contains(spelling) for spelling in spellings)))
    return conditions


def _contains(spelling: Spelling) -> Any:
    return and_(True, *(Registrant.search_text.contains(text, autoescape=True) for text in spelling))


def _order(search: Search) -> list[Any]:
    """The columns to sort by. In functions, so that the index which has all of them is used and not one of a few."""
    registered_at = func.coalesce(type_coerce(Registrant.registered_at, BigInteger), 0)  # the unknown are the oldest
    by: dict[Order, list[Any]] = {
        Order.NEWEST: [registered_at.desc()],
        Order.OLDEST: [registered_at],
        Order.NAME: [Registrant.search_text],
        Order.EMAIL: [func.coalesce(Registrant.email_key, "")],
        Order.SOURCE: [Registrant.source_key, Registrant.search_text],
    }
    return [*by[search.order], Registrant.registrant_id]


def _listed(db: Session, search: Search, rows: Sequence[Any]) -> list[Listed]:
    book = _Book.of(db, search, [row.email_key for row in rows])
    return [
        Listed(
            registrant_id=row.registrant_id,
            email_key=row.email_key,
            email=row.email,
            first_name=row.first_name,
            last_name=row.last_name,
            source=row.source or "",
            external_id=row.external_id or "",
            pairs=external_ids.decode(row.external_id or ""),
            join_uri=row.join_uri or "",
            cancellation_uri=row.cancellation_uri or "",
            registered_at=row.registered_at,
            gone_at=row.gone_at,
            post_webinar=bool(row.post_webinar),
            origin=book.origins.get(row.registrant_id),
            leaving=book.leaving.get(row.registrant_id) if row.gone_at is None else None,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class _Book:
    """What this app did about some people, by registrant."""

    origins: Mapping[str, Origin]
    leaving: Mapping[str, Leaving]

    @classmethod
    def of(cls, db: Session, search: Search, email_keys: Sequence[str]) -> _Book:
        query = (
            select(
                Action.registrant_id,
                Action.kind,
                Action.state,
                Action.outcome,
                Action.origin,
                Action.batch_id,
                Batch.name,
                Upload.batch_id.label("upload"),
            )
            .join(Registration, Registration.id == Action.registration_id)
            .outerjoin(Batch, Batch.id == Action.batch_id)
            .outerjoin(Upload, Upload.batch_id == Action.batch_id)
            .where(Registration.connection_id == search.connection_id, Registration.session_id == search.session_id)
            .where(Registration.email_key.in_(email_keys), Action.registrant_id.is_not(None))
            .order_by(Action.id)
        )
        origins, leaving = dict[str, Origin](), dict[str, Leaving]()
        for one in db.execute(query):
            if one.kind == "create" and one.outcome == "registered":
                how = AGAIN if one.batch_id is not None and one.upload is None else one.origin
                origins[one.registrant_id] = Origin(how, one.batch_id, one.name or "")
            elif one.kind == "delete":
                leaving.pop(one.registrant_id, None)
                if one.state in set(Leaving):
                    leaving[one.registrant_id] = Leaving(one.state)
        return cls(origins, leaving)
