"""A contact file from upload to start, and back as a receipt: puts the contact file and the batch together.

A file is a draft in the store from the moment it was read. What is decided about it (columns, who is left out, own
links) is written there too, so that a reload, another browser or a restart finds it as it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from rollcall import external_id as external_ids
from rollcall import outlook, person, registering
from rollcall.contact_file import aliases, columns, receipt, rows, table
from rollcall.contact_file.columns import Mapping as Columns
from rollcall.contact_file.table import Table
from rollcall.outbox import batch as batches
from rollcall.outbox import drafts, progress
from rollcall.outbox.batch import LISTING_GOOD_FOR
from rollcall.outbox.drafts import FileFacts, Line
from rollcall.outbox.ledger import WITHOUT_LINKS
from rollcall.outbox.progress import ReceiptLine, Status
from rollcall.outbox.states import BatchKind, BatchState, Lane, Verdict
from rollcall.outbox.wishes import LinkTemplates
from rollcall.outlook import Outlook
from rollcall.roster import readings, registrants, sessions
from rollcall.roster.readings import What
from rollcall.store.database import Store
from rollcall.store.tables import Batch, BatchLine, Reading, Upload

REGISTRATION_GOOD_FOR = timedelta(seconds=60)  # judgement: whether RingCentral mails is asked again after this
NAME_LIMIT = 200  # characters of a file's name that are kept
SAMPLE_ROWS = 5

# Judgement: the providers that make up nearly all private addresses in business lists. Only used to warn.
FREE_MAIL = (
    "gmail.com", "googlemail.com", "yahoo.com", "yahoo.co.uk", "hotmail.com", "hotmail.co.uk", "outlook.com",
    "live.com", "msn.com", "icloud.com", "me.com", "aol.com", "gmx.de", "gmx.net", "gmx.com", "web.de", "mail.com",
    "mail.ru", "yandex.ru", "proton.me", "protonmail.com", "orange.fr", "free.fr", "t-online.de", "qq.com", "163.com",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What is decided about a draft's file.

    Attributes:
        columns: where each value of a person comes from.
        leave_out: columns whose opt-out cells leave people out.
        compared_with: the listing (reading id) the verdicts were last compared with.
    """

    columns: Columns
    leave_out: tuple[int, ...] = ()
    compared_with: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is kept with the batch."""
        return {
            **self.columns.to_json(),
            "leave_out": list(self.leave_out),
            "compared_with": self.compared_with,
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Plan:
        """What `to_json` gave."""
        return cls(Columns.from_json(plain), tuple(plain.get("leave_out") or ()), plain.get("compared_with"))


@dataclass(frozen=True, slots=True)
class BeforeStart:
    """What pressing Start means, as far as it is known now.

    Attributes:
        counts: lines per verdict, all verdicts that occur.
        new: people who will be sent.
        mails: mails RingCentral will send, None while its setting has not been read.
        beyond_limit: people for whom registration will have closed itself (`autoCloseLimit`).
        free_mail: new people with a private address where RingCentral wants work addresses only, else 0.
        outlook: calls, minutes and the last person's time; other imports that become late.
        due_at: the marketer's own deadline, else the session's start; None: neither is known.
        by_due: how many are through by then.
    """

    counts: Mapping[Verdict, int]
    new: int
    mails: int | None
    auto_close_limit: int | None
    beyond_limit: int
    free_mail: int
    outlook: Outlook
    due_at: datetime | None
    is_own_deadline: bool
    by_due: int

    @property
    def is_in_time(self) -> bool:
        """Whether the last person is registered before it is due."""
        return self.due_at is None or self.outlook.forecast.last_at <= self.due_at


# ---------------------------------------------------------------- file → draft


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
        replaces: another draft that is thrown away for it.

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
        db.get_one(Batch, batch_id).mapping = plan.to_json()
        if replaces is not None:
            drafts.discard(db, replaces)
    return batch_id


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
    return db.get(Upload, batch_id)


def plan_of(batch: Batch) -> Plan:
    """What is decided about a draft."""
    return Plan.from_json(batch.mapping or {})


def links_of(batch: Batch) -> LinkTemplates:
    """The own links of a batch's people; empty: RingCentral's."""
    return LinkTemplates() if batch.links in (None, WITHOUT_LINKS) else LinkTemplates(**batch.links)


def draft_of(db: Session, connection_id: int, session_id: str, batch_id: str | None) -> Batch | None:
    """The draft an address names, if it is one of this connection and session; without one, the latest of it."""
    if batch_id is None:
        return drafts.latest_draft(db, connection_id, session_id)
    batch = batch_of(db, connection_id, batch_id)
    return batch if batch is not None and batch.session_id == session_id else None


def batch_of(db: Session, connection_id: int, batch_id: str | None) -> Batch | None:
    """The batch an address names, if it is one of this connection. Any text may be asked for."""
    if batch_id is None or not (batch_id.isascii() and batch_id.isdigit() and len(batch_id) < 16):
        return None
    batch = db.get(Batch, int(batch_id))
    return batch if batch is not None and batch.connection_id == connection_id else None


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


def key_problems(chosen: Columns) -> list[person.Problem]:
    """What is wrong with the keys of the external ID, whatever the rows hold: empty ones, or the same twice."""
    from_columns = [(key, "") for _, key in chosen.keys]
    return [*external_ids.problems(from_columns), *external_ids.problems(chosen.constant_keys)]


def decide(store: Store, batch_id: int, plan: Plan, templates: LinkTemplates) -> bool:
    """Keep what was decided about a draft, if it is something new: then its rows have to be checked again.

    Returns whether it was something new.
    """
    links = asdict(templates) if templates != LinkTemplates() else None
    with store.write() as db:
        batch = db.get_one(Batch, batch_id)
        known = plan_of(batch)
        is_same = (known.columns, known.leave_out) == (plan.columns, plan.leave_out) and batch.links == links
        if batch.state != BatchState.DRAFT or is_same:
            return False
        batch.mapping, batch.links, batch.checked_at = replace(plan, compared_with=None).to_json(), links, None
        return True


# ---------------------------------------------------------------- draft → lines


def check(
    store: Store,
    batch_id: int,
    *,
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Check every row of a draft as it was decided, write the lines, and file the readings that tell who is there.

    A check that dies half-way leaves the draft unchecked; it is simply done again.

    Args:
        progress: told after every chunk how many lines are written.
    """
    with store.write() as db:
        batch = db.get_one(Batch, batch_id)
        if batch.state != BatchState.DRAFT:
            return
        ask_readings(db, batch, now=now)
        read = table_of(db, batch_id)
    if read is None:
        return
    drafts.write_lines(store, batch_id, _lines(read, plan_of(batch), links_of(batch)), now=now, progress=progress)
    with store.write() as db:
        _compare(db, db.get_one(Batch, batch_id))


