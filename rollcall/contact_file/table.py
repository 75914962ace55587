"""Bytes → a table of text: header, rows, and how the file was written.

Read by Python's own `csv`, which of all readers measured lost no record of any odd file. Every cell stays text, so
`00123` stays so.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from rollcall.contact_file.problem import FileProblem as FileProblem  # what read raises; callers know it from here
from rollcall.contact_file.text import Text, decode

MAX_BYTES = 25 * 1024 * 1024  # as in .streamlit/config.toml
MAX_ROWS = 50_000
MAX_COLUMNS = 200
DELIMITERS = (",", ";", "\t")  # at equal evidence the first wins

_SNIFFED = (*DELIMITERS, "|")  # the last only to say that it is not read
_SNIFFED_CHARACTERS = 65_536
_SNIFFED_ROWS = 200
_SWALLOWED_LINES = 20  # line breaks in one cell from which on we look whether it swallowed rows
LIKE_ADDRESS = re.compile(  # the whole cell, whatever a check may say of it later
    r"\s*[^@\s,;|\"]+@[^@\s,;|\"]+\.[^@\s,;|\"]+\s*"
)
_SEP_LINE = re.compile(r'"?sep=(.)"?(?:\r\n|\r|\n)', re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")


class Row(NamedTuple):
    """One record. Its repr shows nobody's data."""

    line: int  # physical line of the file in which it begins, from 1
    cells: tuple[str, ...]  # at least as many as the header has; more if the file has more

    def __repr__(self) -> str:
        return f"Row(line={self.line})"


@dataclass(frozen=True, slots=True)
class Table:
    """A contact file as it was uploaded."""

    header: tuple[str, ...]
    rows: list[Row] = field(repr=False)
    encoding: str  # utf-8, utf-16-le, utf-16-be or cp1252
    delimiter: str
    bom: bool
    newline: str  # of the file; in cells it is always "\n"
    blank_rows: int = 0  # skipped
    short_rows: int = 0  # filled up with empty cells
    long_rows: int = 0  # with something in cells beyond the header
    nul_count: int = 0  # characters dropped


def read(data: bytes) -> Table:
    """Read a whole file.

    Raises:
        FileProblem: nothing of it can be used; `contact_file/problem.py` lists the codes.
    """
    if len(data) > MAX_BYTES:
        raise FileProblem("too_large", f"{len(data)} of {MAX_BYTES}")
    text = decode(data)
    sample = _sample(text)
    sep_line = _SEP_LINE.match(sample)
    delimiter = sep_line[1] if sep_line else _sniff(sample)
    if delimiter not in DELIMITERS:
        raise FileProblem("not_csv", "delimiter")
    reading = _Reading(text.utf8, delimiter, first_line=2 if sep_line else 1)
    header = reading.run()
    return Table(
        header,
        reading.rows,
        encoding=text.encoding,
        delimiter=delimiter,
        bom=text.bom,
        newline=next((mark for mark in ("\r\n", "\n", "\r") if mark in sample), "\n"),
        blank_rows=reading.blank_rows,
        short_rows=reading.short_rows,
        long_rows=reading.long_rows,
        nul_count=text.nul_count,
    )


def _sample(text: Text) -> str:
    """The file's beginning, up to the end of a line unless it is the whole."""
    start = text.utf8[: 4 * _SNIFFED_CHARACTERS].decode("utf-8", "ignore")[:_SNIFFED_CHARACTERS]
    if len(start.encode("utf-8")) == len(text.utf8):
        return start
    return start[: max(start.rfind("\n"), start.rfind("\r")) + 1] or start


def _sniff(sample: str) -> str:
    """The delimiter under which the rows are most alike, and cells are whole email addresses."""
    scores = {delimiter: _likeness(sample, delimiter) for delimiter in _SNIFFED}
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] else DELIMITERS[0]


def _likeness(sample: str, delimiter: str) -> float:
    """0 to 2: the share of rows with the most common width, the wider the surer, and that of rows with an address."""
    records = csv.reader(io.StringIO(sample, newline=None), delimiter=delimiter)
    try:
        rows = [cells for cells in islice(records, _SNIFFED_ROWS) if any(map(str.strip, cells))]
    except csv.Error:
        return 0.0
    if not rows:
        return 0.0
    width, count = Counter(map(len, rows)).most_common(1)[0]
    addressed = sum(any(map(LIKE_ADDRESS.fullmatch, cells)) for cells in rows)
    return count / len(rows) * (1 - 1 / width) + addressed / len(rows)


