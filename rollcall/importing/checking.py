"""Every row of a draft becomes a line with its verdict, and is compared with RingCentral's list when that is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from rollcall import person, registering
from rollcall.contact_file import rows
from rollcall.contact_file.table import Table
from rollcall.importing.drafting import no_words, table_of
from rollcall.importing.planning import Plan, links_of, plan_of
from rollcall.outbox import drafts
from rollcall.outbox.batch import LISTING_GOOD_FOR
from rollcall.outbox.drafts import Line
from rollcall.outbox.states import BatchState, Lane, Verdict
from rollcall.outbox.wishes import LinkTemplates
from rollcall.roster import readings, sessions
from rollcall.roster.readings import What
from rollcall.store.database import Store
from rollcall.store.tables import Batch, Reading

REGISTRATION_GOOD_FOR = timedelta(seconds=60)  # judgement: whether RingCentral mails is asked again after this


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
    lines = _lines(read, plan_of(batch), links_of(batch))
    if drafts.write_lines(store, batch_id, lines, now=now, progress=progress):
        with store.write() as db:
            _compare(db, db.get_one(Batch, batch_id, with_for_update=True))


def _lines(read: Table, plan: Plan, templates: LinkTemplates) -> Iterator[Line]:
    """Every row with its first verdict; who is there already is found out in the store."""
    opted_out = [(read.header[column], column, no_words(read, column)) for column in plan.leave_out]
    checked_rows = zip(read.rows, rows.check_rows(read, plan.sent_columns), strict=True)
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


def listing(db: Session, batch: Batch) -> Reading | None:
    """The listing of the session's registrants a draft waits for or was compared with: what the page watches."""
    return readings.latest(db, batch.connection_id, What.REGISTRANTS, batch.session_id)


def compare(store: Store, batch_id: int) -> bool:
    """Compare a checked draft with the latest listing, unless that was done. Returns whether it was done now."""
    with store.read() as db:
        if not _is_behind(db, db.get_one(Batch, batch_id)):
            return False
    with store.write() as db:
        batch = db.get_one(Batch, batch_id, with_for_update=True)
        return _is_behind(db, batch) and _compare(db, batch)


def _is_behind(db: Session, batch: Batch) -> bool:
    if batch.state != BatchState.DRAFT or batch.checked_at is None:
        return False
    listed = readings.last_complete(db, batch.connection_id, What.REGISTRANTS, batch.session_id)
    return listed is not None and listed.id != plan_of(batch).compared_with


def _compare(db: Session, batch: Batch) -> bool:
    listed = readings.last_complete(db, batch.connection_id, What.REGISTRANTS, batch.session_id)
    drafts.compare(db, batch)
    compared = replace(plan_of(batch), compared_with=listed.id if listed else None)
    batch.mapping = {**(batch.mapping or {}), **compared.to_json()}
    return True