def _lines(read: Table, plan: Plan, templates: LinkTemplates) -> Iterator[Line]:
    """Every row with its first verdict; who is there already is found out in the store."""
    opted_out = [(read.header[column], column, no_words(read, column)) for column in plan.leave_out]
    checked_rows = zip(read.rows, rows.check_rows(read, plan.columns), strict=True)
    for number, (row, checked) in enumerate(checked_rows, start=1):
        problems = [asdict(problem) for problem in checked.problems]
        if checked.person is not None and templates != LinkTemplates():
            problems = [asdict(problem) for problem in _link_problems(templates, checked.person)]
        said_no = next((name for name, column, words in opted_out if row.cells[column] in words), None)
        yield Line(
            number=number,
            line=checked.line,
            cells=row.cells,
            person=checked.person,
            verdict=_first_verdict(checked, is_left_out=said_no is not None, is_wrong=bool(problems)),
            problems=problems,
            note=said_no if said_no is not None else _repeated(checked),
        )


def _repeated(checked: rows.CheckedRow) -> str | None:
    return str(checked.duplicate_of) if checked.duplicate_of is not None else None


def _link_problems(templates: LinkTemplates, somebody: person.Person) -> list[person.Problem]:
    """Why own links cannot be made for this person, such as a key that their external ID has not."""
    expanded = registering.expanded(templates, somebody)
    return [link for link in expanded if isinstance(link, person.Problem)]


