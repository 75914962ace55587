"""Who sends for a connection. One row, taken by one worker, fenced by its epoch.

A holder renews it with every transaction. Whoever finds it expired, or finds its holder dead on this very machine,
takes it and counts the epoch up; from then on nothing the old holder writes goes through.
"""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from rollcall.store.database import insert_ignoring
from rollcall.store.tables import Lease

TERM = timedelta(seconds=45)  # judgement: more than twice a call's whole timeout


class LeaseLost(Exception):
    """Somebody else sends for this connection now. Stop, write nothing, start over."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process that can be told apart from every other one, alive or dead, on any machine."""

    holder: str
    machine: str
    process_id: int
    started: str


def this_process(holder: str) -> Process:
    """Describe the running process; `holder` is random, one per worker."""
    return Process(holder, _machine(), os.getpid(), f"{psutil.Process().create_time():.2f}")


def take(db: Session, connection_id: int, me: Process, *, now: datetime) -> int | None:
    """Take the lease and return its new epoch, or None while somebody who may be alive holds it."""
    insert_ignoring(
        db,
        Lease,
        connection_id=connection_id,
        holder="",
        machine="",
        process_id=0,
        process_started="",
        epoch=0,
        expires_at=datetime.fromtimestamp(0, UTC),
    )
    lease = db.scalars(select(Lease).where(Lease.connection_id == connection_id).with_for_update()).one()
    if lease.expires_at > now and lease.holder != me.holder and not _is_dead(lease):
        return None
    lease.holder, lease.machine = me.holder, me.machine
    lease.process_id, lease.process_started = me.process_id, me.started
    lease.epoch += 1
    lease.expires_at = now + TERM
    return lease.epoch


def hold(db: Session, connection_id: int, epoch: int, *, now: datetime) -> datetime:
    """Lock, fence and renew in one statement, the first of every transaction of a worker. Returns when it expires.

    Raises:
        LeaseLost: the epoch is not ours any more, or the lease ran out unseen (this process slept).
    """
    expires = db.scalar(
        update(Lease)
        .where(Lease.connection_id == connection_id, Lease.epoch == epoch, Lease.expires_at > now)
        .values(expires_at=now + TERM)
        .returning(Lease.expires_at)
        .execution_options(synchronize_session=False)
    )
    if expires is None:
        raise LeaseLost
    return expires


def release(db: Session, connection_id: int, epoch: int, *, now: datetime) -> None:
    """Let the next holder in at once. Only after every call in flight has ended and was written down."""
    db.execute(
        update(Lease)
        .where(Lease.connection_id == connection_id, Lease.epoch == epoch)
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )


def _is_dead(lease: Lease) -> bool:
    """Whether the holder's process is gone for certain. In doubt (another machine, no permission) it is not."""
    if lease.machine != _machine():
        return False
    try:
        process = psutil.Process(lease.process_id)
        return f"{process.create_time():.2f}" != lease.process_started or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False


def _machine() -> str:
    """This machine, this boot, and (in a container) this space of process numbers."""
    if sys.platform == "linux":
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{platform.node()}/{boot}/{Path('/proc/self/ns/pid').readlink()}"
    return f"{platform.node()}/{psutil.boot_time() // 60:.0f}"
