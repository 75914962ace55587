"""The lines of a checked draft: how many have which verdict, and a page of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rollcall import person
from rollcall.outbox.states import Verdict
from rollcall.store.tables import BatchLine


def verdicts(db: Session, batch_id: int) -> dict[Verdict, int]:
    """How many lines of a draft have which verdict."""
    found = db.execute(
        select(BatchLine.verdict, func.count()).where(BatchLine.batch_id == batch_id).group_by(BatchLine.verdict)
    )
    return {Verdict(word): int(count) for word, count in found}


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


def _problem(plain: Mapping[str, Any]) -> person.Problem:
    return person.Problem(plain["field"], plain["code"], plain.get("value", ""), plain.get("detail", ""))


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