def _first_verdict(checked: rows.CheckedRow, *, is_left_out: bool, is_wrong: bool) -> Verdict:
    """Whoever opted out in one row stays out in the rows that repeat it: those are duplicates of it."""
    if is_left_out:
        return Verdict.LEFT_OUT
    if checked.duplicate_of is not None:
        return Verdict.DUPLICATE
    return Verdict.INVALID if is_wrong else Verdict.TO_SEND


def no_words(read: Table, column: int) -> frozenset[str]:
    """The cells of an opt-out column that mean: do not write to this person. The rule of `columns.opt_out_columns`."""
    is_named = aliases.OPT_OUT_WORDS.search(columns.normalised(read.header[column])) is not None
    cells = {row.cells[column] for row in read.rows}
    return frozenset(cell for cell in cells if _says_no(columns.normalised(cell), is_named))


def _says_no(value: str, is_named: bool) -> bool:
    return value not in aliases.NO_WISH if is_named else value in aliases.OPT_OUT_VALUES


def ask_readings(db: Session, batch: Batch, *, now: datetime) -> None:
    """File what the check has to know: who is registered already, and whether RingCentral mails people."""
    listed = readings.last_complete(db, batch.connection_id, What.REGISTRANTS, batch.session_id)
    if listed is None or listed.begun_at is None or listed.begun_at < now - LISTING_GOOD_FOR:
        _ask(db, batch, What.REGISTRANTS, now=now)
    known = sessions.of(db, batch.connection_id, batch.session_id)
    settings = known.registration if known else None
    if settings is None or settings.read_at < now - REGISTRATION_GOOD_FOR:
        _ask(db, batch, What.REGISTRATION, now=now)


def _ask(db: Session, batch: Batch, what: What, *, now: datetime) -> None:
    readings.ask(
        db, batch.connection_id, what, batch.session_id, lane=Lane.CLICK, asked_by=f"import {batch.id}", now=now
    )


def compare(store: Store, batch_id: int) -> bool:
    """Compare a checked draft with the latest listing, unless that was done. Returns whether it was done now."""
    with store.read() as db:
        if not _is_behind(db, db.get_one(Batch, batch_id)):
            return False
    with store.write() as db:
        batch = db.get_one(Batch, batch_id)
        return _is_behind(db, batch) and _compare(db, batch)


def _is_behind(db: Session, batch: Batch) -> bool:
    if batch.state != BatchState.DRAFT or batch.checked_at is None:
        return False
    listed = readings.last_complete(db, batch.connection_id, What.REGISTRANTS, batch.session_id)
    return listed is not None and listed.id != plan_of(batch).compared_with


def _compare(db: Session, batch: Batch) -> bool:
    listed = readings.last_complete(db, batch.connection_id, What.REGISTRANTS, batch.session_id)
    drafts.compare(db, batch)
    batch.mapping = replace(plan_of(batch), compared_with=listed.id if listed else None).to_json()
    return True


# ---------------------------------------------------------------- before and at Start


def listing(db: Session, batch: Batch) -> Reading | None:
    """The listing of the session's registrants a draft waits for or was compared with: what the page watches."""
    return readings.latest(db, batch.connection_id, What.REGISTRANTS, batch.session_id)


def verdicts(db: Session, batch_id: int) -> dict[Verdict, int]:
    """How many lines of a draft have which verdict."""
    found = db.execute(
        select(BatchLine.verdict, func.count()).where(BatchLine.batch_id == batch_id).group_by(BatchLine.verdict)
    )
    return {Verdict(word): int(count) for word, count in found}


def before_start(db: Session, batch: Batch, *, again_cancelled: bool, now: datetime) -> BeforeStart:
    """Everything that Start means for a checked draft."""
    counts = verdicts(db, batch.id)
    new = counts.get(Verdict.TO_SEND, 0) + (counts.get(Verdict.CANCELLED_EARLIER, 0) if again_cancelled else 0)
    known = sessions.of(db, batch.connection_id, batch.session_id)
    settings = known.registration if known else None
    seen = outlook.of_batch(db, batch, now=now)
    due_at = batch.own_deadline_at or (known.session.starts_at if known else None)
    limit = settings.auto_close_limit if settings else None
    registered = (settings.registrant_count if settings else None) or registrants.on_list(
        db, batch.connection_id, batch.session_id
    )
    return BeforeStart(
        counts=counts,
        new=new,
        mails=mails(new, settings.suppress_emails if settings else None),
        auto_close_limit=limit,
        beyond_limit=beyond_limit(new, registered, limit),
        free_mail=_free_mail(db, batch.id) if settings is not None and settings.work_email_required else 0,
        outlook=seen,
        due_at=due_at,
        is_own_deadline=batch.own_deadline_at is not None,
        by_due=seen.forecast.people_by(due_at, new) if due_at else new,
    )


