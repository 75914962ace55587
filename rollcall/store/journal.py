"""Who did what when. Ids only, never a name or an address."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from rollcall.store.tables import Journal

WORKER = "worker"  # the actor of what nobody clicked


class Deed(StrEnum):
    """What is worth remembering."""

    REGISTER = "register"
    CANCEL = "cancel"
    UPLOAD = "upload"
    DISCARD = "discard"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    FIRST = "first"
    WITHOUT_LINKS = "without own links"
    RETRY = "retry"
    UNDO = "cancel registered"
    FORGET_FILE = "forget file"
    GO_ON = "go on"
    EXPORT = "export"  # a file of people was taken; `detail`: which list, for which program, how many
    COUNT_SOURCE = "count sources as another"
    UNCOUNT_SOURCE = "count sources as themselves"
    PART_SOURCES = "keep sources apart"
    UNPART_SOURCES = "suggest sources again"
    SPEND = "spend on sources"


def note(
    db: Session,
    connection_id: int,
    deed: Deed,
    *,
    actor: str,
    now: datetime,
    session_id: str | None = None,
    batch_id: int | None = None,
    action_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write a line, in the transaction of the deed itself. `detail` holds ids, hashes and numbers only."""
    db.add(
        Journal(
            connection_id=connection_id,
            at=now,
            actor=actor,
            deed=deed.value,
            session_id=session_id,
            batch_id=batch_id,
            action_id=action_id,
            detail=detail,
        )
    )
