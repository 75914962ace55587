"""Rows → people and problems: every row, one pass, every problem of every row."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from rollcall import external_id, person
from rollcall.contact_file.columns import TARGETS, Mapping
from rollcall.contact_file.table import Table
from rollcall.external_id import ExternalIdError, quoted
from rollcall.person import Person
from rollcall.problem import Problem


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong with one row; field, code, value and detail as in `rollcall.problem`."""

    column: str  # the column's name in the file, several joined by ", "; empty if the field comes from none
    field: str
    code: str
    value: str = dataclasses.field(default="", repr=False)
    detail: str = dataclasses.field(default="", repr=False)


class CheckedRow(NamedTuple):
    """What became of one row. `person` is None exactly when there are problems."""

    line: int  # physical line of the file in which the row begins
    person: Person | None = None
    problems: tuple[RowProblem, ...] = ()
    duplicate_of: int | None = None  # line of the earlier good row with the same email


def check_rows(table: Table, mapping: Mapping) -> Iterator[CheckedRow]:
    """Check every row in the order of the file. The first good row of an address wins.

    Raises:
        IndexError: the mapping names a column that the table has not.
    """
    check = _Check(table.header, mapping)
    first_line: dict[str, int] = {}
    new = tuple.__new__  # a third of the time of CheckedRow(…)
    for line, cells in table.rows:
        found = check.row(cells)
        if isinstance(found, Person):
            earlier = first_line.setdefault(person.email_key(found.email), line)
            yield new(CheckedRow, (line, found, (), None if earlier == line else earlier))
        else:
            yield new(CheckedRow, (line, None, found, None))


class _Check:
    """One mapping made ready for many rows."""

    def __init__(self, header: tuple[str, ...], mapping: Mapping) -> None:
        columns = {target: getattr(mapping, target) for target in TARGETS}
        self._cells_of = itemgetter(*(-1 if column is None else column for column in columns.values()))
        self._mapping = mapping
        self._has_external_id = bool(mapping.keys or mapping.constant_keys)
        keys = [(key, "") for _, key in mapping.keys]
        is_plain = not mapping.constant_keys and not external_id.problems(keys)
        self._prefixes = [(column, f"{quoted(key)}=") for column, key in mapping.keys] if is_plain else []
        self._names = {target: header[column] for target, column in columns.items() if column is not None}
        self._names["external_id"] = ", ".join(header[column] for column, _ in mapping.keys)

    def row(self, cells: tuple[str, ...]) -> Person | tuple[RowProblem, ...]:
        """The person of one row, or everything wrong with it."""
        # The empty cell at the end is the one of targets that have no column. The order is that of TARGETS.
        first_name, last_name, email, source, join_uri, cancellation_uri = self._cells_of((*cells, ""))
        if self._mapping.source_constant and not source.strip():
            source = self._mapping.source_constant
        encoded, wrong_id = "", None
        if self._has_external_id:
            try:
                encoded = self._external_id(cells)
            except ExternalIdError as error:
                wrong_id = error.problem
        found = person.check(
            first_name=first_name,
            last_name=last_name,
            email=email,
            source=source,
            external_id=encoded,
            join_uri=join_uri,
            cancellation_uri=cancellation_uri,
        )
        if isinstance(found, Person):
            return found if wrong_id is None else (self._row_problem(wrong_id),)
        return tuple(self._row_problem(problem) for problem in (*found, *([wrong_id] if wrong_id else [])))

    def _external_id(self, cells: tuple[str, ...]) -> str:
        """An empty cell gives no key, unless a constant has the same."""
        if self._prefixes:  # what encode would give, with the keys quoted once for all rows
            parts = [prefix + quoted(value) for column, prefix in self._prefixes if (value := cells[column].strip())]
            if len(text := "&".join(parts)) <= external_id.LIMIT:
                return text
        pairs = [(key, value) for column, key in self._mapping.keys if (value := cells[column].strip())]
        given = {key for key, _ in pairs}
        return external_id.encode([*pairs, *(pair for pair in self._mapping.constant_keys if pair[0] not in given)])

    def _row_problem(self, problem: Problem) -> RowProblem:
        column = self._names.get(problem.field, "")
        return RowProblem(column, problem.field, problem.code, problem.value, problem.detail)
