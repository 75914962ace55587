"""Connections: one user of one RingCentral app on one server. Whatever is stored belongs to exactly one.

Who the user is, only a sign-in tells. Until then a new connection has no owner; if the sign-in shows an owner we know
already (another JWT or secret of the same user and app), that older connection is the one, and the new one is dropped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from rollcall.store import journal
from rollcall.store.tables import Call, Capability, Connection, Journal, Lease, Quota, Reading

DEMO_SERVER = "demo"  # the simulator's port changes with every start; the demo is one connection all the same
EDIT, READ = "EditWebinars", "ReadWebinars"


@dataclass(frozen=True, slots=True)
class Account:
    """Whose quota is spent: what identifies a connection before RingCentral has told the owner."""

    mode: str
    server_url: str
    client_id: str
    credential_hash: str


def account(mode: str, server_url: str, client_id: str, *secrets: str) -> Account:
    """Describe credentials without keeping them."""
    digest = hashlib.sha256("\0".join((server_url, client_id, *secrets)).encode()).hexdigest()
    return Account(mode, server_url, client_id, digest)


def find_or_make(db: Session, who: Account, *, now: datetime) -> int:
    """The connection these very credentials were last used for, or a new one without an owner."""
    known = db.scalars(
        select(Connection.id)
        .where(
            Connection.server_url == who.server_url,
            Connection.client_id == who.client_id,
            Connection.credential_hash == who.credential_hash,
        )
        .order_by(Connection.owner_id.is_(None), Connection.id)
        .limit(1)
    ).one_or_none()
    if known is not None:
        return known
    made = Connection(
        mode=who.mode,
        server_url=who.server_url,
        client_id=who.client_id,
        credential_hash=who.credential_hash,
        created_at=now,
    )
    db.add(made)
    db.flush()
    return made.id


def signed_in(
    db: Session, connection_id: int, *, owner_id: str, account_id: str | None, scopes: Iterable[str], now: datetime
) -> int:
    """Write down what a sign-in told, and return the connection that it makes this one: itself, or an older one."""
    here = db.get_one(Connection, connection_id)
    if here.owner_id not in (None, owner_id):
        # The same credentials should not come to belong to another user. If they do, nothing of the first is sent.
        other_id = _sibling(db, here, now=now)
        return signed_in(db, other_id, owner_id=owner_id, account_id=account_id, scopes=scopes, now=now)
    older = db.scalars(
        select(Connection).where(
            Connection.server_url == here.server_url,
            Connection.client_id == here.client_id,
            Connection.owner_id == owner_id,
        )
    ).one_or_none()
    if older is not None and older.id != here.id:
        older.credential_hash = here.credential_hash
        _drop(db, here, moved_to=older.id)
        here = older
    here.owner_id, here.account_id = owner_id, account_id
    here.scopes, here.signed_in_at = " ".join(sorted(scopes)), now
    here.stopped_reason = here.stopped_detail = here.trouble = here.trouble_since = None
    return here.id


def _sibling(db: Session, here: Connection, *, now: datetime) -> int:
    """A connection without an owner beside one whose owner turned out to be somebody else."""
    credential_hash, here.credential_hash = here.credential_hash, ""
    db.flush()
    return find_or_make(db, Account(here.mode, here.server_url, here.client_id, credential_hash), now=now)


def _drop(db: Session, here: Connection, *, moved_to: int) -> None:
    """Forget an ownerless connection; its calls spent the older one's quota and go on counting there."""
    db.execute(update(Call).where(Call.connection_id == here.id).values(connection_id=moved_to))
    for table in (Quota, Lease, Journal, Reading, Capability):
        db.execute(delete(table).where(table.connection_id == here.id))
    db.delete(here)
    db.flush()


def of(db: Session, connection_id: int) -> Connection:
    """The connection itself."""
    return db.get_one(Connection, connection_id)


def may_edit(connection: Connection) -> bool:
    """Whether the granted scopes let us register and cancel. Not signed in yet: nothing says no."""
    return connection.scopes is None or EDIT in connection.scopes.split()


def stop(db: Session, connection_id: int, *, reason: str, detail: str) -> None:
    """Nothing leaves any more until somebody has put the reason right and says so."""
    here = db.get_one(Connection, connection_id)
    here.stopped_reason, here.stopped_detail = reason, detail


def go_on(db: Session, connection_id: int, *, now: datetime, actor: str = "local") -> None:
    """Try again after a stop."""
    here = db.get_one(Connection, connection_id)
    here.stopped_reason = here.stopped_detail = None
    journal.note(db, connection_id, journal.Deed.GO_ON, actor=actor, now=now)


def note_trouble(db: Session, connection_id: int, trouble: str | None, *, now: datetime) -> None:
    """Remember since when something passing is wrong, such as no network; None: it works again."""
    here = db.get_one(Connection, connection_id)
    if here.trouble != trouble:
        here.trouble, here.trouble_since = trouble, (now if trouble else None)
