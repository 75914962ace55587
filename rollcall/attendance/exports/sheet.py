"""A table of texts and numbers, and the CSV file it becomes: for a CRM to read, and for no spreadsheet to run.

Every cell is quoted. Cells that would run as a formula get an apostrophe before them, and inside them what would run
where a spreadsheet expects another delimiter than ours and parts them; numbers and phone numbers, which are harmless,
stay as they are (`contact_file.receipt.safe_cell`). A CSV file has no types: a spreadsheet that opens one still takes
`00123` for a number, so what is to be looked at in a spreadsheet is better taken as XLSX.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from rollcall.contact_file.receipt import file_of, safe_cell
from rollcall.contact_file.table import Table
from rollcall.contact_file.text import UTF8_BOM

Cell: TypeAlias = str | int | float

NEWLINE = "\r\n"  # RFC 4180


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and its rows; a row may be longer than the header, as rows of uploaded lists are."""

    header: tuple[str, ...]
    rows: list[tuple[Cell, ...]] = field(repr=False)

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[Cell]]) -> Sheet:
        """The sheet of these columns, all of one length."""
        return cls(tuple(columns), list(zip(*columns.values(), strict=True)))


class LeftOut(NamedTuple):
    """Somebody a target would not take, and why. Its repr shows nobody's data."""

    email: str
    first_name: str
    last_name: str
    external_id: str
    reason: str  # a code; the module that leaves people out lists its own

    def __repr__(self) -> str:
        return f"LeftOut(reason={self.reason!r})"


@dataclass(frozen=True, slots=True)
class Export:
    """One file, and who of the chosen people is not in it."""

    sheet: Sheet
    left_out: tuple[LeftOut, ...] = field(default=(), repr=False)


def left_out_of(people: pd.DataFrame, reasons: Sequence[str]) -> tuple[LeftOut, ...]:
    """Those with a reason, in their order.

    Args:
        reasons: one for each of the people; empty: they are in the file.
    """
    columns = (people["email"], people["first_name"], people["last_name"], people["external_id"])
    return tuple(LeftOut(*row) for row in zip(*columns, reasons, strict=True) if row[-1])


def kept(people: pd.DataFrame, reasons: Sequence[str]) -> pd.DataFrame:
    """Those without a reason to be left out, in their order."""
    return people[np.array([not reason for reason in reasons], dtype=bool)]


def left_out_sheet(left_out: Iterable[LeftOut]) -> Sheet:
    """Those left out as a file of their own."""
    return Sheet(LeftOut._fields, [tuple(one) for one in left_out])


def csv_file(sheet: Sheet, *, delimiter: str = ",", bom: bool = False) -> bytes:
    """The sheet as UTF-8 with CRLF line ends.

    Args:
        bom: with the byte order mark by which Excel knows UTF-8. CRMs need none, and some take it for a part of the
            first column's name.
    """
    return _encoded([sheet.header, *sheet.rows], delimiter=delimiter, bom=bom)


def csv_like(sheet: Sheet, table: Table, *, bom: bool = False) -> bytes:
    """The sheet written as an uploaded list was: delimiter, encoding, byte order mark, line ends.

    Args:
        bom: with the mark although the list, if it is UTF-8, had none.
    """
    return file_of(
        ([cell if isinstance(cell, str) else str(cell) for cell in row] for row in [sheet.header, *sheet.rows]),
        delimiter=table.delimiter,
        encoding=table.encoding,
        bom=table.bom or (bom and table.encoding == "utf-8"),
        newline=table.newline,
    )


def csv_parts(sheet: Sheet, *, rows: int, size: int, bom: bool = False) -> Iterator[bytes]:
    """The sheet as files that each keep a target's limits; one file where they suffice.

    Args:
        rows: people at most in a file.
        size: bytes at most of a file; a row that is larger gets a file of its own.
    """
    remaining = iter(sheet.rows)
    while chunk := list(islice(remaining, rows)):
        yield from _fitting(sheet.header, chunk, size=size, bom=bom)
    if not sheet.rows:
        yield csv_file(sheet, bom=bom)


def _fitting(header: tuple[str, ...], rows: list[tuple[Cell, ...]], *, size: int, bom: bool) -> Iterator[bytes]:
    """These rows, halved until each file is small enough."""
    data = csv_file(Sheet(header, rows), bom=bom)
    if len(data) <= size or len(rows) == 1:
        yield data
        return
    middle = len(rows) // 2
    yield from _fitting(header, rows[:middle], size=size, bom=bom)
    yield from _fitting(header, rows[middle:], size=size, bom=bom)


def _encoded(rows: Iterable[Sequence[Cell]], *, delimiter: str, bom: bool) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=NEWLINE, quoting=csv.QUOTE_ALL)
    writer.writerows([_text(cell) for cell in row] for row in rows)
    data = buffer.getvalue().encode("utf-8", "replace")  # half a surrogate pair, which JSON can hold, is no text
    return UTF8_BOM + data if bom else data


def _text(cell: Cell) -> str:
    return safe_cell(cell) if isinstance(cell, str) else str(cell)


def texts(column: pd.Series) -> list[str]:
    """A column of texts."""
    return [str(value) for value in column.tolist()]


def numbers(column: pd.Series) -> list[Cell]:
    """A column of numbers with one digit after the point at most; empty where there is none."""
    return [_number(value) for value in column.tolist()]


def _number(value: float) -> Cell:
    if value is None or math.isnan(value):
        return ""
    rounded = round(float(value), 1)
    return int(rounded) if rounded.is_integer() else rounded


def flags(column: pd.Series) -> list[str]:
    """A column of booleans as `yes` and `no`."""
    return ["yes" if value else "no" for value in column.tolist()]


def known_zone(name: str) -> str:
    """The zone, or UTC if this machine knows none of that name: RingCentral's zones are newer than some machines."""
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return "UTC"


def times(column: pd.Series, style: str, *, zone: str = "UTC") -> list[str]:
    """A column of moments, written in a zone; empty where there is none.

    Args:
        style: as of `strftime`.
    """
    moments = pd.to_datetime(column, utc=True)
    return [str(text) for text in moments.dt.tz_convert(zone).dt.strftime(style).fillna("").tolist()]


ISO_UTC = "%Y-%m-%dT%H:%M:%SZ"  # ISO 8601, what programs read
READABLE = "%Y-%m-%d %H:%M:%S"  # what every spreadsheet takes for a moment; the zone stands in the column's name
DAY = "%Y-%m-%d"
