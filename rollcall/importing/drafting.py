"""An uploaded file becomes a draft: kept as it came, its columns matched, its face read for the screen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from rollcall import person
from rollcall.contact_file import aliases, columns, table
from rollcall.contact_file.table import Table
from rollcall.importing.planning import Plan, plan_of, taken_over
from rollcall.outbox import drafts
from rollcall.outbox.drafts import FileFacts
from rollcall.store.database import Store
from rollcall.store.tables import Batch, Upload

NAME_LIMIT = 200  # characters of a file's name that are kept
SAMPLE_ROWS = 5


def begin(
    store: Store,
    connection_id: int,
    session_id: str,
    *,
    name: str,
    data: bytes,
    actor: str,
    now: datetime,
    replaces: int | None = None,
) -> int:
    """Read a file and keep it as a draft with its columns matched; returns the batch's id.

    Args:
        replaces: another draft that is thrown away for it; what was decided about it is taken over.

    Raises:
        FileProblem: the file cannot be read as a contact list; nothing is kept.
    """
    read = table.read(data)
    plan = Plan(columns.match(read), tuple(columns.opt_out_columns(read)))
    with store.write() as db:
        batch_id = drafts.draft(
            db,
            connection_id,
            session_id,
            name=person.tidy(name)[:NAME_LIMIT] or "contacts.csv",
            file=_facts(data, read),
            actor=actor,
            now=now,
        )
        batch = db.get_one(Batch, batch_id)
        batch.mapping = plan.to_json()
        if replaces is not None:
            _replace(db, replaces, batch, read, actor=actor, now=now)
    return batch_id


def _replace(db: Session, replaced_id: int, batch: Batch, read: Table, *, actor: str, now: datetime) -> None:
    """Throw the replaced draft away, after taking over what was decided whatever the file: nobody enters it twice."""
    replaced, upload = db.get(Batch, replaced_id), upload_of(db, replaced_id)
    if replaced is not None and upload is not None:
        plan = taken_over(plan_of(batch), read.header, plan_of(replaced), upload.header)
        batch.mapping, batch.links, batch.own_deadline_at = plan.to_json(), replaced.links, replaced.own_deadline_at
    drafts.discard(db, replaced_id, actor=actor, now=now)


def _facts(data: bytes, read: Table) -> FileFacts:
    return FileFacts(
        content=data,
        sha256=hashlib.sha256(data).hexdigest(),
        encoding=read.encoding,
        delimiter=read.delimiter,
        bom=read.bom,
        newline=read.newline,
        header=read.header,
    )


def table_of(db: Session, batch_id: int) -> Table | None:
    """The uploaded table, read again from the kept file; None once the file was deleted."""
    content = db.scalar(select(Upload.content).where(Upload.batch_id == batch_id))
    return None if content is None else table.read(content)


def upload_of(db: Session, batch_id: int) -> Upload | None:
    """What is known of a batch's file, without reading its content."""
    return db.scalars(select(Upload).where(Upload.batch_id == batch_id).options(defer(Upload.content))).one_or_none()


def has_file(db: Session, batch_id: int) -> bool:
    """Whether the batch's file is still kept; a cancellation never had one."""
    kept = select(Upload.batch_id).where(Upload.batch_id == batch_id, Upload.content.is_not(None))
    return db.scalar(kept) is not None


@dataclass(frozen=True, slots=True)
class OptOut:
    """A column that says of some people: do not write to them."""

    column: int
    people: int


@dataclass(frozen=True, slots=True)
class Face:
    """As much of a file as its columns are matched by. The sample shows people: never in a log."""

    header: tuple[str, ...]
    rows: int
    sample: tuple[tuple[str, ...], ...] = field(repr=False)
    opt_outs: tuple[OptOut, ...]
    long_rows: int
    filled: tuple[int, ...]  # cells with something in them, by column


def face_of(db: Session, batch_id: int) -> Face | None:
    """The face of a draft's file; None once it was deleted. Reads the whole file: half a second for 50,000 rows."""
    read = table_of(db, batch_id)
    if read is None:
        return None
    return Face(
        header=read.header,
        rows=len(read.rows),
        sample=tuple(tuple(row.cells[: len(read.header)]) for row in read.rows[:SAMPLE_ROWS]),
        opt_outs=tuple(_opt_out(read, column) for column in columns.opt_out_columns(read)),
        long_rows=read.long_rows,
        filled=tuple(sum(bool(row.cells[column].strip()) for row in read.rows) for column in range(len(read.header))),
    )


def _opt_out(read: Table, column: int) -> OptOut:
    words = no_words(read, column)
    return OptOut(column, sum(row.cells[column] in words for row in read.rows))


def no_words(read: Table, column: int) -> frozenset[str]:
    """The cells of an opt-out column that mean: do not write to this person. The rule of `columns.opt_out_columns`."""
    is_named = aliases.OPT_OUT_WORDS.search(columns.normalised(read.header[column])) is not None
    cells = {row.cells[column] for row in read.rows}
    return frozenset(cell for cell in cells if _says_no(columns.normalised(cell), is_named))


def _says_no(value: str, is_named: bool) -> bool:
    return value not in aliases.NO_WISH if is_named else value in aliases.OPT_OUT_VALUES
