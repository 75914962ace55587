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
    cells: list[str]  # at least as many as the header has; more if the file has more

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
    records = csv.reader(io.StringIO(sample), delimiter=delimiter)
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
    """One pass over the text: the rows, and what is counted on the way."""

    def __init__(self, utf8: bytes, delimiter: str, *, first_line: int) -> None:
        self.rows: list[Row] = []
        self.blank_rows = self.short_rows = self.long_rows = 0
        self._delimiter = delimiter
        self._lines_before = first_line - 1
        self._record: list[str] = []  # the physical lines of the record being read
        self._source = io.TextIOWrapper(io.BytesIO(utf8), encoding="utf-8", newline=None)  # CR and CRLF become LF
        for _ in range(self._lines_before):
            next(self._source)

    def run(self) -> tuple[str, ...]:
        """Read everything and return the header. Raises FileProblem."""
        records = self._records()
        first = next(records, None)
        if first is None:
            raise FileProblem("empty")
        width = len(first.cells)
        if width > MAX_COLUMNS:
            raise FileProblem("too_many_columns", f"{width} of {MAX_COLUMNS}")
        for row in records:
            if len(row.cells) != width:
                self._even_out(row.cells, width)
            self.rows.append(row)
            if len(self.rows) > MAX_ROWS:
                raise FileProblem("too_many_rows", str(MAX_ROWS))
        _check_header(first, self.rows)
        return tuple(first.cells)

    def _records(self) -> Iterator[Row]:
        """Every record that is not blank."""
        reader = csv.reader(self._lines(), delimiter=self._delimiter)
        line = self._lines_before + 1
        try:
            for cells in reader:
                if len(self._record) > 1:
                    self._check_record(line)
                self._record.clear()
                if cells and (cells[0][:1] > " " or any(map(str.strip, cells))):
                    yield Row(line, cells)
                else:
                    self.blank_rows += 1
                line = self._lines_before + reader.line_num + 1
        except csv.Error:  # a cell of more than 128 kB
            raise FileProblem("unclosed_quote", f"line {line}") from None

    def _lines(self) -> Iterator[str]:
        for line in self._source:
            self._record.append(line)
            yield line

    def _check_record(self, line: int) -> None:
        """A record over several lines must be quoted properly, or it may have swallowed the people below it."""
        try:
            (cells,) = csv.reader(self._record, delimiter=self._delimiter, strict=True)
        except csv.Error:
            raise FileProblem("unclosed_quote", f"line {line}") from None
        if len(self._record) > _SWALLOWED_LINES:
            parted = sum(self._delimiter in text for text in self._record)
            if len(cells) == 1 or parted > len(self._record) / 2:
                raise FileProblem("unclosed_quote", f"line {line}")

    def _even_out(self, cells: list[str], width: int) -> None:
        """Fill up a short row; of a long one drop the empty cells at its end."""
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            raise FileProblem("too_many_columns", f"{len(cells)} of {MAX_COLUMNS}")
        self.long_rows += len(cells) > width
        self.short_rows += len(cells) < width
        cells.extend([""] * (width - len(cells)))


def _check_header(header: Row, rows: list[Row]) -> None:
    """The first line must name columns: no address, something with letters, and not a title alone above a table."""
    named = [name for name in header.cells if name.strip()]
    is_data = any(map(LIKE_ADDRESS.fullmatch, named)) or not any(map(_LETTER.search, named))
    below = Counter(sum(map(bool, row.cells)) for row in rows[:_SNIFFED_ROWS])
    if is_data or (len(named) == 1 and below and below.most_common(1)[0][0] > 1):
        raise FileProblem("no_header", f"line {header.line}")
    if not rows:
        raise FileProblem("no_rows")