def mails(new: int, suppress_emails: bool | None) -> int | None:
    """How many mails RingCentral sends for so many new people; None: its setting is not known."""
    return None if suppress_emails is None else 0 if suppress_emails else new


def beyond_limit(new: int, registered: int, limit: int | None) -> int:
    """How many of the new people come after registration has closed itself at its limit (0: it has none)."""
    return 0 if not limit else min(new, max(0, registered + new - limit))


def _free_mail(db: Session, batch_id: int) -> int:
    """New people with an address of one of the big providers of private mail."""
    private = or_(*(BatchLine.email_key.like(f"%@{domain}") for domain in FREE_MAIL))
    query = select(func.count()).where(
        BatchLine.batch_id == batch_id, BatchLine.verdict == Verdict.TO_SEND.value, private
    )
    return db.scalar(query) or 0


def names_of(db: Session, batch_ids: tuple[int, ...]) -> list[str]:
    """The files' names of these batches."""
    return list(db.scalars(select(Batch.name).where(Batch.id.in_(batch_ids)).order_by(Batch.id)))


def is_draft(store: Store, batch_id: int) -> bool:
    """Whether a batch is still a draft."""
    with store.read() as db:
        return db.get_one(Batch, batch_id).state == BatchState.DRAFT


def set_deadline(db: Session, batch_id: int, due_at: datetime | None) -> None:
    """The marketer's own deadline for a draft; None: the session's start."""
    batch = db.get_one(Batch, batch_id)
    if batch.state == BatchState.DRAFT:
        batch.own_deadline_at = due_at


def start(store: Store, batch_id: int, *, again_cancelled: bool, now: datetime) -> bool:
    """draft → running, once however often it is pressed. An unchecked draft does not start."""
    with store.write() as db:
        batch = db.get_one(Batch, batch_id)
        if batch.checked_at is None:
            return False
        listed = readings.last_complete(db, batch.connection_id, What.REGISTRANTS, batch.session_id)
        listed_at = listed.begun_at if listed else None
        return batches.start(db, batch_id, listed_at=listed_at, again_cancelled=again_cancelled, now=now)


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a started batch is.

    Attributes:
        total: people it wanted to send; those that were never to be sent do not count.
        fulfilled: registered (or cancelled, where that was wished).
        waiting: not sent yet.
        withdrawn: taken back unsent when it was stopped.
        open: waiting, being sent or not confirmed.
    """

    total: int
    fulfilled: int
    refused: int
    waiting: int
    withdrawn: int
    open: int

    @property
    def share(self) -> float:
        """How much of it was carried out, 0 to 1: a stopped one stays where it was."""
        return (self.total - self.open - self.withdrawn) / self.total if self.total else 1.0


NEVER_SENT = frozenset(
    {Status.ALREADY_THERE, Status.CANCELLED_EARLIER, Status.DUPLICATE, Status.INVALID, Status.LEFT_OUT}
)
FULFILLED = frozenset({Status.REGISTERED, Status.CANCELLED, Status.ALREADY_GONE})


def tally(counted: Mapping[Status, int]) -> Tally:
    """A batch's counts as its bar shows them."""
    return Tally(
        total=sum(count for status, count in counted.items() if status not in NEVER_SENT),
        fulfilled=sum(counted.get(status, 0) for status in FULFILLED),
        refused=counted.get(Status.REFUSED, 0),
        waiting=counted.get(Status.WAITING, 0),
        withdrawn=counted.get(Status.WITHDRAWN, 0),
        open=sum(counted.get(status, 0) for status in progress.OPEN),
    )


# ---------------------------------------------------------------- all imports, and afterwards


