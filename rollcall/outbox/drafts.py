"""Drafts: an upload from its first moment until Start, its lines as the check wrote them.

A reload loses nothing, because there is nothing but rows.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from threading import Event
from typing import Any

from sqlalchemy import delete, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from rollcall.outbox.ledger import IS_IN_FLIGHT, IS_WAITING
from rollcall.outbox.states import (
    BatchKind,
    BatchState,
    Kind,
    Standing,
    Verdict,
)
from rollcall.person import Person
from rollcall.store import journal
from rollcall.store.database import CHUNK, PAUSE, Store
from rollcall.store.journal import Deed
from rollcall.store.tables import Action, Batch, BatchLine, Registrant, Registration, Upload

CHECK = "check"  # in a draft's mapping: which check writes its lines


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What has to be known of an uploaded file to give it back as it came."""

    content: bytes
    sha256: str
    encoding: str
    delimiter: str
    bom: bool
    newline: str
    header: Sequence[str]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file after the check. `problems` are JSON-able; `note` is the line a duplicate repeats."""

    number: int
    line: int
    cells: Sequence[str]
    person: Person | None
    verdict: Verdict
    problems: Sequence[dict[str, Any]] = ()
    note: str | None = None


def draft(
    db: Session, connection_id: int, session_id: str, *, name: str, file: FileFacts, actor: str, now: datetime
) -> int:
    """Keep an upload as a draft, from its first moment, and return the batch's id."""
    batch = Batch(
        connection_id=connection_id,
        session_id=session_id,
        kind=BatchKind.REGISTER,
        name=name,
        actor=actor,
        state=BatchState.DRAFT,
        created_at=now,
    )
    db.add(batch)
    db.flush()
    db.add(Upload(batch_id=batch.id, **{**asdict(file), "header": list(file.header)}))
    journal.note(db, connection_id, Deed.UPLOAD, actor=actor, now=now, session_id=session_id, batch_id=batch.id)
    return batch.id


def latest_draft(db: Session, connection_id: int, session_id: str) -> Batch | None:
    """The draft somebody was last at for this session."""
    return db.scalars(
        select(Batch)
        .where(Batch.connection_id == connection_id, Batch.session_id == session_id, Batch.state == BatchState.DRAFT)
        .order_by(Batch.id.desc())
        .limit(1)
    ).one_or_none()


def discard(db: Session, batch_id: int, *, actor: str, now: datetime) -> bool:
    """Throw a draft away, file and lines. False: it was not a draft any more."""
    batch = db.get(Batch, batch_id, with_for_update=True)
    if batch is None or batch.state != BatchState.DRAFT:
        return False
    for of_batch in (BatchLine, Upload):
        db.execute(delete(of_batch).where(of_batch.batch_id == batch_id))
    journal.note(
        db, batch.connection_id, Deed.DISCARD, actor=actor, now=now, session_id=batch.session_id, batch_id=batch_id
    )
    db.delete(batch)
    db.flush()
    return True


def write_lines(
    store: Store,
    batch_id: int,
    lines: Iterable[Line],
    *,
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> bool:
    """Replace a draft's lines, in chunks with a pause between, so that the worker is never kept waiting.

    `checked_at` is set with the last chunk: a check that died half-way is not taken for a whole one, and cannot be
    started. A batch that was started meanwhile, in another tab, keeps the lines it runs with; and where its columns
    were changed or another check was begun, this one ends. False: it did not come to its own end.
    """
    check = secrets.token_hex(8)
    with store.write() as db:
        batch = db.get_one(Batch, batch_id, with_for_update=True)
        if batch.state != BatchState.DRAFT:
            return False
        batch.checked_at, batch.lines = None, 0
        batch.mapping = {**(batch.mapping or {}), CHECK: check}
        db.execute(delete(BatchLine).where(BatchLine.batch_id == batch_id))
    written, chunk, breath = 0, list[dict[str, Any]](), Event()
    for line in lines:
        chunk.append(_as_row(batch_id, line))
        if len(chunk) == CHUNK:
            if not _insert_lines(store, batch_id, check, chunk):
                return False
            written, chunk = written + len(chunk), []
            breath.wait(PAUSE)
            if progress:
                progress(written)
    return _insert_lines(store, batch_id, check, chunk, checked_at=now, lines=written + len(chunk))


def _as_row(batch_id: int, line: Line) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        "number": line.number,
        "line": line.line,
        "cells": list(line.cells),
        "person": _person_json(line.person),
        "email_key": line.person.email_key if line.person else None,
        "verdict": line.verdict.value,
        "problems": list(line.problems) or None,
        "note": line.note,
    }


def _person_json(person: Person | None) -> dict[str, str] | None:
    if person is None:
        return None
    return {field: getattr(person, field) for field in PERSON_FIELDS}


PERSON_FIELDS = ("first_name", "last_name", "email", "source", "external_id", "join_uri", "cancellation_uri")


def _insert_lines(store: Store, batch_id: int, check: str, rows: list[dict[str, Any]], **ended: Any) -> bool:
    """Write a chunk of a check, unless another has taken its place; with the last one, that it has come to its end."""
    with store.write() as db:
        batch = db.get(Batch, batch_id, with_for_update=True)
        if batch is None or batch.state != BatchState.DRAFT or (batch.mapping or {}).get(CHECK) != check:
            return False
        if rows:
            db.execute(insert(BatchLine), rows)
        for name, value in ended.items():
            setattr(batch, name, value)
    return True


def compare(db: Session, batch: Batch) -> None:
    """Set the verdict of a draft's good lines by what is known now: listed, cancelled by us, waiting elsewhere, new."""
    same_email = (
        Registration.connection_id == batch.connection_id,
        Registration.session_id == batch.session_id,
        Registration.email_key == BatchLine.email_key,
    )
    is_listed = exists().where(
        Registrant.connection_id == batch.connection_id,
        Registrant.session_id == batch.session_id,
        Registrant.email_key == BatchLine.email_key,
        Registrant.gone_at.is_(None),
    )
    waits = exists().where(
        *same_email,
        Action.registration_id == Registration.id,
        or_(IS_WAITING, IS_IN_FLIGHT),
        Action.kind == Kind.CREATE,
    )
    is_leaving = exists().where(
        *same_email,
        Action.registration_id == Registration.id,
        or_(IS_WAITING, IS_IN_FLIGHT),
        Action.kind == Kind.DELETE,
    )
    cancelled = exists().where(*same_email, Registration.standing == Standing.CANCELLED)
    judged = [Verdict.TO_SEND, Verdict.ALREADY_THERE, Verdict.CANCELLED_EARLIER, Verdict.WAITING_ELSEWHERE]
    mine = (BatchLine.batch_id == batch.id, BatchLine.verdict.in_([verdict.value for verdict in judged]))
    for verdict, condition in (
        (Verdict.TO_SEND, None),
        (Verdict.CANCELLED_EARLIER, cancelled),
        (Verdict.WAITING_ELSEWHERE, waits),
        (Verdict.ALREADY_THERE, is_listed & ~is_leaving),
    ):
        chosen = mine if condition is None else (*mine, condition)
        db.execute(
            update(BatchLine)
            .where(*chosen, BatchLine.verdict != verdict.value)
            .values(verdict=verdict.value)
            .execution_options(synchronize_session=False)
        )
