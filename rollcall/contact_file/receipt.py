"""The uploaded file again, with what became of each row in five columns at its end.

Written as the file was: delimiter, BOM, encoding, line ends. Cells that a spreadsheet would run as a formula get an
apostrophe before them, and so does a part of a cell where it would fall off: a spreadsheet that expects another
delimiter parts cells at commas, semicolons, tabs and line breaks, whatever quotation marks say. Numbers and phone
numbers, which are harmless, stay as they are.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from rollcall.contact_file.text import UTF8_BOM, UTF16_BE_BOM, UTF16_LE_BOM

STATUS_COLUMNS = (
    "rollcall_status",
    "rollcall_reason",
    "rollcall_registrant_id",
    "rollcall_join_link",
    "rollcall_cancel_link",
)

_BOMS = {"utf-8": UTF8_BOM, "utf-16-le": UTF16_LE_BOM, "utf-16-be": UTF16_BE_BOM}
# What starts a formula, in ASCII and full width, after blanks and what spreadsheets may drop. An apostrophe is not
# among these: spreadsheets take what follows it for text, so a receipt of a receipt is guarded once.
_DROPPED = r"[\s\x00\ufeff\u200b-\u200f\u2060\"“”„]*"
_FORMULA = re.compile(rf"{_DROPPED}[=+\-@|%＝＋－＠｜％]|[ \x00]*[\t\r]")
_HARMLESS = re.compile(r"(?=\D*\d)[+-]?[\d\s().,/–-]+[%€$£]?|[-–—]+")  # numbers, phone numbers, dashes
_PARTS = re.compile(r"([;,\t\r\n])")
_SUSPICIOUS = re.compile(r"[;,\t\r\n] *[^\w ]")  # in a tenth of the time; next to no cell has it
_PART = re.compile(rf"({_DROPPED})([=+\-@＝＋－＠])(.*)", re.DOTALL)
_CALLS = frozenset("(|!")  # without one of these a formula calls no function and no other program


def write(
    header: Sequence[str],
    rows: Iterable[tuple[Sequence[str], Sequence[str]]],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    bom: bool = True,
    newline: str = "\r\n",
) -> bytes:
    """The receipt as a file.

    Columns of an earlier receipt are replaced, so that the names stay unique. A row longer than the header keeps its
    extra cells after the new columns, which so stay under their names.

    Args:
        rows: of each row the uploaded cells, missing ones empty, and the five values of STATUS_COLUMNS.
        encoding: as `Table.encoding`; cp1252 that cannot hold a character becomes UTF-8 with BOM.
    """
    records = _records(header, rows)
    return file_of(records, delimiter=delimiter, encoding=encoding, bom=bom, newline=newline)


def _records(header: Sequence[str], rows: Iterable[tuple[Sequence[str], Sequence[str]]]) -> Iterator[Sequence[str]]:
    kept = [column for column, name in enumerate(header) if name.strip() not in STATUS_COLUMNS]
    yield [header[column] for column in kept] + list(STATUS_COLUMNS)
    for cells, status in rows:
        filled = [*cells, *[""] * (len(header) - len(cells))]
        yield [filled[column] for column in kept] + list(status) + filled[len(header) :]


def file_of(records: Iterable[Sequence[str]], *, delimiter: str, encoding: str, bom: bool, newline: str) -> bytes:
    """Records written as an uploaded file was, their cells guarded; the header is the first of them.

    Args:
        encoding: as `Table.encoding`; cp1252 that cannot hold a character becomes UTF-8 with BOM.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=newline)
    for record in records:
        is_plain = not _SUSPICIOUS.search("0".join(record))
        writer.writerow([cell if is_plain and cell[:1].isalnum() else safe_cell(cell) for cell in record])
    return _encoded(buffer.getvalue(), encoding, bom=bom)


def safe_cell(text: str) -> str:
    """The cell with an apostrophe before all that a spreadsheet would otherwise run. Twice is as good as once."""
    if not text:
        return text
    if _SUSPICIOUS.search(text):
        first, *others = _PARTS.split(text)
        text = first + "".join(f"'{part}" if _would_run(part) else part for part in others)
    if not _FORMULA.match(text) or _HARMLESS.fullmatch(text.strip()):
        return text
    return f"'{text}"


def _would_run(part: str) -> bool:
    """Whether a part of a cell, after a delimiter, would run as a cell of its own.

    Stricter than with a whole cell, since people write "Paris, -Lyon" and "1,-2": what adds or subtracts is harmless
    without a letter, and after a blank unless it calls something.
    """
    found = _PART.match(part)
    if found is None:
        return False
    gap, sign, rest = found.groups()
    if sign in "=＝":
        return True
    return not _CALLS.isdisjoint(rest) if gap.isspace() else any(map(str.isalpha, rest))


def _encoded(text: str, encoding: str, *, bom: bool) -> bytes:
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        return UTF8_BOM + text.encode("utf-8", "replace")  # half a surrogate pair, which JSON can hold, is no text
    return _BOMS.get(encoding, b"") + data if bom else data
