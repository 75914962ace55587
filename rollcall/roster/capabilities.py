"""What a connection's RingCentral has been seen to do where its documents are silent, and by which call."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from rollcall.store.database import upsert
from rollcall.store.tables import Capability

GOOD_FOR = timedelta(days=1)  # judgement: then the same is written down again, and a "no" is tried again


class Name(StrEnum):
    """The questions that only a real answer settles."""

    OWN_LINKS = "own_links"  # kept, replaced, refused
    SECOND_EMAIL = "second_email"  # refused (409), accepted
    RATE_HEADERS = "rate_headers"  # yes, no
    COMPANY_LISTS = "company_lists"  # yes, no


def note(db: Session, connection_id: int, name: Name, value: str, *, now: datetime, call_id: int | None = None) -> None:
    """Remember what was seen; a later sight replaces an earlier one, the same one within a day changes nothing."""
    known = db.get(Capability, (connection_id, name.value))
    if known is not None and known.value == value and known.seen_at > now - GOOD_FOR:
        return
    row = {"connection_id": connection_id, "name": name.value, "value": value, "seen_at": now, "call_id": call_id}
    upsert(db, Capability, [row], key=("connection_id", "name"))
    db.expire(known) if known is not None else None


def value_of(db: Session, connection_id: int, name: Name) -> str | None:
    """What was seen, None if nothing yet."""
    known = db.get(Capability, (connection_id, name.value))
    return known.value if known else None


def is_denied(db: Session, connection_id: int, name: Name, *, now: datetime) -> bool | None:
    """Whether RingCentral said no to this lately; None: it is to be tried. A right may be granted any day."""
    known = db.get(Capability, (connection_id, name.value))
    if known is None or (known.value == "no" and known.seen_at <= now - GOOD_FOR):
        return None
    return known.value == "no"


def all_of(db: Session, connection_id: int) -> dict[Name, Capability]:
    """Everything seen so far."""
    found = db.scalars(select(Capability).where(Capability.connection_id == connection_id))
    return {Name(one.name): one for one in found if one.name in set(Name)}
