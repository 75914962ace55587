"""What a source cost for a session, as somebody entered it; in whole numbers of the currency's smallest unit.

It is kept under the name the source had on the screen, and follows it when that comes to count as another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from rollcall.roster.money import Money
from rollcall.roster.source_names import hash_of
from rollcall.store import journal
from rollcall.store.database import upsert
from rollcall.store.journal import Deed
from rollcall.store.tables import SourceSpend


@dataclass(frozen=True, slots=True)
class Spend:
    """What `name` cost for a session. Its repr does not show the name."""

    session_id: str
    name: str = field(repr=False)
    money: Money
    at: datetime


def all_of(db: Session, connection_id: int, session_id: str | None = None) -> list[Spend]:
    """Every amount of the connection, or of one session, by session and name."""
    query = select(SourceSpend).where(SourceSpend.connection_id == connection_id)
    if session_id is not None:
        query = query.where(SourceSpend.session_id == session_id)
    rows = db.scalars(query.order_by(SourceSpend.session_id, SourceSpend.name))
    return [Spend(row.session_id, row.name, Money(row.amount, row.currency), row.changed_at) for row in rows]


def keep(
    db: Session,
    connection_id: int,
    session_id: str,
    amounts: Mapping[str, Money | None],
    *,
    actor: str,
    now: datetime,
) -> int:
    """Write down what these sources cost for the session; None: it is not known any more. Returns how many changed.

    Those that are not named stay as they are.
    """
    before = {one.name: one.money for one in all_of(db, connection_id, session_id)}
    changed = {name: money for name, money in amounts.items() if before.get(name) != money}
    for name in (name for name, money in changed.items() if money is None):
        db.execute(
            delete(SourceSpend).where(
                SourceSpend.connection_id == connection_id,
                SourceSpend.session_id == session_id,
                SourceSpend.name_hash == hash_of(name),
            )
        )
    rows = [
        {
            "connection_id": connection_id,
            "session_id": session_id,
            "name_hash": hash_of(name),
            "name": name,
            "amount": money.amount,
            "currency": money.currency,
            "changed_at": now,
        }
        for name, money in changed.items()
        if money is not None
    ]
    upsert(db, SourceSpend, rows, key=("connection_id", "session_id", "name_hash"))
    if changed:
        detail = {"sources": [hash_of(name) for name in changed]}
        journal.note(db, connection_id, Deed.SPEND, actor=actor, now=now, session_id=session_id, detail=detail)
    return len(changed)


def usual_currency(db: Session, connection_id: int) -> str | None:
    """The currency of the latest amount; None: there is none yet."""
    return db.scalar(
        select(SourceSpend.currency)
        .where(SourceSpend.connection_id == connection_id)
        .order_by(SourceSpend.changed_at.desc())
        .limit(1)
    )