class _Reading:
    """The records of a text, and what is counted on the way."""

    def __init__(self, utf8: bytes, delimiter: str, *, first_line: int) -> None:
        self.rows: list[Row] = []
        self.blank_rows = self.short_rows = self.long_rows = 0
        self._utf8, self._delimiter, self._lines_before = utf8, delimiter, first_line - 1

    def run(self) -> tuple[str, ...]:
        """Read everything and return the header. Raises FileProblem."""
        try:
            self._read(careful=False)
        except csv.Error:
            self._read(careful=True)
        if not self.rows:
            raise FileProblem("empty")
        header = self.rows.pop(0)
        _check_header(header, self.rows)
        return header.cells

    def _read(self, *, careful: bool) -> None:
        """One pass. Not careful: stops with csv.Error at the first quotation mark out of place.

        Such a mark is harmless within a line, but over several it may have swallowed people, who would be missing
        without a word. So the careful pass forgives it only within a line.
        """
        self.rows, self.blank_rows, self.short_rows, self.long_rows = [], 0, 0, 0
        record: list[str] = []
        lines = _remembered(self._lines(), record) if careful else self._lines()
        reader = csv.reader(lines, delimiter=self._delimiter, strict=not careful)
        line, width = self._lines_before + 1, 0
        new = tuple.__new__  # a third of the time of Row(…)
        try:
            for cells in reader:
                next_line = self._lines_before + reader.line_num + 1
                if next_line > line + 1:
                    self._check_long_record(line, cells, record)
                record.clear()
                if cells and (cells[0][:1] > " " or any(map(str.strip, cells))):
                    if len(cells) != width:
                        width = width or self._width(cells)
                        self._even_out(cells, width)
                    self.rows.append(new(Row, (line, tuple(cells))))
                    if len(self.rows) > MAX_ROWS + 1:
                        raise FileProblem("too_many_rows", str(MAX_ROWS))
                else:
                    self.blank_rows += 1
                line = next_line
        except csv.Error:
            if careful:  # a cell of more than 128 kB
                raise FileProblem("unclosed_quote", f"line {line}") from None
            raise

    def _lines(self) -> Iterator[str]:
        """The text's lines after an Excel's `sep=`, if there is one; CR and CRLF have become LF."""
        lines = io.TextIOWrapper(io.BytesIO(self._utf8), encoding="utf-8", newline=None)
        return islice(lines, self._lines_before, None)

    def _check_long_record(self, line: int, cells: list[str], record: list[str]) -> None:
        """Refuse a record over several lines that is not quoted properly, or a cell that looks like rows.

        Args:
            record: its physical lines, or nothing if it is known to be quoted properly.
        """
        try:
            is_proper = len(list(csv.reader(record, delimiter=self._delimiter, strict=True))) <= 1
        except csv.Error:
            is_proper = False
        longest = max(cells, key=lambda cell: cell.count("\n")).split("\n")
        parted = sum(self._delimiter in text for text in longest)
        looks_like_rows = len(longest) > _SWALLOWED_LINES and (len(cells) == 1 or parted > len(longest) / 2)
        if looks_like_rows or not is_proper:
            raise FileProblem("unclosed_quote", f"line {line}")

    def _width(self, header: list[str]) -> int:
        if len(header) > MAX_COLUMNS:
            raise FileProblem("too_many_columns", f"{len(header)} of {MAX_COLUMNS}")
        return len(header)

    def _even_out(self, cells: list[str], width: int) -> None:
        """Fill up a short row; of a long one drop the empty cells at its end."""
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            raise FileProblem("too_many_columns", f"{len(cells)} of {MAX_COLUMNS}")
        self.long_rows += len(cells) > width
        self.short_rows += len(cells) < width
        cells.extend([""] * (width - len(cells)))


def _remembered(lines: Iterator[str], record: list[str]) -> Iterator[str]:
    """The lines, each noted in `record` as it goes."""
    for line in lines:
        record.append(line)
        yield line


def _check_header(header: Row, rows: list[Row]) -> None:
    """The first line must name columns: no address, something with letters, and not a title alone above a table."""
    named = [name for name in header.cells if name.strip()]
    is_data = any(map(LIKE_ADDRESS.fullmatch, named)) or not any(map(_LETTER.search, named))
    below = Counter(sum(map(bool, row.cells)) for row in rows[:_SNIFFED_ROWS])
    if is_data or (len(named) == 1 and below and below.most_common(1)[0][0] > 1):
        raise FileProblem("no_header", f"line {header.line}")
    if not rows:
        raise FileProblem("no_rows")