def count_of(db: Session, connection_id: int) -> int:
    """How many batches there are, drafts and cancellations included."""
    return db.scalar(select(func.count()).where(Batch.connection_id == connection_id)) or 0


def has_file(db: Session, batch_id: int) -> bool:
    """Whether the batch's file is still kept; a cancellation never had one."""
    kept = select(Upload.batch_id).where(Upload.batch_id == batch_id, Upload.content.is_not(None))
    return db.scalar(kept) is not None


def cancel_registered(store: Store, batch_id: int, *, actor: str, now: datetime) -> int:
    """Cancel whom this import registered; pressed twice, the cancellation that runs is the answer. Returns its id."""
    with store.write() as db:
        running = db.scalar(
            select(Batch.id).where(
                Batch.parent_id == batch_id,
                Batch.kind == BatchKind.CANCEL,
                Batch.state.in_([BatchState.RUNNING.value, BatchState.PAUSED.value]),
            )
        )
        return running or batches.cancel_registered(db, batch_id, actor=actor, now=now)


# ---------------------------------------------------------------- looking at lines


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing wrong with one row, with the column it stands in (None: no column gave the value)."""

    number: int
    line: int
    column: str | None
    problem: person.Problem


def troubles(db: Session, batch_id: int, *, start: int = 0, most: int = 50) -> list[Trouble]:
    """What is wrong with the rows that cannot be sent; `start` and `most` count rows."""
    found = db.scalars(
        select(BatchLine)
        .where(BatchLine.batch_id == batch_id, BatchLine.verdict == Verdict.INVALID.value)
        .order_by(BatchLine.number)
        .offset(start)
        .limit(most)
    )
    return [
        Trouble(line.number, line.line, problem.get("column") or None, _problem(problem))
        for line in found
        for problem in line.problems or ()
    ]


@dataclass(frozen=True, slots=True)
class Somebody:
    """One line of a draft for a table."""

    line: int
    name: str = field(repr=False)
    email: str = field(repr=False)
    source: str = field(repr=False)
    external_id: str = field(repr=False)
    note: str | None  # the line a duplicate repeats, the column that leaves somebody out


def people(db: Session, batch_id: int, verdict: Verdict, *, start: int = 0, most: int = 50) -> list[Somebody]:
    """A page of a draft's people with this verdict, in the order of the file."""
    found = db.scalars(
        select(BatchLine)
        .where(BatchLine.batch_id == batch_id, BatchLine.verdict == verdict.value)
        .order_by(BatchLine.number)
        .offset(start)
        .limit(most)
    )
    return [_somebody(line) for line in found]


def _somebody(line: BatchLine) -> Somebody:
    known = line.person or {}
    return Somebody(
        line=line.line,
        name=f"{known.get('first_name', '')} {known.get('last_name', '')}".strip(),
        email=known.get("email", ""),
        source=known.get("source", ""),
        external_id=known.get("external_id", ""),
        note=line.note,
    )


def _problem(plain: Mapping[str, Any]) -> person.Problem:
    return person.Problem(plain["field"], plain["code"], plain.get("value", ""), plain.get("detail", ""))


# ---------------------------------------------------------------- the receipt


def receipt_of(store: Store, batch_id: int, reason: Callable[[ReceiptLine], str]) -> bytes | None:
    """The uploaded file with each person's status, links and the reason in words; None once it was deleted.

    Args:
        reason: the sentence for a line that was not registered; wording is not the domain's.
    """
    with store.read() as db:
        batch, upload = db.get_one(Batch, batch_id), db.get(Upload, batch_id)
        if upload is None or upload.content is None:
            return None
        if batch.checked_at is None:
            return upload.content
        lines = (_receipt_row(line, reason) for line in progress.receipt_lines(db, batch))
        return receipt.write(
            upload.header,
            lines,
            delimiter=upload.delimiter,
            encoding=upload.encoding,
            bom=upload.bom,
            newline=upload.newline,
        )


def _receipt_row(line: ReceiptLine, reason: Callable[[ReceiptLine], str]) -> tuple[list[str], list[str]]:
    """A line's cells and the values of `receipt.STATUS_COLUMNS`."""
    links = [line.join_uri or "", line.cancellation_uri or ""]
    return line.cells, [line.status.value, reason(line), line.registrant_id or "", *links]
